"""Cells as a reader gives them, beside those of the warehouse."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd

from jobs.settings import Warehouse

Row = dict[str, object]


def parquet(warehouse: Warehouse, table: str) -> str:
    """The path of a mart's export."""
    return str(warehouse.export / f"{table}.parquet")


def canonical(value: object) -> str | None:
    """Type and value of a cell as text, the same for each way in which Python holds the value.

    Decimals are exact whatever their trailing zeros, floats equal to the last bit, instants in UTC.
    What stands for an unknown value is None; the exports hold no NaN of another meaning.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN
        return None
    match value:
        case bool() | int() | str():
            return f"{type(value).__name__} {value}"
        case float():
            return f"float {value.hex()}"
        case Decimal():
            return f"decimal {value.normalize():f}"
        case datetime():
            known = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            return f"instant {known:%Y-%m-%d %H:%M:%S.%f}"
        case date():
            return f"date {value}"
    raise TypeError(f"no cell of a mart is {value!r} ({type(value)})")


def in_warehouse(warehouse: Warehouse, table: str) -> list[Row]:
    """The rows of a mart in the order of its export."""
    with duckdb.connect(warehouse.database, read_only=True) as connection:
        found = connection.execute(f"from {table} order by all")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def differences(
    expected: list[Row], found: list[Row], given: Callable[[object], object]
) -> Iterator[str]:
    """The cells in which `found` is not what a reader gives for `expected`.

    Raises:
        ValueError: the rows are not as many, or the columns not the same.
    """
    for number, (row, other) in enumerate(zip(expected, found, strict=True)):
        if list(row) != list(other):
            raise ValueError(f"row {number} has the columns {list(other)}, not {list(row)}")
        for column, value in row.items():
            wanted, cell = canonical(given(value)), canonical(other[column])
            if wanted != cell:
                yield f"row {number}, {column}: {cell}, not {wanted}"
