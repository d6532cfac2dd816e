"""Real captures find their true session: by their figures, and with the day they were seen."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from jobs.models.preview import preview
from jobs.settings import Settings, Warehouse
from tests.conftest import rows
from tests.support.golden import COLUMNS, SITUATIONS, golden, place, placements
from tests.support.pages import page
from tests.support.sample import Figures, read_figures

CONFIRMED_BY_A_NEIGHBOUR = {"A021": date(2025, 4, 23), "B032": date(2025, 4, 23)}
"""Pages without indices: their prices are, within 0.3 %, the previous prices of 2025-04-24."""

ALONE_EVERY = 12
"""Of so many captures one is tried alone."""

Placed = dict[str, dict[str, date | None]]


@pytest.fixture(scope="module")
def placed_in(
    real: Figures, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Warehouse]:
    built: dict[str, Warehouse] = {}

    def get(situation: str) -> Warehouse:
        if situation not in built:
            root = tmp_path_factory.mktemp(situation)
            built[situation] = place(real, root, **SITUATIONS[situation])
        return built[situation]

    return get


def known_sessions(real: Figures, part: str) -> dict[str, date]:
    """The session of a part of each capture, where it is known."""
    return {
        capture: date.fromisoformat((part == "share" and row["share_session"]) or row["session"])
        for capture, row in real.captures.items()
        if row["session"]
    }


def sessions(warehouse: Warehouse) -> Placed:
    """The session of each capture and part, if it has one."""
    found: Placed = {"index": {}, "share": {}}
    for row in placements(warehouse):
        session = date.fromisoformat(row["session"]) if row["session"] else None
        found[row["part"]][row["capture"]] = session
    return found


def wrong(found: Placed, real: Figures) -> list[tuple[str, str]]:
    """Captures and parts that stand on another session than the known one."""
    truth = {part: known_sessions(real, part) for part in found}
    return [
        (capture, part)
        for part, placed in found.items()
        for capture in placed.keys() & truth[part].keys()
        if placed[capture] not in (truth[part][capture], None)
    ]


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_placement_is_that_of_the_golden_file(
    situation: str, placed_in: Callable[[str], Warehouse]
) -> None:
    expected = [row for row in golden() if row.pop("situation") == situation]
    assert list(expected[0]) == COLUMNS[1:]
    assert placements(placed_in(situation)) == expected


@pytest.mark.parametrize("situation", SITUATIONS)
def test_nothing_is_placed_on_a_wrong_session(
    situation: str, placed_in: Callable[[str], Warehouse], real: Figures
) -> None:
    found = sessions(placed_in(situation))
    assert wrong(found, real) == []
    assert found["index"]["B027"] is found["share"]["B027"] is None


def test_of_98_undated_pages_with_indices_97_are_placed(
    placed_in: Callable[[str], Warehouse], real: Figures
) -> None:
    found = sessions(placed_in("undated"))
    with_kse100 = {c for c, quotes in real.quotes.items() if "KSE100" in {q.symbol for q in quotes}}
    assert len(with_kse100) == 98
    assert {c for c in with_kse100 if found["index"][c] is None} == {"B027"}
    assert {c: found["share"][c] for c in CONFIRMED_BY_A_NEIGHBOUR} == CONFIRMED_BY_A_NEIGHBOUR
    # Five pages have new indices above the flat shares of the day before; one has old indices above
    # shares that are set back for the next day.
    others = {
        c: date.fromisoformat(r["share_session"])
        for c, r in real.captures.items()
        if r["share_session"]
    }
    assert len(others) == 6
    assert {c: found["share"][c] for c in others} == others


def test_with_the_day_on_which_they_were_seen_108_of_112_are_placed(
    placed_in: Callable[[str], Warehouse],
) -> None:
    found = rows(placed_in("dated"), "select trade_date from captures")
    assert len(found) == 112
    assert sum(row["trade_date"] is not None for row in found) == 108


def test_without_any_history_the_day_alone_places_few_and_none_wrongly(
    placed_in: Callable[[str], Warehouse],
) -> None:
    found = rows(placed_in("dated_without_history"), "select trade_date from captures")
    assert sum(row["trade_date"] is not None for row in found) == 18


def test_the_page_of_2024_05_03_that_counts_is_the_close_of_several(
    placed_in: Callable[[str], Warehouse], real: Figures
) -> None:
    warehouse = placed_in("undated")
    of_the_day = [c for c, day in sessions(warehouse)["index"].items() if day == date(2024, 5, 3)]
    assert sorted(of_the_day) == ["A019", "A101", "B001", "B044", "B060"]
    levels = {next(q.price for q in real.quotes[c] if q.symbol == "KSE100") for c in of_the_day}
    assert len(levels) > 1
    (index,) = rows(
        warehouse,
        "select level, price_status, official_close from daily_index_summary"
        " where trade_date = date '2024-05-03' and index_code = 'KSE100'",
    )
    assert abs(float(index["level"]) - float(index["official_close"])) <= 0.6  # type: ignore[arg-type]
    assert index["price_status"] == "close"


def test_every_line_of_the_real_captures_is_accepted_but_for_the_zero_prices(
    placed_in: Callable[[str], Warehouse], real: Figures
) -> None:
    warehouse = placed_in("undated")
    rejected = rows(warehouse, "select source, text, reason from rejected_lines")
    # A price of zero, or one that rose by all of itself: its previous price would be zero.
    zero_prices = sum(
        float(quote.price) in (0, float(quote.change)) for quote in real.quotes["B027"]
    )
    assert zero_prices == 28
    assert {Path(str(row["source"])).stem for row in rejected} == {"B027"}
    assert [row["reason"] for row in rejected] == ["zero_price"] * zero_prices
    counts = rows(warehouse, "select accepted_line_count, rejected_line_count from build_info")[0]
    assert counts["accepted_line_count"] == sum(map(len, real.quotes.values())) - zero_prices
    assert counts["rejected_line_count"] == zero_prices


def test_most_captures_alone_find_their_session_and_none_a_wrong_one(tmp_path: Path) -> None:
    """Each of a sample of the captures by itself: undated, without any other page."""
    both = read_figures(1, 2)
    chosen = list(both.quotes)[::ALONE_EVERY]
    with_kse100 = [c for c in chosen if "KSE100" in {q.symbol for q in both.quotes[c]}]
    placed = 0
    for seed, capture in enumerate(chosen):
        file = tmp_path / f"{capture}.txt"
        file.write_text(page(both.block(capture), seed), encoding="utf-8")
        with preview([file], Settings()) as connection:
            ((index, share),) = connection.sql(
                "select index_trade_date, share_trade_date from captures"
            ).fetchall()
        placed += (index or share) is not None
        row = both.captures[capture]
        if row["session"]:
            truth = date.fromisoformat(row["session"])
            assert index in (truth, None), capture
            assert share in (date.fromisoformat(row["share_session"] or row["session"]), None), (
                capture
            )
    assert placed >= len(with_kse100) * 130 / 139
