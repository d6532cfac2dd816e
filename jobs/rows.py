"""Rows of a query, as texts, charts and tables take them."""

import json
from decimal import Decimal
from typing import Any

import duckdb

Row = dict[str, Any]


def rows(connection: duckdb.DuckDBPyConnection, query: str, **given: object) -> list[Row]:
    """What `query` finds, each row by column; `given` fills its named parameters."""
    found: list[Row] = connection.sql(query, params=given or None).to_arrow_table().to_pylist()
    return found


def to_json(value: object) -> str:
    """Rows, or what holds them, as JSON: decimals as numbers, dates and instants as ISO texts."""
    return json.dumps(value, default=lambda v: float(v) if isinstance(v, Decimal) else str(v))
