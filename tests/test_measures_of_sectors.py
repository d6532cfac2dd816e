"""Measures of sectors, beside the same formulas in plain Python on a market with gaps."""

from collections.abc import Iterator
from statistics import fmean

import pytest

from jobs.settings import Warehouse
from tests.support.measured import Row, by_session, returned
from tests.support.walk import DAYS, SECTORS, adjusted, level


@pytest.fixture(scope="module")
def sectors(walked: Warehouse) -> dict[tuple[str, int], Row]:
    return by_session(walked, "daily_sector_summary", "sector_code")


def sector_levels(code: str) -> Iterator[tuple[int, float]]:
    """The equal-weight index of a sector, from its first session with a known close."""
    last, value = None, 100.0
    for number in range(len(DAYS)):
        closes = {s: c for s in SECTORS[code] if (c := adjusted(s, number)) is not None}
        if not closes:
            continue
        if last is not None:
            shared = [closes[s] / last[s] for s in closes if s in last]
            value = value * fmean(shared) if shared else 100.0
        last = closes
        yield number, value


def test_sector_indices_and_their_strength(sectors: dict[tuple[str, int], Row]) -> None:
    for code in SECTORS:
        levels = dict(sector_levels(code))

        def strength(number: int, back: int, levels: dict[int, float] = levels) -> float | None:
            own = returned(levels.get, number, back)
            market = returned(lambda n: level("KSE100", n), number, back)
            if own is None or market is None:
                return None
            return 100 * ((1 + own / 100) / (1 + market / 100) - 1)

        quadrants = set()
        for number, value in levels.items():
            if (code, number) not in sectors:
                continue
            row = sectors[code, number]
            assert row["sector_index"] == pytest.approx(value, rel=1e-7)
            assert row["sector_index_base_date"] == DAYS[0]
            for back in (5, 20, 60):
                expected = strength(number, back)
                found = row[f"relative_strength_{back}_pct"]
                assert found == (None if expected is None else pytest.approx(expected, abs=1e-6))
            now, before = strength(number, 20), strength(number - 5, 20)
            if now is None or before is None:
                assert row["quadrant"] is None
                continue
            assert row["relative_momentum_pct"] == pytest.approx(now - before, abs=1e-6)
            ahead, behind = ("leading", "weakening"), ("improving", "lagging")
            assert row["quadrant"] == (ahead if now >= 0 else behind)[now < before]
            quadrants.add(row["quadrant"])
        assert len(quadrants) == 4


def test_leadership_is_a_run_of_sessions_ahead_of_kse100(
    sectors: dict[tuple[str, int], Row],
) -> None:
    longest = 0
    for code in SECTORS:
        levels = dict(sector_levels(code))

        def is_ahead(number: int, levels: dict[int, float] = levels) -> bool | None:
            own = returned(levels.get, number, 1)
            market = returned(lambda n: level("KSE100", n), number, 1)
            return None if own is None or market is None else own > market

        for number in levels:
            if (code, number) in sectors and is_ahead(number) is not None:
                run = 0
                while is_ahead(number - run):
                    run += 1
                assert sectors[code, number]["leadership_streak"] == run, (code, number)
                longest = max(longest, run)
    assert longest >= 3
