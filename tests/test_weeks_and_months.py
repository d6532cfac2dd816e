"""Weeks and months, beside the same formulas in plain Python on a market with gaps."""

from datetime import date
from statistics import fmean

import pytest

from jobs.settings import Warehouse
from tests.conftest import rows
from tests.support.measured import change, same, shown
from tests.support.walk import CLOSES, DAYS, SECTOR_OF, adjusted


@pytest.mark.parametrize("word", ["week", "month"])
def test_weeks_and_months_run_from_close_to_close(word: str, walked: Warehouse) -> None:
    """Every change from the last session before the period to the last one known in it."""

    def start(day: date) -> date:
        back = day.weekday() if word == "week" else day.day - 1
        return date.fromordinal(day.toordinal() - back)

    table = f"{word}ly_movers"
    found = {(r["symbol"], r[f"{word}_start"]): r for r in rows(walked, f"from {table}")}
    unknown = 0
    for symbol in SECTOR_OF:
        for first in {start(day) for day in DAYS}:
            inside = [n for n, day in enumerate(DAYS) if start(day) == first]
            closes = {n: c for n in inside if (c := adjusted(symbol, n)) is not None}
            if not any(shown(symbol, n) for n in inside):
                assert (symbol, first) not in found
                continue
            row = found[symbol, first]
            before = adjusted(symbol, inside[0] - 1) if inside[0] > 0 else None
            last = closes[max(closes)]
            assert same(row["change_pct"], 100 * (last / before - 1) if before else None)
            assert same(row["high_close"], max(closes.values()))
            assert same(row["low_close"], min(closes.values()))
            assert row["last_trade_date"] == DAYS[max(closes)]
            assert row["observation_count"] == len(closes)
            moves = [c for n in closes if (c := change(symbol, n)) is not None]
            assert row["rise_count"] == sum(m > 0 for m in moves)
            assert row["fall_count"] == sum(m < 0 for m in moves)
            unknown += before is None
    assert unknown > 0


def test_weeks_of_sectors_and_indices(walked: Warehouse) -> None:
    movers = rows(walked, "from weekly_movers where change_pct is not null")
    for row in rows(walked, "from weekly_sector_summary"):
        shares = {
            r["symbol"]: float(str(r["change_pct"]))
            for r in movers
            if (r["week_start"], r["sector_code"]) == (row["week_start"], row["sector_code"])
        }
        assert row["symbol_count"] == len(shares)
        assert row["mean_change_pct"] == pytest.approx(fmean(shares.values()), abs=1e-5)
        assert row["best_symbol"] == max(shares, key=shares.__getitem__)
        assert row["worst_symbol"] == min(shares, key=shares.__getitem__)
    monday = date(2022, 8, 22)
    (row,) = rows(
        walked,
        f"from weekly_index_summary where index_code = 'KSE100' and week_start = '{monday}'",
    )
    inside = [n for n, day in enumerate(DAYS) if 0 <= (day - monday).days < 7]
    closes = [CLOSES["KSE100"][n] for n in inside]
    before = CLOSES["KSE100"][inside[0] - 1]
    assert (row["previous_close"], row["last_close"]) == (before, closes[-1])
    assert same(row["change_pct"], 100 * (closes[-1] / before - 1))
    assert (row["high_close"], row["low_close"]) == (max(closes), min(closes))
    assert (row["observation_count"], row["session_count"]) == (5, 5)
