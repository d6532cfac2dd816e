"""What models read besides each other: the lake, the reference tables, the exchange's calendar."""

import csv
import glob
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import duckdb
import holidays
import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from jobs.errors import InputError
from jobs.models.header import SqlFile
from jobs.models.published import load_published
from jobs.models.tables import create_table
from jobs.settings import Settings
from jobs.snapshot.lake import Lake, damaged
from jobs.snapshot.versions import TABLES

INDEX_HISTORY = pa.schema(
    [
        ("trade_date", pa.date32()),
        ("close", pa.decimal128(18, 4)),
        ("low", pa.decimal128(18, 4)),
        ("high", pa.decimal128(18, 4)),
    ]
)

SEEN_BY_MODELS = (
    "count_implied",
    "max_reject_rate",
    "max_unplaced_rate",
    "max_shrink_rate",
    "max_sessions_back",
    "max_vanished_symbols",
)
"""The settings that models and guards read."""

_ALWAYS_FROM, _ALWAYS_TO = 2015, 2026
"""Years that the calendar covers whatever the data; it grows with what they show."""


class Engine(Protocol):
    """Who runs the models in DuckDB's place."""

    def load_lake(self, connection: duckdb.DuckDBPyConnection) -> list[date]:
        """Fill the schema `lake` of a new warehouse with what checks and readers need of it.

        Returns:
            The first and last day that pages and files state.
        """

    def run(self, connection: duckdb.DuckDBPyConnection, model: SqlFile) -> pa.Table | None:
        """The rows of a model, typed as DuckDB would; None for a view, which DuckDB makes too."""


@dataclass(frozen=True)
class Inputs:
    """What a build is made from, beside the models and their reference tables."""

    lake: Lake
    settings: Settings
    last_build: Path | None = None
    """The database that is published now; `restatements` tells what changed since."""

    engine: Engine | None = None
    """Who runs the models; without one, DuckDB."""


def load_inputs(connection: duckdb.DuckDBPyConnection, inputs: Inputs, reference: Path) -> None:
    """Fill the schemas `lake` and `reference` of a new warehouse, and attach `published`.

    Raises:
        InputError: a file is missing or not what it should be.
    """
    connection.execute("create schema lake; create schema reference")
    days: list[date] = []
    if inputs.engine:
        days = inputs.engine.load_lake(connection)
    else:
        _load_lake(connection, inputs.lake)
    load_published(connection, inputs.last_build)
    for file in sorted(reference.glob("*.csv")):
        connection.execute(
            f"create table reference.{file.stem} as"
            " from read_csv(?, header = true, all_varchar = true)",
            [_pattern(file)],
        )
    brought = inputs.settings.index_history
    history = read_index_history(brought) if brought else INDEX_HISTORY.empty_table()
    create_table(connection, "reference.index_history", history)
    load_settings(connection, inputs.settings)
    create_table(connection, "reference.exchange_days", exchange_days(*_years(connection, days)))


def load_settings(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Fill `reference.settings`: one row with the settings that models and guards read."""
    given = {name: [getattr(settings, name)] for name in SEEN_BY_MODELS}
    create_table(connection, "reference.settings", pa.table(given))


def _load_lake(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    for table, schema in TABLES.items():
        files = lake.parquet_files(table)
        if not files:
            empty = schema.append(pa.field("batch", pa.int32())).empty_table()
            create_table(connection, f"lake.{table}", empty)
            continue
        try:
            connection.execute(
                f"create table lake.{table} as"
                " select * exclude (filename, file_row_number),"
                " cast(list_position($files, filename) as integer) as batch"
                " from read_parquet($patterns, filename = true, file_row_number = true)"
                " order by batch, file_row_number",
                {"files": [str(file) for file in files], "patterns": [_pattern(f) for f in files]},
            )
        except duckdb.Error as error:
            raise damaged(files, error) from error


def _pattern(file: Path) -> str:
    """What DuckDB takes for exactly this file: names may hold characters of its patterns."""
    return glob.escape(str(file))


def read_index_history(file: Path) -> pa.Table:
    """Official KSE-100 closes from a user's CSV: `date, close` and, if they are there, `low, high`.

    Rows may come in any order; other columns are ignored; thousands commas are understood. A day
    without a close is left out.

    Raises:
        InputError: the file is missing, lacks a column, has a value that is no date or no number
            above 0, a low above its high, or a day twice.
    """
    if file.is_dir():
        raise InputError(f"{file}: is a folder; name the CSV file of the index history")
    try:
        with pa.input_stream(str(file)) as opened:  # which unpacks .gz and .zst
            content = opened.read()
        lines = content.decode("utf-8-sig", errors="replace").splitlines(keepends=True)
        as_text = pa_csv.ConvertOptions(
            column_types=dict.fromkeys(next(csv.reader(lines), []), pa.string()),
            strings_can_be_null=True,
        )
        table = pa_csv.read_csv(pa.BufferReader(content), convert_options=as_text)
    except FileNotFoundError:
        raise InputError(f"{file}: there is no such index history") from None
    except (pa.ArrowInvalid, csv.Error, OSError) as error:
        raise InputError(f"{file}: not a CSV file ({str(error).splitlines()[0]})") from error
    names = [name.strip().lower() for name in table.column_names]
    if not {"date", "close"} <= set(names):
        raise InputError(f"{file}: found the columns {', '.join(names)}; expected date, close")
    wanted = [name for name in ("date", "close", "low", "high") if name in names]
    given = pl.DataFrame(table.select([names.index(name) for name in wanted])).with_row_index(
        "line", offset=2
    )
    given.columns = ["line", *wanted]
    numbers = [name for name in wanted if name != "date"]
    typed = given.filter(pl.col("close").is_not_null()).with_columns(
        pl.col("date").str.strip_chars().str.to_date("%Y-%m-%d", strict=False).alias("trade_date"),
        *(_number(name).alias(f"typed_{name}") for name in numbers),
    )
    is_bad = pl.col("trade_date").is_null() | pl.any_horizontal(
        pl.col(name).is_not_null() & (pl.col(f"typed_{name}") > 0).fill_null(value=False).not_()
        for name in numbers
    )
    if {"low", "high"} <= set(numbers):
        is_bad |= (pl.col("typed_low") > pl.col("typed_high")).fill_null(value=False)
    for row in typed.filter(is_bad).head(1).iter_rows(named=True):
        said = ", ".join(f"{name} {row[name]!r}" for name in wanted)
        raise InputError(
            f"{file} line {row['line']}: {said};"
            " expected an ISO date and numbers above 0, the low not above the high"
        )
    for row in (
        typed.filter(~pl.col("trade_date").is_first_distinct()).head(1).iter_rows(named=True)
    ):
        raise InputError(f"{file} line {row['line']}: {row['trade_date']} stands there twice")
    history = typed.select(
        "trade_date",
        *(
            pl.col(f"typed_{name}").alias(name) if name in numbers else pl.lit(None).alias(name)
            for name in ("close", "low", "high")
        ),
    )
    return history.to_arrow().cast(INDEX_HISTORY)


def _number(column: str) -> pl.Expr:
    text = pl.col(column).str.strip_chars().str.replace_all(",", "", literal=True)
    return text.cast(pl.Decimal(18, 4), strict=False)


def _years(connection: duckdb.DuckDBPyConnection, days: list[date]) -> tuple[int, int]:
    """The first and last year that the data, and `days`, speak of, and the one after."""
    found = connection.execute(
        """
        select year(min(seen)), year(max(seen)) + 1
        from (
            select captured_at::date as seen from lake.documents
            union all select stated_at::date from lake.files
            union all select trade_date from reference.index_history
            union all select unnest($days)
        )
        """,
        {"days": days},
    ).fetchall()[0]
    first, last = found if found[0] else (_ALWAYS_FROM, _ALWAYS_TO)
    return min(first, _ALWAYS_FROM), max(last, _ALWAYS_TO)


def exchange_days(first_year: int, last_year: int) -> pa.Table:
    """The days on which the exchange trades, by the holiday calendar: one column, `trade_date`.

    Holidays that follow the moon are estimates until they are announced; `calendar_overrides.csv`
    and the index history correct them.
    """
    closed = holidays.financial_holidays("XKAR", years=range(first_year, last_year + 1))
    first = date(first_year, 1, 1)
    days = (first + timedelta(n) for n in range((date(last_year, 12, 31) - first).days + 1))
    trading = [day for day in days if day.weekday() < 5 and day not in closed]
    return pa.table({"trade_date": pa.array(trading, pa.date32())})
