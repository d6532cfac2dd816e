"""The snapshot files under a path, as they lie on disk now."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl

from jobs.errors import InputError
from jobs.snapshot import capture_times
from jobs.snapshot.documents import SUFFIXES


def find_files(paths: Sequence[Path], home: Path) -> pl.DataFrame:
    """Every snapshot file under `paths`, with the capture time that its user states.

    A folder gives its files of a known suffix, recursively; a file is taken whatever its name.

    Args:
        paths: files and folders.
        home: the warehouse folder; files below it are named relative to it, so that a warehouse
            can be moved as a whole.

    Returns:
        One row a file, sorted by path: `path` (its name in the lake), `location` (where to open
        it), `size` (bytes), `modified_ns`, and `capture_times.STATED`.

    Raises:
        InputError: a path is not there, or a `captures.csv` cannot be understood.
    """
    rows: list[tuple[str, int, int]] = []
    sidecars: set[Path] = set()
    for location in _walk(paths, sidecars):
        try:
            status = location.stat()
        except OSError:
            continue  # gone since the folder was listed, or a dangling link
        rows.append((str(location), status.st_size, status.st_mtime_ns))
    schema = {"location": pl.String, "size": pl.Int64, "modified_ns": pl.Int64}
    files = pl.DataFrame(rows, schema=schema, orient="row").unique("location")
    prefix = f"{home.absolute()}{os.sep}"
    files = files.with_columns(path=pl.col("location").str.strip_prefix(prefix)).sort("path")
    return _with_stated_times(files, sorted(sidecars))


def _walk(paths: Iterable[Path], sidecars: set[Path]) -> Iterator[Path]:
    for path in paths:
        given = path.absolute()
        if given.is_dir():
            for folder, _, names in os.walk(given, onerror=_unreadable):
                for name in names:
                    if name.lower().endswith(SUFFIXES):
                        yield Path(folder, name)
                    elif name == capture_times.SIDECAR:
                        sidecars.add(Path(folder, name))
        elif given.is_file():
            yield given
            beside = given.parent / capture_times.SIDECAR
            if beside.is_file():
                sidecars.add(beside)
        else:
            raise InputError(f"{path}: there is no such file or folder")


def _unreadable(error: OSError) -> None:
    raise InputError(f"{error.filename}: cannot be listed ({error.strerror})")


def _with_stated_times(files: pl.DataFrame, sidecars: Sequence[Path]) -> pl.DataFrame:
    stated = pl.concat([files, capture_times.from_paths(files["path"])], how="horizontal")
    for sidecar in sidecars:  # what a captures.csv says outranks the path
        said = capture_times.from_sidecar(sidecar)
        stated = stated.update(said.rename({"path": "location"}), on="location", how="left")
    return stated
