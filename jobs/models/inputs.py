"""What models read besides each other: the lake, the reference tables, the exchange's calendar."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import holidays
import pyarrow as pa
import pyarrow.csv as pa_csv

from jobs.errors import InputError
from jobs.snapshot.lake import TABLES, Lake, damaged

INDEX_HISTORY = pa.schema(
    [
        ("trade_date", pa.date32()),
        ("close", pa.decimal128(18, 4)),
        ("low", pa.decimal128(18, 4)),
        ("high", pa.decimal128(18, 4)),
    ]
)

_ALWAYS_FROM, _ALWAYS_TO = 2015, 2026
"""Years that the calendar covers whatever the data; it grows with what they show."""


def load_inputs(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    reference: Path,
    index_history: Path | None,
) -> None:
    """Fill the schemas `lake` and `reference` of a new warehouse.

    Raises:
        InputError: a file is missing or not what it should be.
    """
    connection.execute("create schema lake; create schema reference")
    _load_lake(connection, lake)
    for file in sorted(reference.glob("*.csv")):
        connection.execute(
            f"create table reference.{file.stem} as"
            " from read_csv(?, header = true, all_varchar = true)",
            [str(file)],
        )
    history = read_index_history(index_history) if index_history else INDEX_HISTORY.empty_table()
    _create(connection, "reference.index_history", history)
    _create(connection, "reference.exchange_days", exchange_days(*_years(connection)))


def _load_lake(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    for table, schema in TABLES.items():
        files = lake.parquet_files(table)
        if not files:
            empty = schema.append(pa.field("batch", pa.int32())).empty_table()
            _create(connection, f"lake.{table}", empty)
            continue
        try:
            connection.execute(
                f"create table lake.{table} as"
                " select * exclude (filename, file_row_number),"
                " cast(list_position($files, filename) as integer) as batch"
                " from read_parquet($files, filename = true, file_row_number = true)"
                " order by batch, file_row_number",
                {"files": [str(file) for file in files]},
            )
        except duckdb.Error as error:
            raise damaged(files, error) from error


def _create(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("given", rows)
    connection.execute(f"create table {table} as from given")
    connection.unregister("given")


def read_index_history(file: Path) -> pa.Table:
    """Official KSE-100 closes from a user's CSV: `date, close` and, if they are there, `low, high`.

    Rows may come in any order; other columns are ignored; thousands commas are understood. A day
    without a close is left out.

    Raises:
        InputError: the file is missing, lacks a column, or a value is no date or number.
    """
    columns = {"date": "trade_date", "close": "close", "low": "low", "high": "high"}
    try:
        table = pa_csv.read_csv(
            file,
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=True
            ),
        )
    except FileNotFoundError:
        raise InputError(f"{file}: there is no such index history") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{file}: not a CSV file ({error})") from error
    table = table.rename_columns([name.strip().lower() for name in table.column_names])
    if not {"date", "close"} <= set(table.column_names):
        raise InputError(
            f"{file}: found the columns {', '.join(table.column_names)}; expected date, close"
        )
    connection = duckdb.connect()
    connection.register("given", table)
    optional = {name: name if name in table.column_names else "null" for name in ("low", "high")}
    values = {
        "trade_date": "try_cast(date as date)",
        **{
            name: f"try_cast(replace({source}, ',', '') as decimal(18, 4))"
            for name, source in {"close": "close", **optional}.items()
        },
    }
    rows = connection.sql(
        "select row_number() over () + 1 as line, *, "
        + ", ".join(f"{expression} as typed_{name}" for name, expression in values.items())
        + " from given where close is not null"
    )
    bad = rows.filter("typed_trade_date is null or typed_close is null").limit(1)
    for row in bad.to_arrow_table().to_pylist():
        raise InputError(
            f"{file} line {row['line']}: date {row['date']!r}, close {row['close']!r};"
            " expected an ISO date and a number"
        )
    typed = ", ".join(f"typed_{name} as {name}" for name in values)
    return rows.project(typed).to_arrow_table().cast(INDEX_HISTORY)


def _years(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """The first and last year that the data speak of, and the one after."""
    found = connection.sql(
        """
        select year(min(seen)), year(max(seen)) + 1
        from (
            select captured_at::date as seen from lake.documents
            union all select stated_at::date from lake.files
            union all select trade_date from reference.index_history
        )
        """
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
