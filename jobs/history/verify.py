"""A history against what is known of the exchange: false ones are refused, doubts are counted."""

from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import polars as pl

from jobs.errors import InputError
from jobs.history.calendar import INDEX_BEGAN
from jobs.history.kinds import closes_kind, dates_kind, spacing_kind
from jobs.history.market import Market

_DAYS_AHEAD = 3
"""How far after today the last session may lie, for clocks that are wrong."""

_STRAY, _MOVED_HOLIDAYS = 0.05, 3
"""A larger share of rows on days without trading, or as many on holidays after the built-in
history, which are estimates, are no stray rows and no moved holidays."""

_FRIDAY = 5

_DOUBT_POINTS, _CONTRADICTION = 1, 0.005
"""Points of difference that count, and the share of the close that sources never differ by."""

_LEAST_BOUND, _SLACK = 0.10, 1.25
"""Bounds of a session's change: the market never moved by 10 % until 2026, and shares move by their
limit at most. A quarter is added for limits that changed in steps."""

_WIDEST_RANGE = 0.25

_GAP_BOUND, _GAP_SESSIONS = 0.29, 60
"""Logarithm of the largest change across a gap of so many sessions: a quarter. Another index
differs by more."""


def verify_years(file: Path, rows: pl.DataFrame, market: Market) -> None:
    """Refuse a file without a close, and days that no session of the index can have had.

    Raises:
        InputError: there is such a day, or no row at all.
    """
    if rows.is_empty():
        raise InputError(f"{file}: holds no close; expected daily closes of the KSE-100")
    last = market.today + timedelta(days=_DAYS_AHEAD)
    day = pl.col("trade_date")
    for row in rows.filter((day.dt.year() < INDEX_BEGAN) | (day > last)).head(1).to_dicts():
        when = f"before {INDEX_BEGAN}" if row["trade_date"] < last else "in the future"
        raise InputError(f"{file} line {row['line']}: {row['trade_date']} is {when}")


def verify(file: Path, rows: pl.DataFrame, market: Market) -> tuple[pl.DataFrame, list[str]]:
    """The rows that can be true, and what is doubtful in one sentence each.

    Rows on days that the built-in history knows to be without trading are left out, if they are
    few. A low and high that exclude their close are left out.

    Raises:
        InputError: the rows are no daily closes of the KSE-100 on their days; the message names a
            line and what the file looks like.
    """
    if kind := spacing_kind(rows["trade_date"]):
        raise InputError(f"{file}: holds {kind} figures; expected daily closes")
    notes: list[str] = []
    rows = _without_strays(file, rows, market, notes)
    rows = _with_sound_ranges(file, rows, notes)
    _compare(file, rows, market, notes)
    _verify_changes(file, rows, market)
    return rows, notes


def _without_strays(
    file: Path, rows: pl.DataFrame, market: Market, notes: list[str]
) -> pl.DataFrame:
    day = pl.col("trade_date")
    off = rows.filter(~day.is_in(market.sessions.implode()))
    if off.is_empty():
        return rows
    known = market.closes["trade_date"]
    is_estimate = (day > known.max()) & (day.dt.weekday() <= _FRIDAY)
    sure, unsure = off.filter(~is_estimate), off.filter(is_estimate)
    stray = _STRAY * rows.height
    if sure.height > stray or unsure.height > max(stray, _MOVED_HOLIDAYS):
        first = off.row(0, named=True)
        _refuse(
            file,
            first["line"],
            f"{first['trade_date']} ({first['trade_date']:%A}) is no trading day,"
            f" like {off.height:,} of {rows.height:,} days",
            dates_kind(rows["trade_date"], market.sessions),
        )
    is_known = day.is_between(known.min(), known.max())
    for some, outcome in ((off.filter(is_known), "left out"), (off.filter(~is_known), "kept")):
        for row in some.head(1).to_dicts():
            notes.append(
                f"{file} line {row['line']}: {row['trade_date']} ({row['trade_date']:%A}) is no"
                f" trading day of the calendar; {some.height:,} such row(s) are {outcome}"
            )
    return rows.join(off.filter(is_known), on="line", how="anti", maintain_order="left")


def _with_sound_ranges(file: Path, rows: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    close, low, high = (pl.col(n).cast(pl.Float64) for n in ("close", "low", "high"))
    is_wide = (low < close * (1 - _WIDEST_RANGE)) | (high > close * (1 + _WIDEST_RANGE))
    for row in rows.filter(is_wide).head(1).to_dicts():
        raise InputError(
            f"{file} line {row['line']}: the low {_points(row['low'])} and high"
            f" {_points(row['high'])} are too far from the close {_points(row['close'])}"
        )
    is_unsound = ((low > close) | (high < close)).fill_null(value=False)
    unsound = rows.filter(is_unsound)
    for row in unsound.head(1).to_dicts():
        notes.append(
            f"{file} line {row['line']}: the close lies outside the low and high;"
            f" the low and high of {unsound.height:,} such row(s) are left out"
        )
    return rows.with_columns(
        pl.when(~is_unsound).then(pl.col(name)).alias(name) for name in ("low", "high")
    )


def _compare(file: Path, rows: pl.DataFrame, market: Market, notes: list[str]) -> None:
    """Refuse closes that contradict the built-in ones; note small differences."""
    shared = rows.join(
        market.closes.select("trade_date", official="close"), on="trade_date", maintain_order="left"
    ).with_columns(off=(pl.col("close") - pl.col("official")).cast(pl.Float64).abs())
    if shared.is_empty():
        return
    wrong = shared.filter(pl.col("off") > _CONTRADICTION * pl.col("official").cast(pl.Float64))
    kind = closes_kind(shared, market)
    if kind or not wrong.is_empty():
        different = shared.filter(pl.col("off") > _DOUBT_POINTS) if wrong.is_empty() else wrong
        row = different.row(0, named=True)
        _refuse(
            file,
            row["line"],
            f"the close {_points(row['close'])} of {row['trade_date']} contradicts the built-in"
            f" {_points(row['official'])}, and {different.height:,} of {shared.height:,} closes do",
            kind,
        )
    doubtful = shared.filter(pl.col("off") > _DOUBT_POINTS)
    for row in doubtful.sort("off", descending=True).head(1).to_dicts():
        notes.append(
            f"{file}: {doubtful.height:,} of {shared.height:,} closes differ from the built-in ones"
            f" by more than {_DOUBT_POINTS} point, by {row['off']:,.2f} at most"
            f" ({row['trade_date']}, line {row['line']}); yours are used"
        )


def _verify_changes(file: Path, rows: pl.DataFrame, market: Market) -> None:
    """Refuse a change from close to close that the price limits of shares do not allow."""
    mine = rows.select("trade_date", pl.col("close").cast(pl.Float64), "line")
    rest = market.closes.select(
        "trade_date", pl.col("close").cast(pl.Float64), pl.lit(None, pl.Int64).alias("line")
    ).join(mine, on="trade_date", how="anti")
    place = pl.col("trade_date").map_batches(
        lambda days: market.sessions.search_sorted(days).cast(pl.Int64), pl.Int64
    )
    joined = (
        pl.concat([mine, rest])
        .sort("trade_date")
        .join_asof(market.limits, left_on="trade_date", right_on="valid_from")
        .with_columns(
            before=pl.col("close").shift(),
            line=pl.coalesce("line", pl.col("line").shift()),
            sessions=place.diff().clip(lower_bound=1),
            bound=pl.max_horizontal(pl.lit(_LEAST_BOUND), pl.col("limit_pct") / 100 * _SLACK),
        )
        .filter(
            pl.col("line").is_not_null(),
            (pl.col("close") / pl.col("before")).log().abs()
            > pl.min_horizontal(
                pl.col("sessions") * -(1 - pl.col("bound")).log(),
                _GAP_BOUND * pl.max_horizontal(1, pl.col("sessions") / _GAP_SESSIONS),
            ),
        )
    )
    for row in joined.head(1).to_dicts():
        _refuse(
            file,
            row["line"],
            f"{_points(row['close'])} on {row['trade_date']} after {_points(row['before'])},"
            f" {row['sessions']} session(s) before, is a change beyond the exchange's limits",
            None,
        )


def _points(value: object) -> str:
    return "none" if value is None else f"{value:,.2f}"


def _refuse(file: Path, line: int, found: str, kind: str | None) -> NoReturn:
    looks = f"; {kind}" if kind else ""
    raise InputError(f"{file} line {line}: {found}{looks}; expected daily closes of the KSE-100")
