"""The documents tell the truth: their queries give the printed answers, and nothing is left out."""

import re
from html.parser import HTMLParser

import pytest

from docs import trading_days
from docs.cookbook import answer, examples
from docs.generate import COMMANDS, PAGES, column_types, pages
from docs.lineage import arrows
from docs.site import site
from jobs.cli import app
from jobs.errors import ExitCode
from jobs.models.graph import load_models
from jobs.settings import Settings, Warehouse, sql_folder
from tests.conftest import ROOT
from tests.support.commands import psx

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("query", "printed"), examples(ROOT / "README.md"))
def test_a_query_of_the_readme_gives_the_printed_answer(
    query: str, printed: str, checkout: Warehouse
) -> None:
    assert answer(query, checkout.database) == printed


def test_the_explanation_in_the_readme_is_what_psx_prints(checkout: Warehouse) -> None:
    words = r"```sh\n\.venv/bin/psx (explain .*?)\n```\n\n```text\n(.*?)```"
    ((command, answer),) = re.findall(words, README, re.DOTALL)
    assert psx(*command.split(), "-w", checkout.root).stdout == answer


def test_every_published_table_is_documented_and_named_in_the_readme() -> None:
    marts = {model.name for model in load_models(sql_folder()) if model.layer == "marts"}
    documented = re.findall(r"^## (\w+)$", pages()["tables.md"], re.MULTILINE)
    assert sorted(marts) == documented
    rows = re.findall(r"^\| (`.*?) \|", README, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == documented


def test_the_readme_names_the_two_commands() -> None:
    assert "make build " in README
    assert "make test " in README


def test_the_reference_pages_are_what_the_code_says() -> None:
    assert {file.name: file.read_text(encoding="utf-8") for file in PAGES.iterdir()} == pages()


def test_the_calendar_is_what_its_generator_writes() -> None:
    written = trading_days.FILE.read_text(encoding="utf-8").splitlines()
    assert written == ["trade_date", *map(str, trading_days.trading_days())]


class Page(HTMLParser):
    """What a page of HTML names, leads to and says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.targets: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.open += [tag] if tag not in ("meta", "br") else []
        self.names += [str(given["id"])] if "id" in given else []
        self.targets += [str(value) for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_of_all_tables_is_whole_and_needs_no_network() -> None:
    models = load_models(sql_folder())
    page = Page(site(models, column_types()))
    assert sorted(page.names) == sorted(model.name for model in models)
    assert {target.removeprefix("#") for target in page.targets} == set(page.names)
    assert page.open == []
    assert [m.name for m in models if m.description.replace("`", "") not in page.text] == []
    assert "gainer_rank is null or direction = 'up'" in page.text
    assert "grain (trade_date, symbol) is unique" in page.text


def test_the_lineage_draws_what_a_model_reads_and_nothing_twice() -> None:
    models = load_models(sql_folder())
    drawn = arrows(models)
    assert ("price_adjustments", "daily_quotes") in drawn
    assert ("measures.share_windows", "daily_movers") in drawn
    # daily_quotes reads last_quotes, and so does price_adjustments, which it reads as well.
    assert ("core.last_quotes", "daily_quotes") not in drawn
    assert set(drawn) <= {(table, model.name) for model in models for table in model.reads}
    reached = {model.name: set(model.reads) for model in models}
    for model in models:
        near = {source for source, target in drawn if target == model.name}
        reached[model.name] = near.union(*(reached.get(table, ()) for table in near))
        assert model.reads <= reached[model.name]
    shown = pages()["lineage.md"]
    assert shown.count(" --> ") == len(drawn)
    assert '    daily_quotes["daily_quotes"] --> measures_closes["measures.closes"]\n' in shown
    reading = "`core.last_quotes`, `core.superseded_lines`"
    assert f"| `core.security_ids` | `staging.securities` | {reading} |" in shown


def test_every_command_exit_code_and_setting_is_documented() -> None:
    assert [command.callback.__name__ for command in app.registered_commands] == list(COMMANDS)
    nightly = (ROOT / "docs" / "nightly.md").read_text(encoding="utf-8")
    assert [c for c in ExitCode if c and f"| {c.value} |" not in nightly] == []
    settings = pages()["settings.md"]
    for name, field in Settings.__dataclass_fields__.items():
        default = "" if field.default is None else str(field.default).lower()
        assert re.search(rf"^\| `{name}` \| {default} ?\| \S", settings, re.MULTILINE)


def test_every_reason_for_an_unplaced_page_is_documented() -> None:
    placements = (sql_folder() / "core" / "placements.sql").read_text(encoding="utf-8")
    words = set(re.findall(r"(?:then|else) '(\w+_\w+)'", placements))
    reasons = words - {"index_history", "capture_time"} | {"no_sound_line"}
    dating = (ROOT / "docs" / "dating.md").read_text(encoding="utf-8")
    assert len(reasons) == 9
    assert [reason for reason in reasons if f"| `{reason}` |" not in dating] == []


def test_links_between_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
