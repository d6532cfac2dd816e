"""Three small sessions, every figure of their marts worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest

from jobs.settings import Warehouse
from tests.conftest import rows, run_night
from tests.support.pages import Quote, page, ticker

HISTORY = """date,close,low,high
2024-01-08,64000.00,63500,64500
2024-01-09,64500.30,63900,64700
2024-01-10,64200.00,64100,64600
"""

TUESDAY_NOON = [
    Quote("HBL", "105.00", "5.00", "5"),  # commercial banks
    Quote("UBL", "190.00", "-10.00", "-5"),  # commercial banks
    Quote("LUCK", "700.00", "0.00", "0"),  # cement
    Quote("KSE100", "64200", "200", "0.31"),
]
TUESDAY_CLOSE = [
    Quote("HBL", "104.00", "4.00", "4"),
    Quote("UBL", "202.00", "2.00", "1"),
    Quote("DGKC", "72.80", "2.80", "4"),  # cement; a tie with HBL
    Quote("LUCK", "686.00", "-14.00", "-2"),
    Quote("ZZZZ", "9.00", "-1.00", "-10"),  # no such company
    Quote("KSE100", "64500", "500.3", "0.78"),
]
WEDNESDAY = [
    Quote("HBL", "102.96", "-1.04", "-1"),
    Quote("LUCK", "679.14", "-6.86", "-1"),
    Quote("KSE100", "64350", "-150.3", "-0.23"),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    root = tmp_path_factory.mktemp("by_hand")
    landing = root / "landing"
    landing.mkdir()
    (root / "history.csv").write_text(HISTORY, encoding="utf-8")
    pages = {
        "noon.txt": TUESDAY_NOON,
        "2024-01-09T16-00_close.txt": TUESDAY_CLOSE,
        "2024-01-10T1200_day.txt": WEDNESDAY,
    }
    for seed, (name, quotes) in enumerate(pages.items()):
        (landing / name).write_text(page(ticker(quotes), seed), encoding="utf-8")
    return run_night(root, history=root / "history.csv")


def on(warehouse: Warehouse, table: str, day: str, columns: str, order: str) -> list[tuple]:
    query = f"select {columns} from {table} where trade_date = date '{day}' order by {order}"
    return [tuple(row.values()) for row in rows(warehouse, query)]


def test_the_last_capture_of_a_session_counts_and_the_range_spans_all(
    warehouse: Warehouse,
) -> None:
    columns = "symbol, last_price, previous_price, change, change_pct, direction, capture_count"
    found = on(warehouse, "daily_quotes", "2024-01-09", columns, "symbol")
    d = Decimal
    assert found == [
        ("DGKC", d("72.80"), d("70.00"), d("2.80"), 4.0, "up", 1),
        ("HBL", d("104.00"), d("100.00"), d("4.00"), 4.0, "up", 2),
        ("LUCK", d("686.00"), d("700.00"), d("-14.00"), -2.0, "down", 2),
        ("UBL", d("202.00"), d("200.00"), d("2.00"), 1.0, "up", 2),
        ("ZZZZ", d("9.00"), d("10.00"), d("-1.00"), -10.0, "down", 1),
    ]
    ranges = on(warehouse, "daily_quotes", "2024-01-09", "symbol, high_seen, low_seen", "symbol")
    assert ranges[1] == ("HBL", d("105.00"), d("104.00"))
    assert ranges[3] == ("UBL", d("202.00"), d("190.00"))


def test_gainers_and_losers_are_ranked_apart_and_ties_share_a_rank(warehouse: Warehouse) -> None:
    columns = "symbol, gainer_rank, loser_rank"
    assert on(warehouse, "daily_movers", "2024-01-09", columns, "symbol") == [
        ("DGKC", 1, None),
        ("HBL", 1, None),
        ("LUCK", None, 2),
        ("UBL", 3, None),
        ("ZZZZ", None, 1),
    ]
    assert on(warehouse, "daily_movers", "2024-01-10", columns, "symbol") == [
        ("HBL", None, 1),
        ("LUCK", None, 1),
    ]


def test_sectors_sum_their_shares(warehouse: Warehouse) -> None:
    columns = (
        "sector_code, sector_name, symbol_count, advancer_count, decliner_count, unchanged_count,"
        " mean_change_pct, median_change_pct, best_symbol, best_change_pct, worst_symbol,"
        " worst_change_pct"
    )
    assert on(warehouse, "daily_sector_summary", "2024-01-09", columns, "sector_code") == [
        ("0804", "CEMENT", 2, 1, 1, 0, 1.0, 1.0, "DGKC", 4.0, "LUCK", -2.0),
        ("0807", "COMMERCIAL BANKS", 2, 2, 0, 0, 2.5, 2.5, "HBL", 4.0, "UBL", 1.0),
        ("UNKNOWN", "Unknown", 1, 0, 1, 0, -10.0, -10.0, "ZZZZ", -10.0, "ZZZZ", -10.0),
    ]


def test_breadth_counts_rises_and_falls(warehouse: Warehouse) -> None:
    columns = (
        "symbol_count, advancer_count, decliner_count, unchanged_count, advance_decline_ratio,"
        " advancing_pct"
    )
    assert on(warehouse, "daily_market_breadth", "2024-01-09", columns, "1") == [
        (5, 3, 2, 0, 1.5, 60.0)
    ]
    assert on(warehouse, "daily_market_breadth", "2024-01-10", columns, "1") == [
        (2, 0, 2, 0, 0.0, 0.0)
    ]


def test_indices_stand_beside_their_official_close(warehouse: Warehouse) -> None:
    columns = (
        "index_code, level, previous_level, change, change_pct, high_seen, low_seen,"
        " official_close, capture_count, price_status"
    )
    d = Decimal
    assert on(warehouse, "daily_index_summary", "2024-01-09", columns, "index_code") == [
        ("KSE100", d(64500), d("63999.7"), d("500.3"), 0.78, d(64500), d(64200), d("64500.30"), 2,
         "close"),
    ]  # fmt: skip
    assert on(warehouse, "daily_index_summary", "2024-01-10", columns, "index_code") == [
        ("KSE100", d(64350), d("64500.3"), d("-150.3"), -0.23, d(64350), d(64350), d(64200), 1,
         "intraday"),
    ]  # fmt: skip


def test_each_capture_says_how_its_session_was_found(warehouse: Warehouse) -> None:
    found = rows(
        warehouse,
        "select source, trade_date, placed_by, captured_precision, stale_session_count,"
        " share_line_count, index_line_count, rejected_line_count from captures order by source",
    )
    tuesday, wednesday = date(2024, 1, 9), date(2024, 1, 10)
    assert [tuple(row.values()) for row in found] == [
        ("landing/2024-01-09T16-00_close.txt", tuesday, "index_history", "second", 0, 5, 1, 0),
        ("landing/2024-01-10T1200_day.txt", wednesday, "index_history", "second", 0, 2, 1, 0),
        ("landing/noon.txt", tuesday, "index_history", None, None, 3, 1, 0),
    ]


def test_the_counts_of_the_build_are_those_of_its_input(warehouse: Warehouse) -> None:
    columns = (
        "file_count, document_count, block_count, no_block_count, refused_count,"
        " ticker_line_count, accepted_line_count, rejected_line_count, placed_count,"
        " unplaced_count, session_count"
    )
    (row,) = rows(warehouse, f"select {columns} from build_info")
    assert tuple(row.values()) == (3, 3, 3, 0, 0, 13, 13, 0, 3, 0, 2)
