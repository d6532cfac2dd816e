"""Snapshot files placed on sessions without a warehouse: in memory, and gone afterwards."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from jobs.models.inputs import Inputs
from jobs.models.run import BuildIdentity, build_in_memory
from jobs.settings import Settings, sql_folder
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake

TABLES = ("captures", "unplaced_captures", "ticker_lines", "rejected_lines")
"""The marts that a preview holds, beside the models that they are built from."""


@contextmanager
def preview(paths: Sequence[Path], settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with `TABLES` of the files under `paths`, which date each other as in a build.

    Names of files below the current folder are relative to it.

    Raises:
        InputError: a path is missing, or a file of the settings is not what it should be.
    """
    identity = BuildIdentity("preview", datetime.now(UTC), "")
    with tempfile.TemporaryDirectory(prefix="psx-") as folder:
        lake = Lake(Path(folder) / "lake")
        ingest(paths, lake, Path.cwd())
        connection = build_in_memory(sql_folder(), Inputs(lake, settings), identity, TABLES)
    with connection:
        yield connection
