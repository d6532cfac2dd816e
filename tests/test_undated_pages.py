"""A page that no session is found for: its figures are shown all the same, and what would help."""

import json
import re
import shlex
import sys
from pathlib import Path

import duckdb
import pytest
from selectolax.lexbor import LexborHTMLParser

from jobs.errors import ExitCode
from jobs.models.preview import preview
from jobs.report.summary import read_session, session_text
from jobs.report.ticker import page_text, read_pages
from jobs.report.unplaced import unplaced_text
from jobs.rows import Row
from jobs.settings import Settings, Warehouse
from tests.conftest import ROOT, rows, run_night
from tests.support.commands import PSX, psx, run, stopped

LANDING = ROOT / "warehouse" / "landing"
SHARES_ALONE = LANDING / "059_b3cf2435b2b07ab2.txt"
"""Real figures of 30 shares without an index line: alone, nothing says of which session."""
INDICES_ALONE = LANDING / "063_f214c1b601fabf9d.txt"
REAL_PAGE = LANDING / "2024-05-03" / "000_3bb5e65a36812c64.txt"
ZERO_PRICES = LANDING / "061_9a1021b0bd66dc14.txt"


def printed(file: Path) -> list[tuple[str, float, float, float]]:
    """The lines of a page as it prints them: symbol, price, change, percent."""
    lines = re.findall(
        r"^([A-Z0-9]+) ([0-9,.]+) (?:\w+ By|No Change) [▲▼]? ?(-?[0-9,.]+) \((-?[0-9.]+)%\)$",
        file.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return [(s, *(float(n.replace(",", "")) for n in figures)) for s, *figures in lines]  # type: ignore[misc]


def best(quotes: list[tuple[str, float, float, float]], sign: int) -> list[tuple[object, ...]]:
    """The five largest moves in one direction, as printed."""
    moved = [quote for quote in quotes if quote[2] * sign > 0]
    return sorted(moved, key=lambda quote: (-sign * quote[3], quote[0]))[:5]


def shown(movers: list[Row]) -> list[tuple[object, ...]]:
    return [
        (row["symbol"], float(row["last_price"]), float(row["change"]), row["change_pct"])
        for row in movers
    ]


@pytest.fixture(scope="module")
def undated(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    root = tmp_path_factory.mktemp("undated")
    (root / "landing").mkdir()
    (root / "landing" / "page.txt").write_bytes(SHARES_ALONE.read_bytes())
    return run_night(root)


def test_lines_of_an_undated_page_can_be_queried(undated: Warehouse) -> None:
    quotes = printed(SHARES_ALONE)
    assert len(quotes) == 30
    found = rows(undated, "from ticker_lines order by line")
    assert [
        (row["symbol"], float(row["price"]), float(row["change"]), row["change_pct"])  # type: ignore[arg-type]
        for row in found
    ] == quotes
    assert {row["trade_date"] for row in found} == {None}
    sectors = {row["symbol"]: row["sector_name"] for row in found}
    assert (sectors["FCCL"], sectors["OGDC"]) == ("CEMENT", "OIL & GAS EXPLORATION COMPANIES")


def test_without_any_session_the_newest_ticker_is_shown_as_undated(undated: Warehouse) -> None:
    quotes = printed(SHARES_ALONE)
    with duckdb.connect(undated.database, read_only=True) as connection:
        session = read_session(connection)
        text = session_text(session)
    assert session["trade_date"] is None
    assert shown(session["gainers"]) == best(quotes, 1)
    assert shown(session["losers"]) == best(quotes, -1)
    assert text.startswith("Undated: ")
    assert "landing/page.txt" in text
    page = LexborHTMLParser((undated.report / "index.html").read_text(encoding="utf-8"))
    assert page.css_first("h1").text() == "Undated ticker"
    gainers = [row.css_first("b").text() for row in page.css("#gainers tbody tr")]
    assert gainers[:5] == [quote[0] for quote in best(quotes, 1)]
    done = psx("movers", "--json", "-w", undated.root)
    assert (done.returncode, json.loads(done.stdout)["trade_date"]) == (ExitCode.DONE, None)


def test_a_build_says_how_many_pages_are_unplaced_and_the_commands_that_help(
    undated: Warehouse,
) -> None:
    with duckdb.connect(undated.database, read_only=True) as connection:
        text = unplaced_text(connection, undated)
    first, page, *_ = text.splitlines()
    assert first.startswith("1 page ")
    assert "landing/page.txt, document 1" in page
    assert "no_index_line" in page
    assert "--index-history" not in text  # a page without an index line gains nothing by it
    assert f"show {undated.landing / 'page.txt'}" in text


def test_the_printed_commands_place_the_page_once_the_time_is_filled_in(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    name = "a page, of 0930.txt"
    (tmp_path / "landing" / name).write_bytes(SHARES_ALONE.read_bytes())
    warehouse = run_night(tmp_path)
    with duckdb.connect(warehouse.database, read_only=True) as connection:
        text = unplaced_text(connection, warehouse)
    (line,) = (line for line in text.splitlines() if line.startswith("  mv "))
    program = re.escape(shlex.quote(sys.argv[0])) + "|" + re.escape(Path(sys.argv[0]).name)
    pasted = re.sub(rf"(?:{program}) (parse|build)", rf"{PSX} \1", line)
    done = run("sh", "-c", pasted.replace("YYYY-MM-DDTHHMM", "2025-04-23T1730"))
    assert done.returncode == 0, done.stderr
    assert [p.name for p in warehouse.landing.iterdir()] == [f"2025-04-23T1730_{name}"]
    (placed,) = rows(warehouse, "select cast(trade_date as varchar) as day from captures")
    assert placed == {"day": "2025-04-23"}


def test_explain_names_the_unplaced_page_that_shows_a_share(undated: Warehouse) -> None:
    code, line = stopped("explain", "OGDC", "2024-05-03", "-w", undated.root)
    assert code == ExitCode.INPUT
    assert "landing/page.txt" in line
    code, line = stopped("explain", "NOSUCH", "2024-05-03", "-w", undated.root)
    assert (code, "no page shows" in line) == (ExitCode.INPUT, True)


def test_pages_of_indices_alone_are_a_session(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "page.txt").write_bytes(INDICES_ALONE.read_bytes())
    warehouse = run_night(tmp_path)
    with duckdb.connect(warehouse.database, read_only=True) as connection:
        session = read_session(connection)
    assert session["trade_date"] is not None
    assert (session["gainers"], session["losers"]) == ([], [])
    assert [
        (row["index_code"], float(row["level"]), float(row["change"]), row["change_pct"])
        for row in session["indices"]
    ] == sorted(printed(INDICES_ALONE), key=lambda quote: -quote[1])
    page = LexborHTMLParser((warehouse.report / "index.html").read_text(encoding="utf-8"))
    assert f"{session['trade_date'].year}" in page.css_first("h1").text()


def test_show_prints_a_page_without_a_warehouse(tmp_path: Path) -> None:
    quotes = printed(REAL_PAGE)
    page_file = tmp_path / "page.txt"
    page_file.write_bytes(REAL_PAGE.read_bytes())
    with preview([page_file], Settings()) as connection:
        (page,) = read_pages(connection, 5)
    text = page_text(page)
    shares = [quote for quote in quotes if quote[0] not in ("KSE100", "KSE30", "BR100", "BR30")]
    assert (len(quotes), page["accepted_line_count"]) == (34, 34)
    assert shown(page["gainers"]) == best(shares, 1)
    assert shown(page["losers"]) == best(shares, -1)
    assert {str(section["best_date"]) for section in page["sections"]} == {"2024-05-03"}
    assert sum(sector["symbol_count"] for sector in page["sectors"]) == 30
    (cement,) = (sector for sector in page["sectors"] if sector["sector_name"] == "CEMENT")
    members = [quote[3] for quote in quotes if quote[0] in ("DGKC", "FCCL", "MLCF")]
    assert cement["symbol_count"] == len(members)
    assert cement["mean_change_pct"] == pytest.approx(sum(members) / len(members), abs=0.005)
    assert "Friday 03 May 2024" in text
    assert [path.name for path in tmp_path.iterdir()] == ["page.txt"]


def test_show_says_what_is_wrong_with_a_page_and_what_helps(tmp_path: Path) -> None:
    files = [SHARES_ALONE, ZERO_PRICES, LANDING / "064_00fcefdec57c5e32.txt"]
    done = psx("show", *files, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (ExitCode.DONE, "")
    alone, zeros, article = done.stdout.strip().split(f"\n\n{LANDING}")
    assert "(no_index_line)" in alone
    assert "captures.csv" in alone
    assert "(zero_price)" in zeros
    assert "no ticker line" in article
    listed = json.loads(psx("show", SHARES_ALONE, "--json", cwd=tmp_path).stdout)
    assert [page["outcome"] for page in listed] == ["block"]
    assert len(listed[0]["gainers"]) == 5
    assert list(tmp_path.iterdir()) == []
