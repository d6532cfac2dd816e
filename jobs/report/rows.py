"""Rows of a query, as what prints them takes them."""

from typing import Any

import duckdb

Row = dict[str, Any]


def rows(connection: duckdb.DuckDBPyConnection, query: str, **given: object) -> list[Row]:
    """What `query` finds, each row by column; `given` fills its named parameters."""
    found: list[Row] = connection.sql(query, params=given or None).to_arrow_table().to_pylist()
    return found
