"""The documents tell the truth: their queries give the printed answers, and nothing is left out."""

import re

import pytest

from docs.cookbook import answer, examples
from docs.generate import COMMANDS, PAGES, pages
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


def test_the_readme_names_every_published_table() -> None:
    table = "".join(line for line in README.splitlines(keepends=True) if line.startswith("| `"))
    marts = {model.name for model in load_models(sql_folder()) if "." not in model.name}
    assert set(re.findall(r"`(\w+)`", re.sub(r"\|[^|]*\|\n", "|\n", table))) >= marts


def test_the_readme_names_the_two_commands() -> None:
    assert "make build " in README
    assert "make test " in README


def test_the_reference_pages_are_what_the_code_says() -> None:
    assert {file.name: file.read_text(encoding="utf-8") for file in PAGES.iterdir()} == pages()


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
