"""A user's history, from bytes to a table of typed rows that know their lines."""

import csv
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import polars as pl
import pyarrow as pa

from jobs.errors import InputError, visible
from jobs.history.dates import parse_dates
from jobs.history.numbers import Decimal, cleaned, is_of_either_kind, only, parse_numbers

NAMES = {
    "date": ("date", "tradedate", "time", "datetime", "timestamp"),
    "close": ("close", "closeprice", "closingprice", "price", "last", "lastprice", "closelast"),
    "low": ("low", "lowprice", "daylow"),
    "high": ("high", "highprice", "dayhigh"),
}
"""The names of each column, the preferred first, as letters alone."""

_LARGEST = 64 << 20
"""Bytes of the largest history, unpacked: a hundred times the longest one."""

_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_TEXT = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SHOWN = 30


@dataclass(frozen=True)
class Given:
    """What a file holds."""

    rows: pl.DataFrame
    """`line`, `trade_date`, and `close, low, high` in points as DECIMAL(18, 4)."""

    without_close: int
    """Rows that have a date and no close; they are left out."""


def read_history(file: Path, sessions: pl.Series) -> Given:
    """Read a CSV file of index closes in any of the usual forms.

    `sessions` are the days that can be sessions; they decide on the order of numeric dates.

    Raises:
        InputError: the file is missing, is no regular file, or is no CSV with a date and a close;
            a date or number is not understood or is open to two readings; a low is above its high;
            a day has two closes.
    """
    cells = _cells(file, _text(file))
    shown = {name for name in NAMES if name in cells.columns}
    numbers = [name for name in ("close", "low", "high") if name in shown]
    cells = cells.with_columns(cleaned(pl.col(name)) for name in numbers)
    kept = cells.filter(pl.col("close").is_not_null())
    typed = kept.with_columns(_dates(file, kept, sessions), *_numbers(file, kept, numbers))
    for name in ("low", "high"):
        if name not in shown:
            typed = typed.with_columns(pl.lit(None, pl.Decimal(18, 4)).alias(f"{name}_value"))
    for row in typed.filter(pl.col("low_value") > pl.col("high_value")).head(1).to_dicts():
        low, high = _shown(row["low"]), _shown(row["high"])
        raise InputError(f"{file} line {row['line']}: the low {low} is above the high {high}")
    rows = typed.select(
        "line",
        "trade_date",
        *(pl.col(f"{name}_value").alias(name) for name in ("close", "low", "high")),
    )
    distinct = rows.unique(
        ["trade_date", "close", "low", "high"], keep="first", maintain_order=True
    )
    for row in distinct.filter(~pl.col("trade_date").is_first_distinct()).head(1).to_dicts():
        day = row["trade_date"]
        (first, *_) = distinct.filter(trade_date=day)["line"]
        raise InputError(f"{file} line {row['line']}: {day} has other figures in line {first}")
    return Given(distinct, cells.height - kept.height)


def _text(file: Path) -> str:
    try:
        if not file.exists():
            raise InputError(f"{file}: there is no such index history")
        if not stat.S_ISREG(file.stat().st_mode):
            what = "a folder" if file.is_dir() else "no regular file"
            raise InputError(f"{file}: is {what}; name the CSV file of the index history")
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
        for magic, codec in _PACKED.items():
            if content.startswith(magic):
                with pa.CompressedInputStream(pa.BufferReader(content), codec) as unpacked:
                    content = unpacked.read(_LARGEST + 1)
    except (OSError, pa.ArrowInvalid) as error:
        reason = getattr(error, "strerror", None) or "the compressed data are damaged"
        raise InputError(f"{file}: cannot be read ({reason})") from error
    if len(content) > _LARGEST:
        raise InputError(f"{file}: holds more than {_LARGEST >> 20} MB; expected daily closes")
    for mark, encoding in _TEXT.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _cells(file: Path, text: str) -> pl.DataFrame:
    """The wanted columns as text, with the `line` on which each row begins."""
    for separator in ",;\t":
        rows = _rows(file, text, separator)
        _, header = next(rows, (0, []))
        places = _places(file, header)
        if {"date", "close"} <= places.keys():
            break
    else:
        raise InputError(
            f"{file}: the first line names no date and close column;"
            " expected a CSV file with a header such as date,close,low,high"
        )
    found: dict[str, list[int | str]] = {"line": [], **{name: [] for name in places}}
    for line, row in rows:
        if len(row) < len(header) or any(cell.strip() for cell in row[len(header) :]):
            raise InputError(
                f"{file} line {line}: found {len(row)} cells; the header has {len(header)}"
            )
        found["line"].append(line)
        for name, place in places.items():
            found[name].append(row[place])
    schema = {name: pl.Int64 if name == "line" else pl.String for name in found}
    return pl.DataFrame(found, schema)


def _rows(file: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with its first line, counted from 1."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{file} line {line}: not a CSV file ({error})") from error


def _places(file: Path, header: Sequence[str]) -> dict[str, int]:
    """Where the header has each wanted column."""
    names = ["".join(filter(str.isalpha, cell.lower())) for cell in header]
    places = {}
    for wanted, known in NAMES.items():
        for name in known:
            if name in names and wanted not in places:
                places[wanted] = names.index(name)
                if names.count(name) > 1:
                    raise InputError(f"{file}: the header names the column {name} twice")
    return places


def _dates(file: Path, cells: pl.DataFrame, sessions: pl.Series) -> pl.Series:
    read = parse_dates(cells["date"]).with_columns(cells["line"], cells["date"])
    bad = read.filter(pl.all_horizontal(pl.col("certain", "day_first", "month_first").is_null()))
    for row in bad.head(1).to_dicts():
        raise InputError(
            f"{file} line {row['line']}: {_shown(row['date'])} is no date; expected one such as"
            " 2024-05-03"
        )
    order = _order(file, read.filter(pl.col("certain").is_null()), sessions)
    return read.select(pl.coalesce("certain", order).alias("trade_date")).to_series()


def _order(file: Path, numeric: pl.DataFrame, sessions: pl.Series) -> str:
    """The order of numeric dates: the one that all of them allow, or that gives trading days."""
    orders = ("day_first", "month_first")
    impossible = {order: numeric.filter(pl.col(order).is_null()) for order in orders}
    possible = [order for order in orders if impossible[order].is_empty()]
    if not possible:
        one, other = (impossible[order].row(0, named=True) for order in orders)
        raise InputError(
            f"{file} line {one['line']}: {_shown(one['date'])} has the month first and"
            f" line {other['line']}, {_shown(other['date'])}, has the day first;"
            " write the dates as 2024-05-03"
        )
    if len(possible) == 1 or (numeric["day_first"] == numeric["month_first"]).all():
        return possible[0]
    trading = [o for o in orders if numeric[o].is_in(sessions.implode()).all()]
    if len(trading) != 1:
        first = numeric.row(0, named=True)
        raise InputError(
            f"{file} line {first['line']}: {_shown(first['date'])} can be {first['day_first']} and"
            f" {first['month_first']}, and no other line decides; write the dates as 2024-05-03"
        )
    return trading[0]


def _numbers(file: Path, cells: pl.DataFrame, names: Sequence[str]) -> list[pl.Series]:
    mark = _decimal_mark(file, cells, names)
    values = cells.select(parse_numbers(mark, pl.col(n)).alias(f"{n}_value") for n in names)
    both = pl.concat([cells, values], how="horizontal")
    is_bad = {n: pl.col(n).is_not_null() & pl.col(f"{n}_value").is_null() for n in names}
    for row in both.filter(pl.any_horizontal(is_bad.values())).head(1).to_dicts():
        name = next(n for n in names if row[n] is not None and row[f"{n}_value"] is None)
        raise InputError(
            f"{file} line {row['line']}: the {name} {_shown(row[name])} is no number above 0"
        )
    return values.get_columns()


def _decimal_mark(file: Path, cells: pl.DataFrame, names: Sequence[str]) -> Decimal:
    """The decimal mark of the whole file; thousands are parted by the other one."""
    long = cells.unpivot(names, index="line", value_name="cell").sort("line", maintain_order=True)
    lines = {mark: long.filter(only(mark, pl.col("cell"))).head(1).to_dicts() for mark in Decimal}
    if lines[Decimal.COMMA] and lines[Decimal.POINT]:
        (point,), (comma,) = lines[Decimal.POINT], lines[Decimal.COMMA]
        raise InputError(
            f"{file} line {comma['line']}: {_shown(comma['cell'])} has a decimal comma and"
            f" line {point['line']}, {_shown(point['cell'])}, a decimal point; write one of them"
        )
    if not lines[Decimal.COMMA] and not lines[Decimal.POINT]:
        for row in long.filter(is_of_either_kind(pl.col("cell"))).head(1).to_dicts():
            raise InputError(
                f"{file} line {row['line']}: the point of {_shown(row['cell'])} can part thousands"
                " or decimals; write the numbers with two decimals"
            )
    return Decimal.COMMA if lines[Decimal.COMMA] else Decimal.POINT


def _shown(cell: str | None) -> str:
    """A cell for a message: short, and in visible characters."""
    text = (cell or "").strip()
    return visible(repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…"))
