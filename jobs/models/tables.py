"""Arrow tables into DuckDB."""

import duckdb
import pyarrow as pa


def create_table(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """Make `rows` the table `name`, in place of one that is there."""
    connection.register("given", rows)
    connection.execute(f"create or replace table {name} as from given")
    connection.unregister("given")
