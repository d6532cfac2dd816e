"""The snapshot files under a path, as they lie on disk now."""

import fnmatch
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from jobs.errors import InputError
from jobs.snapshot import capture_times
from jobs.snapshot.documents import SUFFIXES


@dataclass(frozen=True)
class Selection:
    """Which of the files under the given paths are taken."""

    since: datetime | None = None
    """Only files that were modified at this time or later."""

    glob: str = "*"
    """Only files of which the name, or the path, matches this pattern."""

    limit: int | None = None
    """At most so many new files, the first by path."""


ALL_FILES = Selection()

_FILE = pl.Schema(
    {"location": pl.Binary, "name": pl.String, "size": pl.Int64, "modified_ns": pl.Int64}
)


def find_files(paths: Sequence[Path], home: Path, selection: Selection = ALL_FILES) -> pl.DataFrame:
    """Every snapshot file under `paths`, with the capture time that its user states.

    A folder gives its files of a known suffix, recursively; a file is taken whatever its name.

    Args:
        paths: files and folders.
        home: the warehouse folder; files below it are named relative to it, so that a warehouse
            can be moved as a whole.
        selection: which of them; its limit is for the caller to apply.

    Returns:
        One row a file, sorted by path: `path` (its name in the lake), `location` (where to open
        it, as bytes), `name` (the same as text), `size` (bytes), `modified_ns`, and
        `capture_times.STATED`.

    Raises:
        InputError: a path is not there, or a `captures.csv` cannot be understood.
    """
    sidecars: set[str] = set()
    files = pl.DataFrame(list(_walk(paths, sidecars)), schema=_FILE, orient="row")
    return named(files, sidecars, home, selection)


def named(
    listed: pl.DataFrame, sidecars: Iterable[str], home: Path, selection: Selection
) -> pl.DataFrame:
    """What `find_files` gives, of files that were listed.

    `listed` has `location`, `name`, `size` and `modified_ns`; `sidecars` are the
    `captures.csv` that were listed with them.
    """
    prefix = f"{home.absolute()}{os.sep}"
    files = (
        listed.unique("location")
        .with_columns(path=pl.col("name").str.strip_prefix(prefix))
        .sort("path")
    )
    if selection.since:
        since = int(selection.since.timestamp() * 1e9)
        files = files.filter(pl.col("modified_ns") >= since)
    if selection.glob != ALL_FILES.glob:
        matches = re.compile(fnmatch.translate(selection.glob)).match
        kept = [bool(matches(p) or matches(p.rpartition(os.sep)[2])) for p in files["path"]]
        files = files.filter(pl.Series(kept, dtype=pl.Boolean))
    return _with_stated_times(files, [Path(sidecar) for sidecar in sorted(sidecars)])


def _walk(paths: Iterable[Path], sidecars: set[str]) -> Iterator[tuple[object, ...]]:
    """A row of `_FILE` for each file; `sidecars` gets each `captures.csv`."""
    for path in paths:
        given = path.absolute()
        if given.is_dir():
            yield from _walk_folder(str(given), sidecars)
        elif given.is_file():
            status = given.stat()
            yield _row(str(given), status)
            beside = given.parent / capture_times.SIDECAR
            if beside.is_file():
                sidecars.add(str(beside))
        else:
            raise InputError(f"{path}: there is no such file or folder")


def _walk_folder(folder: str, sidecars: set[str]) -> Iterator[tuple[object, ...]]:
    for parent, _, names in os.walk(folder, onerror=_unreadable):
        for name in names:
            if name.lower().endswith(SUFFIXES):
                location = os.path.join(parent, name)  # noqa: PTH118 - quick: there can be millions
                try:
                    status = os.stat(location)  # noqa: PTH116
                except OSError:
                    continue  # gone since the folder was listed, or a dangling link
                if stat.S_ISREG(status.st_mode):  # a pipe or a device may never end
                    yield _row(location, status)
            elif name == capture_times.SIDECAR:
                sidecar = os.path.join(parent, name)  # noqa: PTH118
                if os.path.isfile(sidecar):  # noqa: PTH113
                    sidecars.add(sidecar)


def _row(location: str, status: os.stat_result) -> tuple[object, ...]:
    place = os.fsencode(location)
    name = place.decode("utf-8", "backslashreplace")
    return place, name, status.st_size, status.st_mtime_ns


def _unreadable(error: OSError) -> None:
    raise InputError(f"{error.filename}: cannot be listed ({error.strerror})")


def _with_stated_times(files: pl.DataFrame, sidecars: Sequence[Path]) -> pl.DataFrame:
    stated = pl.concat([files, capture_times.from_paths(files["path"])], how="horizontal")
    for sidecar in sidecars:  # what a captures.csv says outranks the path
        said = capture_times.from_sidecar(sidecar)
        stated = stated.update(said, on="name", how="left")
    return stated
