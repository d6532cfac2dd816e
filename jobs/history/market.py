"""What is known of the market that a history is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

import polars as pl

from jobs.history.calendar import possible_sessions

CLOSES = {"trade_date": pl.Date, **dict.fromkeys(["close", "low", "high"], pl.Decimal(18, 4))}
"""The columns of a history."""


@dataclass(frozen=True)
class Market:
    """The exchange as the reference tables have it."""

    closes: pl.DataFrame
    """The built-in history, with the columns `CLOSES`, by day; empty for a made-up market."""

    limits: pl.DataFrame
    """By `valid_from`: `limit_pct`, how far a share may move in a session, in percent."""

    sessions: pl.Series
    """The days that can be sessions, in order."""

    today: date

    @classmethod
    def of(
        cls,
        closes: pl.DataFrame,
        limits: pl.DataFrame,
        overrides: Mapping[date, bool],
        today: date,
    ) -> Self:
        """The market of the typed reference tables; an empty `closes` makes it a made-up one."""
        closes = closes.sort("trade_date")
        days = possible_sessions(today.year + 1, closes["trade_date"], overrides)
        return cls(closes, limits.sort("valid_from"), days, today)
