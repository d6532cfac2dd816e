"""Measures of shares, beside the same formulas in plain Python on a market with gaps."""

from statistics import fmean, stdev

import pytest

from jobs.settings import Warehouse
from tests.conftest import rows
from tests.support import walk
from tests.support.measured import (
    SEEN,
    Row,
    by_session,
    change,
    known,
    returned,
    same,
    shown,
    streak,
)
from tests.support.walk import CAPTURED, DAYS, SECTOR_OF, SECTORS, adjusted


@pytest.fixture(scope="module")
def movers(walked: Warehouse) -> dict[tuple[str, int], Row]:
    return by_session(walked, "daily_movers", "symbol")


def test_the_market_has_what_measures_must_survive() -> None:
    gaps = [n for n in range(1, len(DAYS)) if not CAPTURED[n]]
    assert len(gaps) == 28
    assert sum(not walk.is_known("HBL", n) for n in range(1, len(DAYS))) == 6
    assert sum(walk.is_known("TRG", n) for n in range(len(DAYS))) == len(SEEN) + 22 - 24 + 1


def test_returns_compare_with_the_close_of_exactly_so_many_sessions_ago(
    movers: dict[tuple[str, int], Row],
) -> None:
    unknown = 0
    for (symbol, number), row in movers.items():
        for back in (5, 20, 60, 250):
            expected = returned(lambda n, s=symbol: adjusted(s, n), number, back)
            assert same(row[f"return_{back}_pct"], expected), (symbol, number, back)
            unknown += expected is None and number > 250
    assert unknown > 0


def test_windows_carry_how_many_sessions_they_had(movers: dict[tuple[str, int], Row]) -> None:
    for (symbol, number), row in movers.items():
        for span in (20, 60, 250):
            window = range(number - span + 1, number + 1)
            assert row[f"observation_{span}_count"] == len(
                known(lambda n, s=symbol: adjusted(s, n), window)
            )


def test_z_scores_are_against_the_20_sessions_before(movers: dict[tuple[str, int], Row]) -> None:
    short = 0
    for (symbol, number), row in movers.items():
        before = known(lambda n, s=symbol: change(s, n), range(number - 20, number))
        expected = None
        if len(before) >= 16:
            now = change(symbol, number)
            assert now is not None
            expected = (now - fmean(before)) / stdev(before)
        else:
            short += number > 40
        assert same(row["change_z_score"], expected), (symbol, number)
    assert short > 0


def test_streaks_end_at_a_gap(movers: dict[tuple[str, int], Row]) -> None:
    for (symbol, number), row in movers.items():
        assert row["streak"] == streak(lambda n, s=symbol: change(s, n), number), (symbol, number)
    assert max(abs(int(str(row["streak"]))) for row in movers.values()) >= 6


@pytest.mark.parametrize(("span", "least"), [(20, 16), (250, 200)])
def test_new_highs_and_lows_beat_all_sessions_before(
    span: int, least: int, movers: dict[tuple[str, int], Row]
) -> None:
    highs = 0
    for (symbol, number), row in movers.items():
        before = known(lambda n, s=symbol: adjusted(s, n), range(number - span, number))
        now = adjusted(symbol, number)
        assert now is not None
        enough = len(before) >= least
        assert row[f"is_high_{span}"] == (now > max(before) if enough else None)
        assert row[f"is_low_{span}"] == (now < min(before) if enough else None)
        highs += bool(row[f"is_high_{span}"])
    assert highs > 50


def test_the_distance_from_the_high_counts_this_session(
    movers: dict[tuple[str, int], Row],
) -> None:
    for (symbol, number), row in movers.items():
        window = known(lambda n, s=symbol: adjusted(s, n), range(number - 249, number + 1))
        now = adjusted(symbol, number)
        assert now is not None
        expected = 100 * (now / max(window) - 1) if len(window) >= 200 else None
        assert same(row["high_250_distance_pct"], expected)


def test_ranks_within_a_sector_and_the_daily_limit(movers: dict[tuple[str, int], Row]) -> None:
    for (symbol, number), row in movers.items():
        peers = [s for s in SECTORS[SECTOR_OF[symbol]] if (s, number) in movers]
        better = [s for s in peers if movers[s, number]["change_pct"] > row["change_pct"]]  # type: ignore[operator]
        assert row["sector_rank"] == 1 + len(better)
    at_limit = [key for key, row in movers.items() if row["is_at_limit"]]
    assert at_limit == [(walk.LIMIT_SHARE, walk.LIMIT_DAY)]


def test_a_symbol_in_one_row(walked: Warehouse) -> None:
    (row,) = rows(walked, f"from symbol_summary where symbol = '{walk.EX_SHARE}'")
    numbers = [n for n in SEEN if shown(walk.EX_SHARE, n)]
    prices = [adjusted(walk.EX_SHARE, n) for n in range(len(DAYS))]
    assert row["captured_session_count"] == len(numbers)
    assert row["implied_session_count"] == sum(p is not None for p in prices) - len(numbers)
    assert row["first_trade_date"] == DAYS[0]
    assert row["last_trade_date"] == DAYS[-1]
    assert same(row["highest_price"], max(p for p in prices if p is not None))
    assert same(row["lowest_price"], min(p for p in prices if p is not None))
    changes = {n: round(change(walk.EX_SHARE, n) or 0, 2) for n in numbers}
    best, worst = max(changes, key=changes.__getitem__), min(changes, key=changes.__getitem__)
    assert (row["best_trade_date"], row["best_change_pct"]) == (DAYS[best], changes[best])
    assert (row["worst_trade_date"], row["worst_change_pct"]) == (DAYS[worst], changes[worst])
