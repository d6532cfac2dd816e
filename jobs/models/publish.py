"""Generations: built aside, published by swapping one link, the last few kept.

generations/20261123T141140.015301Z/market.duckdb   one build
generations/20261123T141140.015301Z/export/         its Parquet files
generations/20261123T141140.015301Z/report/         the page of its newest session
generations/20261123T141140.015301Z/SHA256SUMS      what they were when they were published
current -> generations/20261123T141140.015301Z      the published one
market.duckdb -> current/market.duckdb              what readers open; never changes
export -> current/export
report -> current/report
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from jobs.errors import InputError
from jobs.files import commit_folder, remove_leftovers, swap_link
from jobs.models.checksums import verify_checksums, write_checksums
from jobs.models.obstacles import refuse_obstacles, writing_session
from jobs.settings import Warehouse

DATABASE = "market.duckdb"
EXPORT = "export"
REPORT = "report"
GRACE_SECONDS = 3600
"""How long a generation stays on disk, whatever the settings say, once another is published."""


_BUILD_ID = "%Y%m%dT%H%M%S.%fZ"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def new_build_id(warehouse: Warehouse, now: datetime) -> str:
    """A name for a generation: its time, or the next after all that are kept, if the clock is slow.

    So generations sort by name in the order in which they were built, whatever the clock did.
    """
    newest = max(map(_time_of, kept_builds(warehouse)), default=_LONG_AGO)
    return f"{max(now.astimezone(UTC), newest + timedelta(microseconds=1)):{_BUILD_ID}}"


def _time_of(build: Path) -> datetime:
    try:
        return datetime.strptime(build.name, _BUILD_ID).replace(tzinfo=UTC)
    except ValueError:  # somebody else's folder
        return _LONG_AGO


@contextmanager
def generation(warehouse: Warehouse, build_id: str, keep: int) -> Iterator[Path]:
    """A folder to build in; it is published when the block ends well, and else is gone.

    The caller holds the warehouse's lock.

    Raises:
        DataRefusedError: a read-write session is open on the published file, or left unsaved work.
        InputError: something that is not ours stands where a link must go.
    """
    warehouse.generations.mkdir(parents=True, exist_ok=True)
    remove_leftovers(warehouse.generations)
    refuse_obstacles(warehouse)
    aside = warehouse.generations / f".{build_id}.tmp"
    aside.mkdir()
    try:
        yield aside
        write_checksums(aside)
        refuse_obstacles(warehouse)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    final = warehouse.generations / build_id
    commit_folder(aside, final)
    _publish(warehouse, final)
    _link(warehouse.database, warehouse.current / DATABASE)
    _link(warehouse.export, warehouse.current / EXPORT)
    _link(warehouse.report, warehouse.current / REPORT)
    _prune(warehouse, keep)


def connect(warehouse: Warehouse, build: str | None = None) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the published database, to be closed by the caller.

    `build` names a kept generation instead, or begins its name.

    Raises:
        InputError: nothing has been published yet, there is no such generation, or the file cannot
            be read.
    """
    database = find_build(warehouse, build) / DATABASE if build else warehouse.database
    if not database.is_file():
        raise InputError(f"{warehouse.root}: no warehouse has been built here; run psx build first")
    try:
        connection = duckdb.connect(database, read_only=True)
        connection.execute("select build_id from build_info").fetchall()
    except duckdb.Error as error:
        problem = writing_session(error) or f"no warehouse of psx ({str(error).splitlines()[0]})"
        raise InputError(f"{database}: {problem}") from error
    return connection


def kept_builds(warehouse: Warehouse) -> list[Path]:
    """The generations on disk, oldest first."""
    if not warehouse.generations.exists():
        return []
    return sorted(g for g in warehouse.generations.iterdir() if not g.name.startswith("."))


def published_build(warehouse: Warehouse) -> Path | None:
    """The generation that readers see; none before the first build."""
    return warehouse.current.resolve() if warehouse.current.exists() else None


def earlier_build(warehouse: Warehouse) -> Path | None:
    """The newest kept generation before the published one."""
    present = published_build(warehouse)
    earlier = [g for g in kept_builds(warehouse) if present and g.name < present.name]
    return earlier[-1] if earlier else None


def find_build(warehouse: Warehouse, name: str) -> Path:
    """The one kept generation whose name is `name` or begins with it.

    Raises:
        InputError: there is none, or more than one.
    """
    kept = kept_builds(warehouse)
    found = [generation for generation in kept if generation.name.startswith(name)]
    if len(found) != 1:
        problem = "several builds begin so" if found else "no such build is kept"
        there = ", ".join(generation.name for generation in kept) or "none"
        raise InputError(f"{name}: {problem}; kept are {there}")
    return found[0]


def roll_back(warehouse: Warehouse, name: str | None) -> Path:
    """Publish a kept generation again: the one called `name`, or the one before the published.

    The caller holds the warehouse's lock. Readers see it whole, by the same one step as a build.

    Raises:
        InputError: there is no such generation, or its files are not those that were published.
        DataRefusedError: a read-write session is open on the published file, or left unsaved work.
    """
    target = find_build(warehouse, name) if name else earlier_build(warehouse)
    if target is None:
        raise InputError(f"{warehouse.root}: no earlier build is kept")
    verify_checksums(target)
    refuse_obstacles(warehouse)
    _publish(warehouse, target)
    return target


def _publish(warehouse: Warehouse, target: Path) -> None:
    if (present := published_build(warehouse)) and present != target.resolve():
        os.utime(present)  # until now readers were sent there
    swap_link(warehouse.current, target)


def _link(link: Path, target: Path) -> None:
    if not link.is_symlink():
        swap_link(link, target)


def _prune(warehouse: Warehouse, keep: int) -> None:
    """Remove all but the newest generations; the published one and those of this hour stay.

    A reader that was sent to a generation has an hour to open all files that it wants of it.
    """
    present = warehouse.current.resolve()
    others = [g for g in kept_builds(warehouse) if g != present]
    for old in others[: max(len(others) - (keep - 1), 0)]:
        # A time far ahead is one of a clock that was wrong.
        if abs(time.time() - old.stat().st_mtime) > GRACE_SECONDS:
            hidden = old.with_name(f".{old.name}.tmp")
            old.rename(hidden)  # half removed it would pass for a build that is kept
            shutil.rmtree(hidden)
