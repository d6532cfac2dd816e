"""Dates in the ways in which downloads write them."""

import polars as pl

_TIME = r"[T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?[AaPp]\.?[Mm]\.?)?$"
_INSTANT = (
    r"^(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?<time>[0-9]{2}:[0-9]{2})(:[0-9]{2}(\.[0-9]+)?)? ?"
    r"(?<zone>Z|UTC|[+-][0-9]{2}:?[0-9]{2})$"
)
_WEEKDAY = r"^(?i)(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +"
_YEAR = r"(?<y>[0-9]{4}|[0-9]{2})$"

_YEAR_FIRST = r"^(?<y>[0-9]{4})[-/.](?<m>[0-9]{1,2})[-/.](?<d>[0-9]{1,2})$"
_DIGITS = r"^(?<y>[0-9]{4})(?<m>[0-9]{2})(?<d>[0-9]{2})$"
_MONTH_NAMED_FIRST = r"^(?<m>[A-Za-z]{3,9})\.?[ -](?<d>[0-9]{1,2})(,? +|-)" + _YEAR
_MONTH_NAMED_SECOND = r"^(?<d>[0-9]{1,2})[ -](?<m>[A-Za-z]{3,9})\.?(,? +|-)" + _YEAR
_NUMERIC = r"^(?<a>[0-9]{1,2})[-/.](?<b>[0-9]{1,2})[-/.]" + _YEAR

_MONTHS = "january february march april may june july august september october november december"
_MONTH_NUMBERS = {
    name: number
    for number, month in enumerate(_MONTHS.split(), 1)
    for name in {month, month[:3], month[:4]}
}


def parse_dates(texts: pl.Series) -> pl.DataFrame:
    """Three dates of each text, null where there is no such reading.

    Returns:
        `certain`: the order of its parts is clear. `day_first` and `month_first`: its three parts
        are numbers and the year comes last. A moment with a time zone is a day in Karachi.
    """
    text = pl.col("text")
    frame = texts.cast(pl.String).str.strip_chars().alias("text").to_frame()
    frame = frame.with_columns(
        text.str.replace(_TIME, "").str.replace(_WEEKDAY, ""), _in_karachi(text).alias("instant")
    )
    certain = [
        _date(text.str.extract_groups(pattern))
        for pattern in (_YEAR_FIRST, _DIGITS, _MONTH_NAMED_FIRST, _MONTH_NAMED_SECOND)
    ]
    numeric = text.str.extract_groups(_NUMERIC)
    return frame.select(
        pl.coalesce("instant", *certain).alias("certain"),
        _made(numeric, month="b", day="a").alias("day_first"),
        _made(numeric, month="a", day="b").alias("month_first"),
    )


def _in_karachi(text: pl.Expr) -> pl.Expr:
    """The day in Karachi of a moment with a time zone."""
    parts = text.str.extract_groups(_INSTANT)
    zone = parts.struct.field("zone").replace(["Z", "UTC"], "+00:00")
    stamp = parts.struct.field("day") + " " + parts.struct.field("time")
    moment = (stamp + zone.str.replace(":", "")).str.to_datetime(
        "%Y-%m-%d %H:%M%z", time_zone="UTC", strict=False
    )
    return (moment + pl.duration(hours=5)).dt.date()


def _date(parts: pl.Expr) -> pl.Expr:
    return _made(parts, month="m", day="d")


def _made(parts: pl.Expr, *, month: str, day: str) -> pl.Expr:
    """Years of two digits are those from 1991 to 2090."""
    written = parts.struct.field("y")
    number = written.cast(pl.Int32)
    year = (
        pl.when(written.str.len_chars() == 4)
        .then(number)
        .otherwise(number + pl.when(number > 90).then(1900).otherwise(2000))
    )
    named = parts.struct.field(month).str.to_lowercase()
    months = named.replace_strict(_MONTH_NUMBERS, default=named.cast(pl.Int32, strict=False))
    text = pl.format(
        "{}-{}-{}",
        year.cast(pl.String).str.zfill(4),
        months.cast(pl.String).str.zfill(2),
        parts.struct.field(day).str.zfill(2),
    )
    return text.str.to_date("%Y-%m-%d", strict=False)
