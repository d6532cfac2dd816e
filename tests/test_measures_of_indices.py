"""Measures of indices, beside the same formulas in plain Python on a market with gaps."""

import math
from statistics import correlation, linear_regression, stdev

import pytest

from jobs.settings import Warehouse
from tests.support.measured import SEEN, Row, by_session, known, returned, same, streak
from tests.support.walk import INDICES, level


@pytest.fixture(scope="module")
def indices(walked: Warehouse) -> dict[tuple[str, int], Row]:
    return by_session(walked, "daily_index_summary", "index_code")


def log_return(code: str, number: int) -> float | None:
    now, before = level(code, number), level(code, number - 1) if number > 0 else None
    return None if now is None or before is None else math.log(now / before)


def test_index_returns_and_volatility(indices: dict[tuple[str, int], Row]) -> None:
    compared = 0
    for (code, number), row in indices.items():
        for back in (5, 20, 60, 250):
            expected = returned(lambda n, c=code: level(c, n), number, back)
            assert same(row[f"return_{back}_pct"], expected), (code, number, back)
        for span, least in ((20, 16), (60, 48)):
            moves = known(lambda n, c=code: log_return(c, n), range(number - span + 1, number + 1))
            expected = 100 * stdev(moves) * math.sqrt(246) if len(moves) >= least else None
            assert same(row[f"volatility_{span}_pct"], expected), (code, number, span)
            assert row[f"observation_{span}_count"] == len(moves)
            compared += expected is not None
    assert compared > 1_500


def test_drawdown_and_its_length(indices: dict[tuple[str, int], Row]) -> None:
    for (code, number), row in indices.items():
        levels = {n: value for n in range(number + 1) if (value := level(code, n)) is not None}
        high = max(levels.values())
        assert same(row["drawdown_pct"], 100 * (levels[number] / high - 1))
        last = max(n for n, value in levels.items() if value == high)
        assert row["drawdown_session_count"] == number - last
        year = [value for n, value in levels.items() if n > number - 250]
        assert same(row["high_250"], max(year) if len(year) >= 200 else None)
        assert same(row["low_250"], min(year) if len(year) >= 200 else None)


def test_index_streaks(indices: dict[tuple[str, int], Row]) -> None:
    for (code, number), row in indices.items():
        if log_return(code, number) is None:
            assert row["streak"] is None
        else:
            assert row["streak"] == streak(lambda n, c=code: log_return(c, n), number)


def test_correlation_and_beta_beside_kse100(indices: dict[tuple[str, int], Row]) -> None:
    compared = 0
    for (code, number), row in indices.items():
        pairs = [
            (market, own)
            for n in range(number - 59, number + 1)
            if n >= 0
            and (own := log_return(code, n)) is not None
            and (market := log_return("KSE100", n)) is not None
        ]
        if code == "KSE100" or len(pairs) < 48 or log_return(code, number) is None:
            assert row["correlation_60"] is None
            assert row["beta_60"] is None
            continue
        market_returns, own_returns = zip(*pairs, strict=True)
        assert same(row["correlation_60"], correlation(market_returns, own_returns))
        assert same(row["beta_60"], linear_regression(market_returns, own_returns).slope)
        compared += 1
    assert compared > 500


def test_all_four_indices_have_a_row_on_every_seen_session(
    indices: dict[tuple[str, int], Row],
) -> None:
    assert {(code, n) for code in INDICES for n in SEEN} <= indices.keys()
