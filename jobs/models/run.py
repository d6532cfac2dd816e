"""Models run in order into a database file, with their comments, checks and guards."""

import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from jobs.errors import DataRefusedError, UsageError
from jobs.history.load import History
from jobs.models.checks import Failure, contract_checks, failures, table_check
from jobs.models.graph import load_checks, load_models, select_models
from jobs.models.guards import guard
from jobs.models.header import SqlFile
from jobs.models.inputs import Engine, Inputs, load_inputs, load_settings
from jobs.models.published import load_published
from jobs.models.tables import create_table

STORAGE_VERSION = "v1.4.0"
"""The oldest DuckDB whose command line must open the published file."""

_RUNS = pa.schema(
    [
        ("model_name", pa.string()),
        ("row_count", pa.int64()),
        ("seconds", pa.float64()),
        ("sql_digest", pa.string()),
    ]
)


@dataclass(frozen=True)
class Audit:
    """A warehouse that passed every blocking check."""

    check_count: int
    warnings: list[Failure]
    history: History | None = None
    """The user's index history that the warehouse was built from, if it was read anew."""


@dataclass(frozen=True)
class BuildIdentity:
    """Which build this is; stands in `build_info`."""

    build_id: str
    built_at: datetime
    code_version: str
    code_commit: str | None = None


@dataclass(frozen=True)
class ModelRun:
    """How one model was built.

    A view has no rows of its own, and the models that tell of the run are built after the telling.
    """

    model_name: str
    row_count: int | None
    seconds: float | None
    sql_digest: str


def build_database(
    file: Path,
    sql: Path,
    inputs: Inputs,
    identity: BuildIdentity,
    select: Sequence[str] = (),
) -> Audit:
    """Build every model under `sql` into the new database `file`, check it, and try its guards.

    With `select` (as `select_models` takes it), `file` is a copy of the last build, and those
    models alone are built anew in it, from what the last build was made of.

    Raises:
        UsageError: a model cannot be understood or run; or one that is not selected has never been
            built.
        InputError: a reference file is missing or not what it should be.
        DataRefusedError: a blocking check or a guard refused the outcome.
    """
    models = load_models(sql)
    selected = select_models(models, select) if select else models
    connection = duckdb.connect(file, config={"storage_compatibility_version": STORAGE_VERSION})
    history = None
    with connection:
        if select:
            _refuse_unbuilt(connection, [model for model in models if model not in selected])
            load_published(connection, inputs.last_build)
            load_settings(connection, inputs.settings)
        else:
            history = load_inputs(connection, inputs, sql / "reference")
        _prepare(connection, models, identity)
        audited = _run(connection, sql, models, selected, inputs.engine)
    return replace(audited, history=history)


def build_in_memory(
    sql: Path, inputs: Inputs, identity: BuildIdentity, tables: Sequence[str]
) -> duckdb.DuckDBPyConnection:
    """Build `tables`, and the models that they are built from, in memory, without checks.

    Returns:
        The connection that holds them, to be closed by the caller.

    Raises:
        UsageError: a model cannot be understood or run.
        InputError: a reference file is missing or not what it should be.
    """
    models = load_models(sql, tables)
    connection = duckdb.connect()
    load_inputs(connection, inputs, sql / "reference")
    _prepare(connection, models, identity)
    for model in models:
        run_model(connection, model)
    return connection


def _prepare(
    connection: duckdb.DuckDBPyConnection, models: Sequence[SqlFile], identity: BuildIdentity
) -> None:
    """Tell the models which build it is; from here on they see what they were given alone."""
    create_table(connection, "reference.build", pa.Table.from_pylist([asdict(identity)], _IDENTITY))
    schemas = {"run"} | {model.name.split(".")[0] for model in models if "." in model.name}
    for schema in sorted(schemas):
        connection.execute(f"create schema if not exists {schema}")
    connection.execute("set enable_external_access = false; set lock_configuration = true")


def _run(
    connection: duckdb.DuckDBPyConnection,
    sql: Path,
    models: Sequence[SqlFile],
    selected: Sequence[SqlFile],
    engine: Engine | None,
) -> Audit:
    """Build `selected` and audit all `models`; those that tell of the run itself come last."""
    figures = [model for model in models if not model.is_about_run]
    telling = [model for model in models if model.is_about_run]
    started = time.monotonic()
    runs = _runs_of_last_build(connection)
    for model in figures:
        if model in selected:
            runs[model.name] = run_model(connection, model, engine)
    runs |= {model.name: ModelRun(model.name, None, None, model.digest) for model in telling}
    known = [asdict(runs[model.name]) for model in models if model.name in runs]
    create_table(connection, "run.models", pa.Table.from_pylist(known, _RUNS))
    audited = audit(connection, sql, figures)
    audited.warnings.extend(guard(connection, sql))
    told = {
        "took_seconds": round(time.monotonic() - started, 3),
        "check_count": audited.check_count,
        "warning_count": len(audited.warnings),
    }
    create_table(connection, "run.build", pa.Table.from_pylist([told]))
    for model in telling:
        run_model(connection, model, engine)
    _refuse(failures(connection, [check for model in telling for check in contract_checks(model)]))
    connection.execute("detach published")
    connection.execute("checkpoint")
    return audited


_IDENTITY = pa.schema(
    [
        ("build_id", pa.string()),
        ("built_at", pa.timestamp("us", tz="UTC")),
        ("code_version", pa.string()),
        ("code_commit", pa.string()),
    ]
)


def _runs_of_last_build(connection: duckdb.DuckDBPyConnection) -> dict[str, ModelRun]:
    """In a copy of the last build: how its models were built; in a new file nothing."""
    found = connection.sql(
        "select runs.* exclude (build_id) from published.model_runs as runs"
        " join published.build using (build_id)"
    ).to_arrow_table()
    return {row["model_name"]: ModelRun(**row) for row in found.to_pylist()}


def built_models(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The models of the build in a published database, each with the digest of its query.

    Empty for a build of an older psx that kept no record of its models.
    """
    try:
        found = connection.sql(
            "select model_name, sql_digest from model_runs join build_info using (build_id)"
        ).fetchall()
    except duckdb.CatalogException:
        return {}
    return dict(found)


def _refuse_unbuilt(connection: duckdb.DuckDBPyConnection, models: Sequence[SqlFile]) -> None:
    found = connection.sql(
        "select case when table_schema = 'main' then table_name"
        " else table_schema || '.' || table_name end from information_schema.tables"
    ).fetchall()
    for model in models:
        if (model.name,) not in found and not model.is_about_run:
            raise UsageError(f"{model.path}: has not been built yet; select it as well")


def run_model(
    connection: duckdb.DuckDBPyConnection, model: SqlFile, engine: Engine | None = None
) -> ModelRun:
    """Create the table or view of one model, with its comments; its rows come from `engine`.

    Raises:
        UsageError: DuckDB refuses the query; the message names its line.
    """
    kind = "view" if model.is_view else "table"
    started = time.monotonic()
    try:
        rows = engine.run(connection, model) if engine else None
        if rows is not None:
            connection.register("given", rows)
        query = model.sql if rows is None else "from given"
        order = "" if model.is_view else f"\norder by {', '.join(model.grain)}"
        made = connection.execute(
            f"create or replace {kind} {model.name} as from (\n{query}\n){order}"
        ).fetchall()
        if rows is not None:
            connection.unregister("given")
        connection.execute(_comments(model, kind))
    except duckdb.Error as error:
        # The statement opens with a line of its own.
        raise UsageError(model.complaint(error, lines_before=1)) from error
    row_count = None if model.is_view else made[0][0]
    return ModelRun(model.name, row_count, round(time.monotonic() - started, 4), model.digest)


def _comments(model: SqlFile, kind: str) -> str:
    """The statements that comment a table or view and its columns."""
    comments = {f"{kind} {model.name}": model.description} | {
        f"column {model.name}.{column}": comment for column, comment in model.columns.items()
    }
    return "; ".join(f"comment on {t} is {_literal(said)}" for t, said in comments.items() if said)


def audit(
    connection: duckdb.DuckDBPyConnection,
    sql: Path,
    models: Sequence[SqlFile] | None = None,
    lacking: Collection[str] = (),
) -> Audit:
    """Run the checks of `models`, or of all, and the cross-table checks that read any of them.

    What concerns the models `lacking`, which the database does not have, is left out.

    Raises:
        UsageError: a check cannot run.
        DataRefusedError: a blocking check failed; the message names it and its first rows.
    """
    models = load_models(sql) if models is None else models
    models = [model for model in models if model.name not in lacking]
    names = {model.name for model in models}
    checks = [check for model in models for check in contract_checks(model)]
    checks += [
        table_check(file)
        for file in load_checks(sql)
        if file.reads & names and not file.reads & set(lacking)
    ]
    failed = failures(connection, checks)
    _refuse(failed)
    return Audit(len(checks), failed)


def _refuse(failed: Sequence[Failure]) -> None:
    if blocking := [failure for failure in failed if failure.check.is_blocking]:
        more = f" ({len(blocking) - 1} more failed)" if len(blocking) > 1 else ""
        raise DataRefusedError(f"check failed: {blocking[0]}{more}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
