"""The page of a session: its figures are the marts', its texts harmless, nothing else is needed."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from jobs.errors import InputError
from jobs.page.day import Day, read_day
from jobs.page.write import PAGE, render, write_page
from jobs.settings import Warehouse
from tests.conftest import rows, run_night
from tests.support.commands import psx, stopped

DAY = date(2024, 5, 3)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> & Sons"


@pytest.fixture(scope="module")
def day(sample: Warehouse) -> Iterator[Day]:
    with duckdb.connect(sample.database, read_only=True) as connection:
        yield read_day(connection, DAY)


@pytest.fixture(scope="module")
def text(day: Day) -> str:
    return render(day)


@pytest.fixture(scope="module")
def page(text: str) -> LexborHTMLParser:
    return LexborHTMLParser(text)


def cells(node: LexborNode) -> list[list[str]]:
    """The body of a table as texts."""
    return [
        [cell.text(separator=" ", strip=True) for cell in row.css("td, th")]
        for row in node.css("tbody tr")
    ]


def figure(text: str) -> float:
    return float(re.sub(r"[^\d.−-]", "", text).replace("−", "-"))


def tooltips(page: LexborHTMLParser, chart: str) -> list[str]:
    return [title.text() for title in page.css(f"#{chart} :is(.wide, .scroll) svg title")]


def test_the_head_says_what_the_market_did(page: LexborHTMLParser) -> None:
    assert page.css_first("h1").text() == "Friday 3 May 2024"
    assert (
        page.css_first("#lead").text().split()
        == (
            "Of 30 shares 27 rose, 2 fell and 1 stood still."
            " PPL did best (+7.52 %), HBL worst (−0.32 %)."
        ).split()
    )
    cards = [c.text(separator=" ", strip=True) for c in page.css("#cards li")]
    assert [" ".join(card.split()) for card in cards] == [
        "KSE100 71,902 ▲ +1,235.20 (+1.75 %)",
        "BR30 24,786 ▲ +749.40 (+3.12 %)",
        "KSE30 23,595 ▲ +371.00 (+1.60 %)",
        "BR100 7,566 ▲ +157.70 (+2.13 %)",
    ]


@pytest.mark.parametrize(
    ("table", "rank", "count"), [("gainers", "gainer_rank", 8), ("losers", "loser_rank", 2)]
)
def test_gainers_and_losers_are_those_of_the_mart(
    table: str, rank: str, count: int, page: LexborHTMLParser, sample: Warehouse
) -> None:
    expected = rows(
        sample,
        f"from daily_movers where trade_date = '{DAY}' and {rank} is not null"
        f" order by {rank}, symbol limit 8",
    )
    found = cells(page.css_first(f"#{table}"))
    assert len(found) == len(expected) == count
    for (share, price, change, pct), row in zip(found, expected, strict=True):
        assert share == f"{row['symbol']} {row['company_name']}"
        assert [figure(price), figure(change), figure(pct)] == [
            float(str(row[column])) for column in ("last_price", "change", "change_pct")
        ]


def test_every_share_has_one_tile_with_its_figures(
    page: LexborHTMLParser, sample: Warehouse
) -> None:
    movers = rows(sample, f"from daily_movers where trade_date = '{DAY}'")
    assert len(movers) == 30
    assert sorted(tooltips(page, "heatmap")) == sorted(
        f"{row['symbol']}, {row['company_name']}: {row['last_price']:,.2f}"
        f" ({row['change_pct']:+.2f} %)"
        for row in movers
    )


def test_every_sector_has_one_bar(page: LexborHTMLParser, sample: Warehouse) -> None:
    sectors = rows(sample, f"from daily_sector_summary where trade_date = '{DAY}'")
    found = [title.split(" %,")[0].rsplit(": ", 1) for title in tooltips(page, "sectors")]
    assert {name: figure(pct) for name, pct in found} == {
        row["sector_name"]: pytest.approx(row["mean_change_pct"], abs=0.006) for row in sectors
    }


def test_the_calendar_has_a_cell_for_each_known_change(
    page: LexborHTMLParser, sample: Warehouse
) -> None:
    closes = {
        row["trade_date"]: float(str(row["close"]))
        for row in rows(sample, "from staging.index_history")
    }
    sessions = rows(
        sample,
        "select trade_date, previous_trade_date from core.sessions"
        f" where trade_date <= '{DAY}' and year(trade_date) > 2018",
    )
    expected = [
        f"{row['trade_date']:%a %d %b %Y}: KSE100"
        f" {100 * (closes[row['trade_date']] / closes[row['previous_trade_date']] - 1):+.2f} %"  # type: ignore[index]
        for row in sessions
        if row["trade_date"] in closes and row["previous_trade_date"] in closes
    ]
    assert len(expected) > 20
    assert sorted(tooltips(page, "calendar")) == sorted(expected)


def test_breadth_has_a_bar_for_each_session_seen(page: LexborHTMLParser, sample: Warehouse) -> None:
    breadth = rows(sample, f"from daily_market_breadth where trade_date <= '{DAY}'")
    assert sorted(tooltips(page, "breadth")) == sorted(
        f"{row['trade_date']:%d %b %Y}: {row['advancer_count']} rose, {row['decliner_count']}"
        f" fell, {row['unchanged_count']} stood still"
        for row in breadth
    )


def test_the_health_of_the_data_is_that_of_the_build(
    page: LexborHTMLParser, sample: Warehouse
) -> None:
    (build,) = rows(sample, "from build_info")
    found = cells(page.css_first("#health"))
    of_build = [row for row in found if row[2].startswith("build_info.")]
    assert len(of_build) == len(found) - 1 == 12
    for _, shown, source in of_build:
        assert figure(shown) == build[source.removeprefix("build_info.")]
    placed = {by: int(count) for by, count, _ in cells(page.css_first("#placed"))}
    assert placed == {"the index history": 63, "not placed": 4, "a stated time": 3}


def test_what_cannot_be_drawn_says_why(page: LexborHTMLParser) -> None:
    """The sample has no twenty sessions in a row, so no sector has a place in the rotation."""
    assert page.css_first("p.none#rotation").text().startswith("No sector can be placed")


def test_the_page_needs_nothing_but_itself(text: str) -> None:
    assert len(text.encode()) < 2_000_000
    assert "<script" not in text
    assert "javascript:" not in text
    assert re.findall(r'(?:src|href|action)="(?!data:)([^"]*)"', text) == []
    outside = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    assert outside == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "url(" not in text.replace("url(#", "")


def test_texts_from_files_are_escaped(day: Day) -> None:
    spoilt = [
        {**row, "symbol": HOSTILE, "company_name": HOSTILE, "sector_name": HOSTILE}
        for row in day.movers[:1]
    ]
    sectors = [{**row, "sector_name": HOSTILE, "best_symbol": HOSTILE} for row in day.sectors]
    indices = [{**row, "index_code": HOSTILE} for row in day.indices]
    hostile = dataclasses.replace(
        day, movers=spoilt + day.movers[1:], sectors=sectors, indices=indices
    )
    text = render(hostile)
    assert "<script" not in text
    assert "<img" not in text
    shown = LexborHTMLParser(text)
    assert shown.css("script, img, iframe, object, [onerror]") == []
    assert shown.css_first("#cards li span").text() == HOSTILE


def test_a_warehouse_without_a_session_has_a_page_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "a.txt").write_text("no ticker here\n", encoding="utf-8")
    warehouse = run_night(tmp_path)
    assert "No ticker yet" in (warehouse.report / PAGE).read_text(encoding="utf-8")
    assert psx("movers", "-w", tmp_path).stdout == "no page with a ticker yet\n"
    assert psx("report", "-w", tmp_path, cwd=tmp_path).stdout == "psx-undated.html\n"
    written = (tmp_path / "psx-undated.html").read_bytes()
    assert written == (warehouse.report / PAGE).read_bytes()


def test_every_build_publishes_the_page_of_its_newest_session(sample: Warehouse) -> None:
    published = sample.report / PAGE
    assert "<h1>Tuesday 21 October 2025</h1>" in published.read_text(encoding="utf-8")
    assert published.resolve().parent.parent == sample.current.resolve()


def test_the_same_session_gives_the_same_page(sample: Warehouse, tmp_path: Path) -> None:
    with duckdb.connect(sample.database, read_only=True) as connection:
        assert write_page(connection, tmp_path / "again.html") == date(2025, 10, 21)
    assert (tmp_path / "again.html").read_bytes() == (sample.report / PAGE).read_bytes()


def test_psx_report_writes_the_page_of_a_day(sample: Warehouse, tmp_path: Path) -> None:
    done = psx("report", "-w", sample.root, "--date", DAY, cwd=tmp_path)
    assert done.stdout == "psx-2024-05-03.html\n"
    assert "<h1>Friday 3 May 2024</h1>" in (tmp_path / "psx-2024-05-03.html").read_text("utf-8")


@pytest.mark.parametrize("command", ["report", "movers"])
def test_a_day_that_no_page_shows_names_its_neighbours(command: str, sample: Warehouse) -> None:
    code, said = stopped(command, "-w", sample.root, "--date", "2024-05-04")
    assert (code, said) == (
        3,
        "2024-05-04: no page shows figures of this session; the nearest are 2024-04-26 and"
        " 2024-05-03",
    )


def test_a_day_that_no_page_shows_is_refused_by_the_library(sample: Warehouse) -> None:
    with (
        duckdb.connect(sample.database, read_only=True) as connection,
        pytest.raises(InputError, match="2024-05-05"),
    ):
        read_day(connection, date(2024, 5, 5))


def test_movers_prints_a_table_that_one_would_paste_into_a_chat(sample: Warehouse) -> None:
    shown = psx("movers", "-w", sample.root, "--date", DAY, "--top", 2).stdout
    assert shown == (
        "Friday 03 May 2024\n"
        "\n"
        "Top gainers                     Top losers\n"
        "symbol   price  change      %   symbol   price  change      %\n"
        "PPL     125.05   +8.75  +7.52   HBL     112.40   -0.36  -0.32\n"
        "FCCL     21.42   +1.42  +7.10   UNITY    25.10   -0.03  -0.12\n"
        "\nIndices\n"
        "index    level     change      %\n"
        "KSE100  71,902  +1,235.20  +1.75\n"
        "BR30    24,786    +749.40  +3.12\n"
        "KSE30   23,595    +371.00  +1.60\n"
        "BR100    7,566    +157.70  +2.13\n"
    )
