"""Measures over many sessions, beside the same formulas in plain Python on a market with gaps."""

import math
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from statistics import correlation, fmean, linear_regression, stdev

import pytest

from jobs.settings import Warehouse
from tests.conftest import rows
from tests.support import walk
from tests.support.walk import CAPTURED, CLOSES, DAYS, INDICES, SECTOR_OF, SECTORS, adjusted, level

Row = dict[str, object]
Series = Callable[[int], float | None]

NUMBER = {day: number for number, day in enumerate(DAYS)}
SEEN = [n for n in range(len(DAYS)) if CAPTURED[n]]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return walk.build_walk(tmp_path_factory.mktemp("walk") / "warehouse")


@pytest.fixture(scope="module")
def movers(market: Warehouse) -> dict[tuple[str, int], Row]:
    found = rows(market, "from daily_movers")
    return {(str(row["symbol"]), NUMBER[row["trade_date"]]): row for row in found}  # type: ignore[index]


@pytest.fixture(scope="module")
def indices(market: Warehouse) -> dict[tuple[str, int], Row]:
    found = rows(market, "from daily_index_summary")
    return {(str(row["index_code"]), NUMBER[row["trade_date"]]): row for row in found}  # type: ignore[index]


@pytest.fixture(scope="module")
def breadth(market: Warehouse) -> dict[int, Row]:
    return {NUMBER[row["trade_date"]]: row for row in rows(market, "from daily_market_breadth")}  # type: ignore[index]


@pytest.fixture(scope="module")
def sectors(market: Warehouse) -> dict[tuple[str, int], Row]:
    found = rows(market, "from daily_sector_summary")
    return {(str(row["sector_code"]), NUMBER[row["trade_date"]]): row for row in found}  # type: ignore[index]


def same(found: object, expected: float | None) -> bool:
    """Both unknown, or equal but for the last digits of a double."""
    if expected is None or found is None:
        return found is expected
    return math.isclose(float(found), expected, rel_tol=1e-9, abs_tol=1e-9)  # type: ignore[arg-type]


def known(series: Series, numbers: range) -> list[float]:
    return [value for n in numbers if n >= 0 and (value := series(n)) is not None]


def shown(symbol: str, number: int) -> bool:
    return walk.is_shown(symbol, number)


def returned(series: Series, number: int, back: int) -> float | None:
    """The return over some sessions in percent, if both ends are known."""
    before = series(number - back) if number >= back else None
    now = series(number)
    return None if before is None or now is None else 100 * (now / before - 1)


def change(symbol: str, number: int) -> float | None:
    """Change in percent: by the page that shows it, else between two closes in a row."""
    if shown(symbol, number):
        return 100 * (CLOSES[symbol][number] / walk.base(symbol, number) - 1)
    if number > 0 and walk.is_known(symbol, number) and walk.is_known(symbol, number - 1):
        return 100 * (CLOSES[symbol][number] / CLOSES[symbol][number - 1] - 1)
    return None


def streak(changes: Callable[[int], float | None], number: int) -> int:
    """Sessions in a row with the same sign, negative for falls."""
    now = changes(number)
    assert now is not None
    sign, length = (now > 0) - (now < 0), 0
    while number >= 0 and (value := changes(number)) is not None and value * sign > 0:
        number, length = number - 1, length + 1
    return sign * length


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


@pytest.mark.parametrize("word", ["week", "month"])
def test_weeks_and_months_run_from_close_to_close(word: str, market: Warehouse) -> None:
    """Every change from the last session before the period to the last one known in it."""

    def start(day: date) -> date:
        back = day.weekday() if word == "week" else day.day - 1
        return date.fromordinal(day.toordinal() - back)

    table = f"{word}ly_movers"
    found = {(r["symbol"], r[f"{word}_start"]): r for r in rows(market, f"from {table}")}
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


def test_weeks_of_sectors_and_indices(market: Warehouse) -> None:
    movers = rows(market, "from weekly_movers where change_pct is not null")
    for row in rows(market, "from weekly_sector_summary"):
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
        market,
        f"from weekly_index_summary where index_code = 'KSE100' and week_start = '{monday}'",
    )
    inside = [n for n, day in enumerate(DAYS) if 0 <= (day - monday).days < 7]
    closes = [CLOSES["KSE100"][n] for n in inside]
    before = CLOSES["KSE100"][inside[0] - 1]
    assert (row["previous_close"], row["last_close"]) == (before, closes[-1])
    assert same(row["change_pct"], 100 * (closes[-1] / before - 1))
    assert (row["high_close"], row["low_close"]) == (max(closes), min(closes))
    assert (row["observation_count"], row["session_count"]) == (5, 5)


def test_a_symbol_in_one_row(market: Warehouse) -> None:
    (row,) = rows(market, f"from symbol_summary where symbol = '{walk.EX_SHARE}'")
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


def test_all_four_indices_have_a_row_on_every_seen_session(
    indices: dict[tuple[str, int], Row],
) -> None:
    assert {(code, n) for code in INDICES for n in SEEN} <= indices.keys()
