"""The days on which the exchange trades."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from jobs.settings import sql_folder

INDEX_BEGAN = 1991
"""Year of the first KSE-100 close."""

_WEEKEND_FROM = date(1998, 1, 1)
"""Saturday and Sunday are free from here on; until 1997 the country's weekend was another."""

_HOLIDAYS_FROM = 2016
"""The calendar's holidays agree with every session of the index history from this year on."""


def exchange_days(first_year: int, last_year: int) -> pa.Table:
    """The days on which the exchange trades, by its calendar: one column, `trade_date`.

    They come from `sql/reference/trading_days.csv`. Holidays that follow the moon are estimates
    until they are announced; `calendar_overrides.csv` and the index history correct them.
    """
    types = pacsv.ConvertOptions(column_types={"trade_date": pa.date32()})
    days = pacsv.read_csv(sql_folder() / "reference" / "trading_days.csv", convert_options=types)
    year = pc.year(days["trade_date"])
    return days.filter(pc.and_(pc.greater_equal(year, first_year), pc.less_equal(year, last_year)))


def possible_sessions(
    last_year: int, built_in: pl.Series, overrides: Mapping[date, bool]
) -> pl.Series:
    """The days from 1991 to `last_year` that can be sessions, in order.

    Before 2016 holidays are not known well enough, so that every weekday can be one, and before
    1998 every day. From the first to the last day of `built_in` its days alone are sessions.
    `overrides` says of a day whether the exchange was open, and comes last.
    """
    early = [
        day
        for day in _days(date(INDEX_BEGAN, 1, 1), date(_HOLIDAYS_FROM - 1, 12, 31))
        if day < _WEEKEND_FROM or day.weekday() < 5
    ]
    late = exchange_days(_HOLIDAYS_FROM, last_year)["trade_date"].to_pylist()
    days = pl.Series([*early, *late], dtype=pl.Date)
    if len(built_in):
        outside = ~days.is_between(built_in.min(), built_in.max())
        days = pl.concat([days.filter(outside), built_in])
    opened = pl.Series([day for day, is_open in overrides.items() if is_open], dtype=pl.Date)
    shut = pl.Series([day for day, is_open in overrides.items() if not is_open], dtype=pl.Date)
    return pl.concat([days.filter(~days.is_in(shut.implode())), opened]).unique().sort()


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]
