"""Real captures find their true session: by their figures, and with the day they were seen."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from jobs.settings import Warehouse
from tests.conftest import rows
from tests.support.golden import COLUMNS, SITUATIONS, golden, place, placements
from tests.support.sample import Figures

SHARES_OF_ANOTHER_SESSION = {
    "B019": date(2024, 11, 13),
    "B020": date(2024, 11, 13),
    "B066": date(2024, 11, 13),
    "B078": date(2024, 11, 13),
    "B094": date(2024, 11, 13),
    "B030": date(2020, 11, 23),
}
"""Pages whose shares are not of the session of their indices: five have new indices beside the last
prices of the day before, all flat; one has old indices beside shares set back for the next day."""

CONFIRMED_BY_A_NEIGHBOUR = {"A021": date(2025, 4, 23), "B032": date(2025, 4, 23)}
"""Pages without indices: their prices are, within 0.3 %, the previous prices of 2025-04-24."""

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


def known_sessions(real: Figures) -> dict[str, date]:
    return {
        capture_id: date.fromisoformat(row["session"])
        for capture_id, row in real.captures.items()
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
    truth = {part: known_sessions(real) for part in found}
    truth["share"] |= SHARES_OF_ANOTHER_SESSION
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
    shares = {c: found["share"][c] for c in SHARES_OF_ANOTHER_SESSION}
    assert shares == SHARES_OF_ANOTHER_SESSION


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
