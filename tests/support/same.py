"""Whether two warehouses hold the same rows, whoever parsed and built them."""

import duckdb

from jobs.models.graph import load_models
from jobs.models.header import SqlFile
from jobs.settings import Warehouse, sql_folder
from jobs.snapshot.lake import TABLES, Lake

OWN = {"build_info", "build_history", "model_runs", "restatements"}
"""Marts that tell of the build itself: when it was, and how long it took."""

_COUNTS = (
    "file_count, document_count, block_count, no_block_count, refused_count, ticker_line_count,"
    " accepted_line_count, rejected_line_count, repeated_line_count, placed_count, unplaced_count,"
    " set_aside_line_count, implied_quote_count, flagged_quote_count, session_count,"
    " first_trade_date, newest_trade_date"
)


def lake_differences(one: Warehouse, other: Warehouse) -> list[str]:
    """The tables of two lakes of which any row or type differs; both hold each row once.

    A modification time is kept as finely as whoever listed the file can tell it.
    """
    found = []
    with duckdb.connect() as connection:
        for table in TABLES:
            sides = []
            for warehouse in (one, other):
                files = [str(file) for file in Lake(warehouse.lake).parquet_files(table)]
                kept = "* exclude (modified_ns)" if table == "files" else "*"
                # A block that several portions show stands in each.
                once = "distinct " if table == "lines" else ""
                query = f"select {once}{kept} from read_parquet({files})" if files else ""
                sides.append(query)
            if "" in sides:
                found += [table] * (sides[0] != sides[1])
                continue
            a, b = sides
            kinds = [
                connection.sql(f"select column_name, column_type from (describe {side})").fetchall()
                for side in sides
            ]
            apart = f"({a} except all {b}) union all ({b} except all {a})"
            if kinds[0] != kinds[1] or connection.sql(apart).fetchall():
                found.append(table)
    return found


def differences(one: Warehouse, other: Warehouse) -> list[str]:
    """What differs in tables of two builds: types, rows, or a column's values (doubles by 1e-9)."""
    with duckdb.connect() as connection:
        for name, warehouse in (("one", one), ("other", other)):
            connection.execute(f"attach '{warehouse.database}' as {name} (read_only)")
        found = []
        for model in load_models(sql_folder()):
            found += _differences(connection, model)
        counts = [
            connection.sql(f"select {_COUNTS} from {side}.main.build_info").fetchall()
            for side in ("one", "other")
        ]
    return found + ["build_info"] * (counts[0] != counts[1])


def _differences(connection: duckdb.DuckDBPyConnection, model: SqlFile) -> list[str]:
    table = model.name if "." in model.name else f"main.{model.name}"
    one, other = (
        connection.sql(f"select column_name, column_type from (describe from {side}.{table})")
        for side in ("one", "other")
    )
    if (columns := one.fetchall()) != other.fetchall():
        return [f"{model.name}: types"]
    if model.name in OWN or model.is_view:  # of views, the lake is compared
        return []
    same_key = " and ".join(f"a.{key} is not distinct from b.{key}" for key in model.grain)
    joined = f"one.{table} as a full join other.{table} as b on {same_key}"
    key = model.grain[0]
    alone = f"select 1 from {joined} where a.{key} is null or b.{key} is null"
    found = [f"{model.name}: rows"] * bool(connection.sql(alone).fetchall())
    for column, kind in columns:
        a, b = f"a.{column}", f"b.{column}"
        is_apart = f"{a} is distinct from {b}"
        if kind == "DOUBLE":
            near = f"abs({a} - {b}) <= 1e-9 * greatest(1, abs({a}))"
            is_apart = f"({a} is null) <> ({b} is null) or not {near}"
        query = f"select {a}, {b} from one.{table} as a join other.{table} as b on {same_key}"
        if rows := connection.sql(f"{query} where {is_apart} limit 1").fetchall():
            found.append(f"{model.name}.{column}: {rows[0][0]} for {rows[0][1]}")
    return found
