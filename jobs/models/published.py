"""What the last build said, so that the next one can tell what it changed."""

from pathlib import Path

import duckdb
import pyarrow as pa

from jobs.errors import InputError
from jobs.models.tables import create_table

FIGURES = pa.schema(
    [
        ("table_name", pa.string()),
        ("trade_date", pa.date32()),
        ("key", pa.string()),
        ("price", pa.decimal128(18, 4)),
        ("previous_price", pa.decimal128(18, 4)),
        ("change", pa.decimal128(18, 4)),
        ("change_pct", pa.float64()),
        ("high_seen", pa.decimal128(18, 4)),
        ("low_seen", pa.decimal128(18, 4)),
        ("price_status", pa.string()),
        ("implied_close", pa.decimal128(18, 4)),
        ("official_close", pa.decimal128(18, 4)),
        ("adjusted_price", pa.float64()),
        ("flag", pa.string()),
        ("is_counted", pa.bool_()),
        ("sector_code", pa.string()),
        ("capture_id", pa.string()),
    ]
)
"""A row per share or index and session: what `restatements` compares. `key` is its symbol."""
PRICE_ADJUSTMENTS = pa.schema([("trade_date", pa.date32()), ("symbol", pa.string())])
CAPTURES = pa.schema([("capture_id", pa.string()), ("trade_date", pa.date32())])
BUILDS = pa.schema(
    [
        ("build_id", pa.string()),
        ("built_at", pa.timestamp("us", tz="UTC")),
        ("took_seconds", pa.float64()),
        ("code_version", pa.string()),
        ("code_commit", pa.string()),
        ("file_count", pa.int64()),
        ("document_count", pa.int64()),
        ("ticker_line_count", pa.int64()),
        ("rejected_line_count", pa.int64()),
        ("placed_count", pa.int64()),
        ("unplaced_count", pa.int64()),
        ("session_count", pa.int64()),
        ("newest_trade_date", pa.date32()),
        ("built_in_history_last_date", pa.date32()),
        ("user_history_first_date", pa.date32()),
        ("user_history_last_date", pa.date32()),
        ("user_history_close_count", pa.int64()),
        ("check_count", pa.int64()),
        ("warning_count", pa.int64()),
    ]
)
MODEL_RUNS = pa.schema(
    [
        ("build_id", pa.string()),
        ("model_name", pa.string()),
        ("row_count", pa.int64()),
        ("seconds", pa.float64()),
        ("sql_digest", pa.string()),
    ]
)
RESTATEMENTS = pa.schema(
    [
        ("table_name", pa.string()),
        ("trade_date", pa.date32()),
        ("key", pa.string()),
        ("column_name", pa.string()),
        ("old_value", pa.string()),
        ("new_value", pa.string()),
        ("old_build_id", pa.string()),
        ("new_build_id", pa.string()),
        ("reason", pa.string()),
    ]
)

_TRACKED = {
    "daily_quotes": {"key": "symbol", "price": "last_price"},
    "daily_index_summary": {
        "key": "index_code",
        "price": "level",
        "previous_price": "previous_level",
    },
}
"""The tables whose changes are recorded, and what their columns are called other than above."""


_COPIED = {
    "captures": ("captures", CAPTURES),
    "price_adjustments": ("price_adjustments", PRICE_ADJUSTMENTS),
    "build": ("build_info", BUILDS),
    "build_history": ("build_history", BUILDS),
    "model_runs": ("model_runs", MODEL_RUNS),
    "restatements": ("restatements", RESTATEMENTS),
}
"""What else is kept of the last build: per table the mart that it comes from, and its columns."""


def load_published(connection: duckdb.DuckDBPyConnection, database: Path | None) -> None:
    """Attach `published`: what the database of the last build says; empty without one.

    It lies in memory while models run, and is no part of what is published in turn. A table or
    column that an older version of psx did not have counts as empty.

    Raises:
        InputError: the database cannot be read.
    """
    connection.execute("attach ':memory:' as published")
    for table, schema in {"figures": FIGURES, **{t: s for t, (_, s) in _COPIED.items()}}.items():
        create_table(connection, f"published.{table}", schema.empty_table())
    if database is None:
        return
    try:
        connection.execute(f"attach '{_quoted(database)}' as last_build (read_only)")
    except duckdb.Error as error:
        problem = str(error).splitlines()[0]
        raise InputError(
            f"{database}: the published build cannot be read ({problem}); move the file that it"
            " leads to aside and run again, to go on without its restatements"
        ) from error
    for table, query in _queries(_columns(connection)):
        connection.execute(f"insert into published.{table} {query}")
    connection.execute("detach last_build")


def _queries(known: dict[str, set[str]]) -> list[tuple[str, str]]:
    """What to copy from a build whose tables have the columns `known`."""
    found = []
    for table, names in _TRACKED.items():
        own = [names.get(name, name) for name in FIGURES.names[1:]]
        if {"trade_date", names["key"]} <= known.get(table, set()):
            columns = ", ".join(name if name in known[table] else "null" for name in own)
            found.append(("figures", f"select '{table}', {columns} from last_build.main.{table}"))
    for table, (mart, schema) in _COPIED.items():
        if mart in known:
            wanted = (name if name in known[mart] else "null" for name in schema.names)
            found.append((table, f"select {', '.join(wanted)} from last_build.main.{mart}"))
    return found


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, column in connection.execute(
        "select table_name, column_name from duckdb_columns()"
        " where database_name = 'last_build' and schema_name = 'main'"
    ).fetchall():
        found.setdefault(table, set()).add(column)
    return found


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
