"""What models read besides each other: the lake, the reference tables, the exchange's calendar."""

import glob
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from jobs.errors import InputError
from jobs.history.load import History, load_history
from jobs.history.market import Market
from jobs.models.header import SqlFile
from jobs.models.published import load_published
from jobs.models.tables import create_table
from jobs.settings import Settings
from jobs.snapshot.capture_times import KARACHI
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


class Engine(Protocol):
    """Who runs the models in DuckDB's place."""

    def load_lake(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Fill the schema `lake` of a new warehouse with what checks and readers need of it."""

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

    kept_history: Path | None = None
    """Where the index history of an earlier build is kept; read if the settings name none."""


def load_inputs(
    connection: duckdb.DuckDBPyConnection, inputs: Inputs, reference: Path
) -> History | None:
    """Fill the schemas `lake` and `reference` of a new warehouse, and attach `published`.

    Returns:
        The user's index history, if there is one.

    Raises:
        InputError: a file is missing or not what it should be.
    """
    connection.execute("create schema lake; create schema reference")
    if inputs.engine:
        inputs.engine.load_lake(connection)
    else:
        _load_lake(connection, inputs.lake)
    load_published(connection, inputs.last_build)
    for file in sorted(reference.glob("*.csv")):
        connection.execute(
            f"create table reference.{file.stem} as"
            " from read_csv(?, header = true, all_varchar = true)",
            [_pattern(file)],
        )
    if not inputs.settings.built_in_history:
        connection.execute("truncate reference.index_closes")
    history = _load_history(connection, inputs)
    load_settings(connection, inputs.settings)
    return history


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


def _load_history(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> History | None:
    """Fill `reference.index_history` with the user's rows, if there are any."""
    given, kept = inputs.settings.index_history, inputs.kept_history
    history = None
    if given:
        history = load_history(given, _market(connection))
    elif kept and os.path.lexists(kept):
        try:
            history = load_history(kept, _market(connection))
        except InputError as error:
            remedy = "delete the file, or give another with --index-history"
            raise InputError(f"{error}; {remedy}") from error
    rows = history.rows.to_arrow().cast(INDEX_HISTORY) if history else INDEX_HISTORY.empty_table()
    create_table(connection, "reference.index_history", rows)
    return history


def _market(connection: duckdb.DuckDBPyConnection) -> Market:
    """What the reference tables say of the exchange."""
    closes = connection.sql(
        "select cast(trade_date as date) as trade_date, cast(close as decimal(18, 4)) as close,"
        " cast(low as decimal(18, 4)) as low, cast(high as decimal(18, 4)) as high"
        " from reference.index_closes"
    ).pl()
    limits = connection.sql(
        "select cast(valid_from as date) as valid_from, cast(limit_pct as double) as limit_pct"
        " from reference.price_limits"
    ).pl()
    overrides = connection.sql(
        "select try_cast(trade_date as date), try_cast(is_open as boolean)"
        " from reference.calendar_overrides"
    ).fetchall()
    known = {day: is_open for day, is_open in overrides if day and is_open is not None}
    return Market.of(closes, limits, known, datetime.now(ZoneInfo(KARACHI)).date())
