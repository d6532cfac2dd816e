"""The snapshot files under a path, as they lie on disk now."""

import fnmatch
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from jobs.snapshot import capture_times
from jobs.snapshot.documents import no_page_because
from jobs.snapshot.passed_over import PassedOver
from jobs.snapshot.search import Search


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

_ROWS_NAMED = 3
"""Rows of a `captures.csv` that a warning names."""


@dataclass
class Remarks:
    """What a search for files has to say besides the files."""

    passed_over: PassedOver = field(default_factory=PassedOver)
    warnings: list[str] = field(default_factory=list)


_FILE = pl.Schema(
    {
        "location": pl.Binary,
        "name": pl.String,
        "size": pl.Int64,
        "modified_ns": pl.Int64,
        "is_sure": pl.Boolean,
    }
)


def find_files(
    paths: Sequence[Path],
    home: Path,
    selection: Selection = ALL_FILES,
    remarks: Remarks | None = None,
) -> pl.DataFrame:
    """Every file under `paths` that can be a snapshot, with the capture time that its user states.

    A folder gives the files below it, but those that their names give away; a file is taken
    whatever its name.

    Args:
        paths: files and folders.
        home: the warehouse folder; files below it are named relative to it, so that a warehouse
            can be moved as a whole.
        selection: which of them; its limit is for the caller to apply.
        remarks: gets the files that are passed over, and warnings.

    Returns:
        One row a file, sorted by path: `path` (its name in the lake), `location` (where to open
        it, as bytes), `name` (the same as text), `size` (bytes), `modified_ns`, `is_sure` (false
        if only its content tells whether it is a page; see `recognised`), and
        `capture_times.STATED`.

    Raises:
        InputError: a path is not there, or a `captures.csv` cannot be understood.
    """
    remarks = remarks or Remarks()
    search = Search(remarks.passed_over)
    files = pl.DataFrame(list(search.rows(paths)), schema=_FILE, orient="row")
    remarks.warnings += [f"{path}: no snapshot file lies in this folder" for path in search.empty]
    return named(files, search.sidecars, home, selection, remarks)


def named(
    listed: pl.DataFrame,
    sidecars: Iterable[str],
    home: Path,
    selection: Selection,
    remarks: Remarks,
) -> pl.DataFrame:
    """What `find_files` gives, of files that were listed.

    `listed` has `location`, `name`, `size`, `modified_ns` and `is_sure`; `sidecars` are the
    `captures.csv` that were listed with them.
    """
    prefix = f"{home.absolute()}{os.sep}"
    files = (
        listed.sort("is_sure", descending=True, maintain_order=True)
        .unique("location", keep="first")
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
    return _with_stated_times(files, [Path(sidecar) for sidecar in sorted(sidecars)], remarks)


def recognised(files: pl.DataFrame, passed_over: PassedOver) -> pl.DataFrame:
    """The `files` (`find_files`) without those that are no pages by the look of their content."""
    unsure = files.filter(~pl.col("is_sure"))
    no_pages: list[bytes] = []
    for location, path in unsure.select("location", "path").iter_rows():
        why = no_page_because(Path(os.fsdecode(location)))
        if why is not None:
            passed_over.add(path, why)
            no_pages.append(location)
    return files.filter(~pl.col("location").is_in(no_pages)) if no_pages else files


def _with_stated_times(
    files: pl.DataFrame, sidecars: Sequence[Path], remarks: Remarks
) -> pl.DataFrame:
    stated = pl.concat([files, capture_times.from_paths(files["path"])], how="horizontal")
    for sidecar in sidecars:  # what a captures.csv says outranks the path
        said = capture_times.from_sidecar(sidecar)
        unmet = said.join(files, on="name", how="anti", maintain_order="left")
        gone = [row for row in unmet.rows(named=True) if not _is_file(row["name"])]
        if gone:
            some = ", ".join(f"line {row['row']}: {row['file']}" for row in gone[:_ROWS_NAMED])
            remarks.warnings.append(
                f"{sidecar}: {len(gone):,} of its rows name no file in the folder ({some}"
                f"{', ...' * (len(gone) > _ROWS_NAMED)})"
            )
        times = said.drop_nulls("name").unique("name", keep="last").drop("row", "file")
        stated = stated.update(times, on="name", how="left")
    return stated


def _is_file(name: str | None) -> bool:
    return name is not None and os.path.isfile(name)  # noqa: PTH113 - there can be many
