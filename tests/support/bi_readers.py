"""Programs with which people read the exports, or the warehouse: a mart in, its rows out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version

import fastparquet
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import sqlalchemy as sa

from jobs.settings import Warehouse
from tests.support import programs
from tests.support.cells import Row, parquet


def unchanged(value: object) -> object:
    """What a reader without limits makes of a value."""
    return value


@dataclass(frozen=True)
class Reader:
    """A program, how to read a mart with it, and what it makes of a value by limits of its own."""

    name: str
    read: Callable[[Warehouse, str], list[Row]]
    version: Callable[[], str]
    missing: Callable[[], str] = lambda: ""
    """Why it cannot run here; empty if it can."""
    given: Callable[[object], object] = unchanged
    limit: str = ""


def _pyarrow(warehouse: Warehouse, table: str) -> list[Row]:
    return pq.read_table(parquet(warehouse, table)).to_pylist()


def _polars(warehouse: Warehouse, table: str) -> list[Row]:
    return pl.read_parquet(parquet(warehouse, table)).to_dicts()


def _pandas(warehouse: Warehouse, table: str) -> list[Row]:
    frame = pd.read_parquet(parquet(warehouse, table), dtype_backend="pyarrow")
    return frame.to_dict("records")


def _fastparquet(warehouse: Warehouse, table: str) -> list[Row]:
    return fastparquet.ParquetFile(parquet(warehouse, table)).to_pandas().to_dict("records")


def _sqlalchemy(warehouse: Warehouse, table: str) -> list[Row]:
    """A query of the columns that the dialect finds, in their types."""
    engine = sa.create_engine(f"duckdb:///{warehouse.database}", connect_args={"read_only": True})
    found = sa.inspect(engine).get_columns(table, schema="main")
    columns = [sa.column(column["name"], column["type"]) for column in found]
    query = sa.select(*columns).select_from(sa.table(table)).order_by(sa.text("all"))
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    engine.dispose()
    return rows


def _fastparquet_gives(value: object) -> object:
    """Decimals as doubles, scaled by a multiplication; dates as instants."""
    if isinstance(value, Decimal):
        exponent = int(value.as_tuple().exponent)
        return int(value.scaleb(-exponent)) * 10.0**exponent
    return _midnight(value)


def _hyparquet_gives(value: object) -> object:
    """Every number as a double, instants to the millisecond, dates as instants."""
    if isinstance(value, datetime):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return float(value)
    return _midnight(value)


def _midnight(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value


READERS = [
    Reader("DuckDB's command line", programs.duckdb_cli, programs.duckdb_version),
    Reader("PyArrow", _pyarrow, lambda: version("pyarrow")),
    Reader("Polars", _polars, lambda: version("polars")),
    Reader("pandas", _pandas, lambda: version("pandas")),
    Reader(
        "fastparquet",
        _fastparquet,
        lambda: version("fastparquet"),
        given=_fastparquet_gives,
        limit="no decimals: doubles, whole number times 10^-scale; no dates: midnight",
    ),
    Reader(
        "hyparquet",
        programs.hyparquet,
        programs.hyparquet_version,
        programs.no_hyparquet,
        given=_hyparquet_gives,
        limit="JavaScript's numbers: decimals as the nearest double; its Date: midnight for dates,"
        " instants cut to the millisecond",
    ),
    Reader(
        "SQLAlchemy with duckdb-engine",
        _sqlalchemy,
        lambda: f"{version('sqlalchemy')} with {version('duckdb-engine')}",
    ),
    Reader(
        "Tableau's Hyper",
        programs.tableau,
        lambda: version("tableauhyperapi"),
        programs.no_tableau,
    ),
]
