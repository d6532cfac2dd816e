"""The nightly build: lake in, checked and published generation out."""

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import duckdb

from jobs.errors import InputError
from jobs.export.parquet import export_marts
from jobs.models.checks import Failure
from jobs.models.inputs import Inputs
from jobs.models.publish import DATABASE, EXPORT, generation, new_build_id
from jobs.models.run import BuildIdentity, build_database
from jobs.settings import Settings, Warehouse, sql_folder
from jobs.snapshot.lake import Lake


@dataclass(frozen=True)
class Built:
    """A published build and what its checks warned of."""

    build_id: str
    warnings: list[Failure]


def build(warehouse: Warehouse, settings: Settings) -> Built:
    """Build the models aside, check them, export the marts, and publish all of it at once.

    The caller holds the warehouse's lock. Whatever fails, last night's warehouse stays published.

    Raises:
        InputError: nothing has been parsed yet, or a reference file is not what it should be.
        DataRefusedError: a check failed.
    """
    lake = Lake(warehouse.lake)
    if not lake.batches():
        raise InputError(f"{warehouse.lake}: nothing has been parsed yet; run psx parse first")
    now = datetime.now(UTC)
    identity = BuildIdentity(new_build_id(now), now, version("psx-warehouse"))
    with generation(warehouse, identity.build_id, settings.keep_generations) as aside:
        database = aside / DATABASE
        last_build = warehouse.database if warehouse.database.exists() else None
        inputs = Inputs(lake, settings, last_build)
        audited = build_database(database, sql_folder(), inputs, identity)
        with duckdb.connect(database, read_only=True) as connection:
            export_marts(connection, aside / EXPORT)
    return Built(identity.build_id, audited.warnings)
