"""Measures of breadth, beside the same formulas in plain Python on a market with gaps."""

import math
from collections.abc import Callable
from itertools import pairwise
from statistics import fmean

import pytest

from jobs.settings import Warehouse
from tests.conftest import rows
from tests.support import walk
from tests.support.measured import NUMBER, SEEN, Row, by_session, known, same, shown
from tests.support.walk import CLOSES, SECTOR_OF, adjusted


@pytest.fixture(scope="module")
def breadth(walked: Warehouse) -> dict[int, Row]:
    return {NUMBER[row["trade_date"]]: row for row in rows(walked, "from daily_market_breadth")}  # type: ignore[index]


@pytest.fixture(scope="module")
def movers(walked: Warehouse) -> dict[tuple[str, int], Row]:
    return by_session(walked, "daily_movers", "symbol")


def counts(number: int) -> tuple[int, int, int]:
    moves = [
        round(CLOSES[s][number] - walk.base(s, number), 2) for s in SECTOR_OF if shown(s, number)
    ]
    return sum(m > 0 for m in moves), sum(m < 0 for m in moves), len(moves)


def average(number: int, alpha: float, value: Callable[[int], float]) -> float:
    """An exponential average over the sessions seen, as if no other had been."""
    newest_first = [n for n in reversed(SEEN) if n <= number][:250]
    weights = [(1 - alpha) ** age for age in range(len(newest_first))]
    return sum(w * value(n) for w, n in zip(weights, newest_first, strict=True)) / sum(weights)


def net(number: int) -> float:
    up, down, _ = counts(number)
    return 1000 * (up - down) / (up + down)


def advancing(number: int) -> float:
    up, down, _ = counts(number)
    return up / (up + down)


def test_the_mcclellan_oscillator_and_its_sum(breadth: dict[int, Row]) -> None:
    compared = 0
    for number, row in breadth.items():
        seen = sum(number - 39 < n <= number for n in SEEN)
        assert row["observation_39_count"] == seen
        if seen < 32:
            assert row["mcclellan_oscillator"] is None
            assert row["mcclellan_summation_index"] is None
            continue
        fast, slow = average(number, 0.10, net), average(number, 0.05, net)
        assert row["mcclellan_oscillator"] == pytest.approx(fast - slow, abs=1e-6)
        assert row["mcclellan_summation_index"] == pytest.approx(19 * slow - 9 * fast, abs=1e-5)
        compared += 1
    assert 150 < compared < len(SEEN)


def test_the_summation_index_is_the_running_sum_of_the_oscillator(
    breadth: dict[int, Row],
) -> None:
    """Late in the series, where the weights of its beginning no longer count."""
    late = SEEN[-25:]
    for before, number in pairwise(late):
        moved = float(str(breadth[number]["mcclellan_summation_index"])) - float(
            str(breadth[before]["mcclellan_summation_index"])
        )
        assert moved == pytest.approx(breadth[number]["mcclellan_oscillator"], abs=0.1)
    assert any(number - before > 1 for before, number in pairwise(late))


def test_breadth_thrust(breadth: dict[int, Row]) -> None:
    def thrust(number: int) -> float | None:
        if number not in SEEN or sum(number - 10 < n <= number for n in SEEN) < 8:
            return None
        return average(number, 2 / 11, advancing)

    for number, row in breadth.items():
        expected = thrust(number)
        assert row["breadth_thrust"] == (None if expected is None else pytest.approx(expected))
        before = known(thrust, range(number - 10, number))
        fired = expected is not None and before and expected > 0.615 and min(before) < 0.40
        assert bool(row["is_breadth_thrust"]) == bool(fired)


def test_breadth_lines_and_intervals(breadth: dict[int, Row]) -> None:
    line = 0
    for count, number in enumerate(SEEN, start=1):
        row, (up, down, shares) = breadth[number], counts(number)
        line += up - down
        assert row["advance_decline_line"] == line
        assert (row["observation_count"], row["session_count"]) == (count, number - SEEN[0] + 1)
        assert (row["advancer_count"], row["decliner_count"], row["symbol_count"]) == (
            up,
            down,
            shares,
        )
        before = [counts(n)[2] for n in SEEN[max(count - 21, 0) : count - 1]]
        assert row["expected_symbol_count"] == (math.floor(fmean(before) + 0.5) if before else None)
        kse100 = CLOSES["KSE100"][number] - CLOSES["KSE100"][number - 1]
        differs = (up - down) * kse100 < 0
        assert row["is_divergent"] == (differs if up != down and kse100 else None)


def test_the_interval_is_that_of_wilson(breadth: dict[int, Row]) -> None:
    """Its ends are the shares of risers from which the observed one is 1.96 deviations away."""
    for row in breadth.values():
        up, shares = int(str(row["advancer_count"])), int(str(row["symbol_count"]))
        for end in ("advancing_low_pct", "advancing_high_pct"):
            share = float(str(row[end])) / 100
            away = abs(up / shares - share)
            assert away == pytest.approx(1.96 * math.sqrt(share * (1 - share) / shares), abs=1e-6)


def test_shares_above_their_means_and_new_highs(
    breadth: dict[int, Row], movers: dict[tuple[str, int], Row]
) -> None:
    for number, row in breadth.items():
        for span, least in ((20, 16), (50, 40)):
            above = []
            for symbol in SECTOR_OF:
                window = range(number - span + 1, number + 1)
                closes = known(lambda n, s=symbol: adjusted(s, n), window)
                now = adjusted(symbol, number)
                if now is not None and len(closes) >= least:
                    above.append(now > fmean(closes))
            expected = 100 * sum(above) / len(above) if above else None
            assert same(row[f"above_mean_{span}_pct"], expected), (number, span)
        for span in (20, 250):
            today = [movers[s, number] for s in SECTOR_OF if (s, number) in movers]
            highs = [r for r in today if r[f"is_high_{span}"] is not None]
            if len(today) == len(SECTOR_OF):
                expected_net = sum(
                    bool(r[f"is_high_{span}"]) - bool(r[f"is_low_{span}"]) for r in highs
                )
                assert row[f"net_high_{span}_count"] == (expected_net if highs else None)
