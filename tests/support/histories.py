"""Histories in the forms of several sources, made from the built-in closes."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from jobs.errors import InputError
from jobs.history.load import load_history
from jobs.history.market import Market
from jobs.settings import sql_folder

TODAY = date(2026, 12, 1)


@dataclass(frozen=True)
class Day:
    """A session of the KSE-100, in points."""

    day: date
    close: Decimal
    low: Decimal
    high: Decimal

    def moved(self, days: int) -> "Day":
        return replace(self, day=self.day + timedelta(days))

    def times(self, factor: str) -> "Day":
        figures = ((figure * Decimal(factor)) for figure in (self.close, self.low, self.high))
        return Day(self.day, *(figure.quantize(Decimal("0.01")) for figure in figures))


def _read(name: str) -> list[dict[str, str]]:
    with (sql_folder() / "reference" / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


BUILT_IN = [
    Day(date.fromisoformat(r["trade_date"]), *(Decimal(r[n]) for n in ("close", "low", "high")))
    for r in _read("index_closes.csv")
]


def between(first: str, last: str) -> list[Day]:
    """The built-in sessions from one ISO date to another, both included."""
    return [d for d in BUILT_IN if date.fromisoformat(first) <= d.day <= date.fromisoformat(last)]


def exchange(closes: Sequence[Day] = BUILT_IN, today: date = TODAY) -> Market:
    """The market that users' histories are compared with."""
    prices = dict.fromkeys(["close", "low", "high"], pl.Decimal(18, 4))
    frame = pl.DataFrame(
        [(d.day, d.close, d.low, d.high) for d in closes],
        {"trade_date": pl.Date, **prices},
        orient="row",
    )
    limits = pl.DataFrame(
        [
            (date.fromisoformat(r["valid_from"]), float(r["limit_pct"]))
            for r in _read("price_limits.csv")
        ],
        {"valid_from": pl.Date, "limit_pct": pl.Float64},
        orient="row",
    )
    return Market.of(frame, limits, {}, today)


def plain(days: Sequence[Day], date_format: str = "%Y-%m-%d") -> str:
    """`date,close`, with the dates in a format."""
    lines = [f"{d.day:{date_format}},{d.close}" for d in days]
    return "\n".join(["date,close", *lines]) + "\n"


def own(days: Sequence[Day]) -> str:
    return "trade_date,close,low,high\n" + "".join(
        f"{d.day},{d.close},{d.low},{d.high}\n" for d in days
    )


def yahoo(days: Sequence[Day]) -> str:
    """With a day of null cells at the end."""
    lines = [f"{d.day},{d.close},{d.high},{d.low},{d.close},{d.close},123456" for d in days]
    lines.append(f"{days[-1].day + timedelta(1)},null,null,null,null,null,null")
    return "\n".join(["Date,Open,High,Low,Close,Adj Close,Volume", *lines]) + "\n"


def stooq(days: Sequence[Day]) -> str:
    lines = [f"{d.day},{d.close},{d.high},{d.low},{d.close},99" for d in days]
    return "\r\n".join(["Date,Open,High,Low,Close,Volume", *lines]) + "\r\n"


def investing(days: Sequence[Day]) -> str:
    """Quoted, newest first, the month first, with thousands commas."""
    lines = [
        f'"{d.day:%m/%d/%Y}","{d.close:,}","{d.close:,}","{d.high:,}","{d.low:,}","12.3M","-0.52%"'
        for d in reversed(days)
    ]
    header = '"Date","Price","Open","High","Low","Vol.","Change %"'
    return "\ufeff" + "\n".join([header, *lines])


def exchanges_own(days: Sequence[Day]) -> str:
    lines = [
        f'"{d.day:%b %d, %Y}","{d.close:,}","{d.high:,}","{d.low:,}","{d.close:,}","5,000"'
        for d in days
    ]
    return "\n".join(["TIME,OPEN,HIGH,LOW,CLOSE,VOLUME", *lines]) + "\n"


def european(days: Sequence[Day]) -> str:
    """Semicolons, dots in dates and thousands, decimal commas."""

    def number(value: Decimal) -> str:
        return f"{value:,}".translate(str.maketrans(",.", ".,"))

    lines = [f"{d.day:%d.%m.%Y};{number(d.close)};{number(d.low)};{number(d.high)}" for d in days]
    return "\n".join(["Date;Close;Low;High", *lines]) + "\n"


def tabbed(days: Sequence[Day]) -> str:
    lines = [f"{d.day:%d-%b-%y}\t{d.close}\t{d.low}\t{d.high}" for d in days]
    return "\n".join([" DATE \t CLOSE \t LOW \t HIGH ", *lines]) + "\n"


FORMS: dict[str, Callable[[Sequence[Day]], str]] = {
    form.__name__: form for form in (own, yahoo, stooq, investing, exchanges_own, european, tabbed)
}
"""Each way of writing a whole history, with low and high."""


def write(folder: Path, text: str | bytes, name: str = "history.csv") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


MARKET = exchange()
MAY = between("2024-05-02", "2024-05-31")


def load(folder: Path, text: str | bytes, name: str = "history.csv") -> list[tuple[object, ...]]:
    return load_history(write(folder, text, name), MARKET).rows.rows()


def closes(days: Sequence[Day]) -> list[tuple[object, ...]]:
    return [(d.day, d.close, None, None) for d in days]


def whole(days: Sequence[Day]) -> list[tuple[object, ...]]:
    return [(d.day, d.close, d.low, d.high) for d in days]


def refusal(folder: Path, text: str | bytes) -> str:
    """The one line that refuses a file, without the file's name."""
    file = write(folder, text)
    with pytest.raises(InputError) as refused:
        load_history(file, MARKET)
    said = str(refused.value)
    assert said.startswith(str(file))
    assert "\n" not in said
    return said.removeprefix(str(file)).strip(": ")


def notes(folder: Path, text: str) -> list[str]:
    return load_history(write(folder, text), MARKET).notes
