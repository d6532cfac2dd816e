"""What a false history looks like, for the message that refuses it."""

import polars as pl

from jobs.history.market import Market

_ALL_BUT_A_FEW = 0.8
_EXACT_POINTS = 1.0
_SAME_INDEX = 0.05
"""The median of the closes of another index differs from the KSE-100 by more than this share."""


def spacing_kind(days: pl.Series) -> str | None:
    """`weekly` or `monthly`, if nearly all of the days lie so far apart."""
    gaps = days.sort().diff().dt.total_days().drop_nulls()
    if len(gaps) < 3:
        return None
    for kind, least, most in (("weekly", 5, 9), ("monthly", 25, 36)):
        if gaps.is_between(least, most).mean() >= _ALL_BUT_A_FEW:  # type: ignore[operator]
            return kind
    return None


def dates_kind(days: pl.Series, sessions: pl.Series) -> str | None:
    """What to do to the days so that they are trading days, as what was done to them."""
    day = pl.col(days.name)
    readings = {
        "the dates look one day early": day.dt.offset_by("1d"),
        "the dates look one day late": day.dt.offset_by("-1d"),
        "day and month look exchanged": exchanged(day),
    }
    off = {
        kind: days.to_frame().select((~reading.is_in(sessions.implode())).mean()).item()
        for kind, reading in readings.items()
    }
    best = min(off, key=lambda kind: off[kind])
    as_they_are = days.to_frame().select((~day.is_in(sessions.implode())).mean()).item()
    return best if off[best] < as_they_are / 2 else None


def closes_kind(shared: pl.DataFrame, market: Market) -> str | None:
    """What closes that differ from the official ones of their days look like.

    `shared` has `trade_date`, `close`, `official` and `off`, the difference in points.
    """
    official = market.closes.select("trade_date", pl.col("close").cast(pl.Float64))
    own = shared["off"].median()
    if own is None or own <= _EXACT_POINTS:  # type: ignore[operator]
        return None
    beside = official.with_columns(
        after=pl.col("close").shift(-1), before=pl.col("close").shift()
    ).drop("close")
    swapped = official.select(exchanged="trade_date", swapped="close")
    compared = (
        shared.with_columns(exchanged(pl.col("trade_date")).alias("exchanged"))
        .join(beside, on="trade_date", how="left")
        .join(swapped, on="exchanged", how="left")
    )
    close = pl.col("close").cast(pl.Float64)
    for column, kind in (
        ("after", "they are the closes of the next session: the dates are one session early"),
        ("before", "they are the closes of the session before: the dates are one session late"),
        ("swapped", "day and month look exchanged"),
    ):
        differences = compared.select((close - pl.col(column)).abs().alias("off"))["off"]
        middle = differences.fill_null(float("inf")).median()
        if middle is not None and middle <= _EXACT_POINTS:  # type: ignore[operator]
            return kind
    ratio = compared.select((close / pl.col("official").cast(pl.Float64)).median()).item()
    return "it looks like another index" if abs(ratio - 1) > _SAME_INDEX else None


def exchanged(day: pl.Expr) -> pl.Expr:
    """The day with its day and month in each other's place, where there is such a day."""
    number, month = day.dt.day(), day.dt.month()
    return (
        pl.when(number <= 12)
        .then(pl.date(day.dt.year(), number, pl.when(number <= 12).then(month).otherwise(1)))
        .otherwise(day)
    )
