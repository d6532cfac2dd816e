"""The nightly build: lake in, checked and published generation out."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import duckdb

from jobs.errors import InputError, UsageError
from jobs.export.marts import export_marts
from jobs.history.load import History, keep_history
from jobs.models.checksums import verify_checksums
from jobs.models.graph import load_models, mart_keys, select_models
from jobs.models.inputs import Engine, Inputs
from jobs.models.publish import DATABASE, EXPORT, REPORT, connect, generation, new_build_id
from jobs.models.run import BuildIdentity, build_database, built_models
from jobs.models.trouble import disk_error
from jobs.page.write import PAGE, write_page
from jobs.settings import Settings, Warehouse, sql_folder
from jobs.snapshot.lake import Lake


@dataclass(frozen=True)
class Built:
    """A published build, and what its index history and its checks warned of."""

    build_id: str
    warnings: list[str]


def build(
    warehouse: Warehouse,
    settings: Settings,
    *,
    select: Sequence[str] = (),
    engine: Engine | None = None,
) -> Built:
    """Build the models aside, check them, export the marts, draw the page, and publish all at once.

    With `select`, those models alone are built anew, in a copy of the published build. With an
    `engine`, that runs the models, and all else is the same. The caller
    holds the warehouse's lock. Whatever fails, last night's warehouse stays published.

    An index history that the settings name is kept in the warehouse folder once the build has
    passed its checks, and later builds use it until they are given another.

    Raises:
        InputError: nothing has been parsed yet, or a file is not what it should be.
        UsageError: a model cannot be understood or run, or there is none of a selected name.
        DataRefusedError: a check or a guard refused the outcome.
    """
    lake = Lake(warehouse.lake)
    if not lake.batches():
        raise InputError(f"{warehouse.lake}: nothing has been parsed yet; run psx parse first")
    lake.upgrade()
    now = datetime.now(UTC)
    identity = BuildIdentity(
        new_build_id(warehouse, now), now, version("psx-warehouse"), _code_commit()
    )
    with (
        generation(warehouse, identity.build_id, settings.keep_generations) as aside,
        _disk_errors(),
    ):
        database = aside / DATABASE
        last_build = warehouse.database if warehouse.database.exists() else None
        if select:
            connect(warehouse).close()
            verify_checksums(warehouse.current)
            shutil.copyfile(warehouse.database, database)
        inputs = Inputs(lake, settings, last_build, engine, warehouse.index_history)
        audited = build_database(database, sql_folder(), inputs, identity, select)
        with (
            duckdb.connect(database, read_only=True) as connection,
            ThreadPoolExecutor(1) as drawing,
        ):
            page = drawing.submit(write_page, connection.cursor(), aside / REPORT / PAGE)
            export_marts(connection, aside / EXPORT, mart_keys(sql_folder()))
            page.result()
        history = audited.history
        if history:  # before the swap: what readers see is never ahead of what the next night uses
            _keep(history, settings, warehouse)
    doubts = history.notes if history else []
    return Built(identity.build_id, [*doubts, *map(str, audited.warnings)])


def plan(warehouse: Warehouse, select: Sequence[str] = ()) -> list[tuple[str, str]]:
    """What a build would do, in order: each model, and how its query compares with the published.

    The second is `new`, `changed` or `same`, or `follows` for one that reads what is not the same;
    models that are gone come last, as `gone`.

    Raises:
        UsageError: a model cannot be understood, or there is none of a selected name.
    """
    models = load_models(sql_folder())
    published: dict[str, str] = {}
    if warehouse.database.exists():
        with connect(warehouse) as connection:
            published = built_models(connection)
    states: dict[str, str] = {}
    for model in select_models(models, select) if select else models:
        if model.name not in published:
            states[model.name] = "new"
        elif published[model.name] != model.digest:
            states[model.name] = "changed"
        else:
            anew = any(states.get(table, "same") != "same" for table in model.reads)
            states[model.name] = "follows" if anew else "same"
    gone = [] if select else sorted(published.keys() - states.keys())
    return [*states.items(), *((name, "gone") for name in gone)]


def _keep(history: History, settings: Settings, warehouse: Warehouse) -> None:
    """Keep a history that was given for later builds, unless it is the kept one itself."""
    given, kept = settings.index_history, warehouse.index_history
    if given and given.resolve() != kept.resolve():
        keep_history(history, kept)


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Let a full disk be that, and no fault of the model that was run meanwhile."""
    try:
        yield
    except (duckdb.Error, UsageError) as error:
        if trouble := disk_error(error):
            raise trouble from error
        raise


def _code_commit() -> str | None:
    """The commit of the code, where it runs from a checkout."""
    folder = sql_folder().parent
    if not (folder / ".git").exists():
        return None
    command = ["git", "-C", str(folder), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()
