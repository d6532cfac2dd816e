"""Models run in order into a new database file, with their comments and checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from jobs.errors import DataRefusedError, UsageError
from jobs.models.checks import Failure, contract_checks, failures, table_check
from jobs.models.graph import load_checks, load_models
from jobs.models.header import SqlFile
from jobs.models.inputs import Inputs, load_inputs

STORAGE_VERSION = "v1.4.0"
"""The oldest DuckDB whose command line must open the published file."""


@dataclass(frozen=True)
class Audit:
    """A warehouse that passed every blocking check."""

    check_count: int
    warnings: list[Failure]


@dataclass(frozen=True)
class BuildIdentity:
    """Which build this is; stands in `build_info`."""

    build_id: str
    built_at: datetime
    code_version: str


def build_database(file: Path, sql: Path, inputs: Inputs, identity: BuildIdentity) -> Audit:
    """Build every model under `sql` into the new database `file` and check it.

    Raises:
        UsageError: a model cannot be understood or run.
        InputError: a reference file is missing or not what it should be.
        DataRefusedError: a blocking check failed.
    """
    models = load_models(sql)
    connection = duckdb.connect(file, config={"storage_compatibility_version": STORAGE_VERSION})
    with connection:
        load_inputs(connection, inputs, sql / "reference")
        connection.register("given", pa.Table.from_pylist([vars(identity)]))
        connection.execute("create table reference.build as from given")
        connection.unregister("given")
        # From here on models see what they were given and nothing else.
        connection.execute("set enable_external_access = false; set lock_configuration = true")
        for schema in sorted({model.name.split(".")[0] for model in models if "." in model.name}):
            connection.execute(f"create schema {schema}")
        for model in models:
            run_model(connection, model)
        audited = audit(connection, sql, models)
        connection.execute("detach published")
        connection.execute("checkpoint")
    return audited


def run_model(connection: duckdb.DuckDBPyConnection, model: SqlFile) -> None:
    """Create the table or view of one model, with its comments.

    Raises:
        UsageError: DuckDB refuses the query.
    """
    kind = "view" if model.is_view else "table"
    try:
        order = "" if model.is_view else f"\norder by {', '.join(model.grain)}"
        connection.execute(f"create {kind} {model.name} as from (\n{model.sql}\n){order}")
        connection.execute(f"comment on {kind} {model.name} is {_literal(model.description)}")
        for column, comment in model.columns.items():
            if comment:
                connection.execute(
                    f"comment on column {model.name}.{column} is {_literal(comment)}"
                )
    except duckdb.Error as error:
        raise UsageError(f"{model.path}: {' '.join(str(error).split())}") from error


def audit(
    connection: duckdb.DuckDBPyConnection, sql: Path, models: Sequence[SqlFile] | None = None
) -> Audit:
    """Run the checks of all models and the cross-table checks on a built warehouse.

    Raises:
        DataRefusedError: a blocking check failed; the message names it and its first rows.
    """
    models = load_models(sql) if models is None else models
    checks = [check for model in models for check in contract_checks(model)]
    checks += [table_check(file) for file in load_checks(sql)]
    try:
        failed = failures(connection, checks)
    except duckdb.Error as error:
        raise UsageError(f"{sql}: a check cannot run: {' '.join(str(error).split())}") from error
    if blocking := [failure for failure in failed if failure.check.is_blocking]:
        more = f" ({len(blocking) - 1} more failed)" if len(blocking) > 1 else ""
        raise DataRefusedError(f"check failed: {blocking[0]}{more}")
    return Audit(len(checks), failed)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
