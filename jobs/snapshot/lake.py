"""The lake: append-only Parquet batches, each committed by one rename.

A batch is a folder `batch-00000001` with a Parquet file a table, or, where a cluster wrote it, a
folder of them. It is written under a hidden name and renamed when it is whole, so a batch is there
or it is not. Many small batches are compacted
into one, `batch-00000001-00000064`, which takes the place of those that it covers from the moment
of its rename; the next run that writes removes them, so that nobody who reads them loses them.
A batch of an older version is replaced likewise by `batch-00000001-v1`.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.errors import InputError
from jobs.files import commit_folder, naming, remove_leftovers
from jobs.snapshot.schemas import FILES
from jobs.snapshot.versions import TABLES, VERSION, brought_forward

MOST_SMALL_BATCHES = 64
"""Small batches that may lie side by side before they are compacted into one."""

_NAME = re.compile(r"batch-(\d{8})(?:-(\d{8}))?(?:-v(\d+))?")
_LARGE_BATCH = 256 << 20
_ALL_DIFFERENT = {"text", "document_id", "file_id", "path", "url", "line", "document"}
"""Columns of which a dictionary would only cost time."""


class Lake:
    """The batches in one folder. Reading needs no lock; writing does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def batches(self) -> list[Path]:
        """The committed batches, oldest first; those that another one covers are left out.

        Raises:
            InputError: a batch was written by a newer program.
        """
        batches: list[Path] = []
        for batch in sorted(self._folders(), key=_place):
            if _version(batch) > VERSION:
                raise InputError(
                    f"{batch}: of version {_version(batch)} of the lake, and this psx knows"
                    f" {VERSION}; install the psx that wrote it, or remove the lake and parse anew"
                )
            if not batches or _span(batch)[0] > _span(batches[-1])[1]:
                batches.append(batch)
        return batches

    def _folders(self) -> Iterator[Path]:
        return (path for path in self.folder.glob("batch-*") if _NAME.fullmatch(path.name))

    def upgrade(self) -> None:
        """Bring batches of older versions forward, each by one rename; nothing is parsed again.

        The caller holds the warehouse's lock.

        Raises:
            InputError: a file of the lake is damaged, or a batch is of a newer program.
        """
        for batch in self.batches():
            version = _version(batch)
            if version < VERSION:
                self._rewrite([batch], _name(*_span(batch), is_upgraded=True), version)

    def parquet_files(self, table: str) -> list[Path]:
        """The files of one table, oldest batch first."""
        return [file for batch in self.batches() for file in self.parts(batch, table)]

    @staticmethod
    def parts(batch: Path, table: str) -> list[Path]:
        """The files of one table of a batch: one, or as many as the tasks of a cluster wrote."""
        whole = batch / f"{table}.parquet"
        return sorted(whole.glob("*.parquet")) if whole.is_dir() else [whole]

    def known_files(self) -> pl.DataFrame:
        """The newest sighting of every content under every path, oldest first.

        Raises:
            InputError: a file of the lake is damaged.
        """
        files = self.parquet_files("files")
        sightings = _read(files, FILES.names) if files else pl.DataFrame(FILES.empty_table())
        return sightings.unique(["path", "file_id"], keep="last", maintain_order=True)

    def outcomes(self) -> pl.DataFrame:
        """What came of each document, with the columns of `DOCUMENTS` that count its lines.

        Raises:
            InputError: a file of the lake is damaged.
        """
        columns = ["file_id", "outcome", "block_id", "accepted_line_count", "rejected_line_count"]
        return _read(self.parquet_files("documents"), columns)

    def rejected_lines(self, blocks: pl.Series) -> pl.DataFrame:
        """The rejected lines of these blocks, each once: `block_id`, `line`, `rejected_because`.

        Raises:
            InputError: a file of the lake is damaged.
        """
        columns = ["block_id", "line", "rejected_because"]
        lines = _read(self.parquet_files("lines"), columns)
        is_wanted = pl.col("block_id").is_in(blocks.unique().implode())
        return lines.filter(is_wanted & pl.col("rejected_because").is_not_null()).unique()

    def begun_files(self) -> dict[str, int]:
        """Files that a killed run began and did not end: content key, documents committed."""
        files = self.parquet_files("documents")
        if not files:
            return {}
        counts = _read(files, ["file_id", "document"]).group_by("file_id").max()
        ended = self.known_files().select("file_id")
        return dict(counts.join(ended, on="file_id", how="anti").iter_rows())

    @contextmanager
    def writer(self, batch_bytes: int) -> Iterator["Writer"]:
        """A writer that commits a batch whenever it holds `batch_bytes` of input, and at the end.

        The caller holds the warehouse's lock.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._remove_what_is_past()
        writer = Writer(self.folder, self._next_number(), batch_bytes)
        try:
            yield writer
            writer.commit()
        finally:
            writer.discard()
        self._compact()

    @contextmanager
    def batch(self) -> Iterator[Path]:
        """A folder for the next batch, which the caller fills: a table each, a file or a folder.

        It is committed when the block ends well, and else is gone. The caller holds the lock.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._remove_what_is_past()
        number = self._next_number()
        final = self.folder / _name(number, number)
        # A name of its own: a job that goes on after its run was killed must not write into it.
        aside = final.with_name(f".{final.name}.{uuid4().hex}.tmp")
        aside.mkdir()
        try:
            yield aside
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        commit_folder(aside, final)
        self._compact()

    def tidy(self) -> None:
        """Finish what a killed run left: its leftovers go, and small batches become one.

        The caller holds the warehouse's lock.
        """
        self._remove_what_is_past()
        self._compact()

    def _remove_what_is_past(self) -> None:
        remove_leftovers(self.folder)
        for covered in set(self._folders()) - set(self.batches()):
            shutil.rmtree(covered)

    def _next_number(self) -> int:
        batches = self.batches()
        return _span(batches[-1])[1] + 1 if batches else 1

    def _compact(self) -> None:
        """Make one batch of the small ones at the end, if they are many."""
        small: list[Path] = []
        for batch in reversed(self.batches()):
            if sum(file.stat().st_size for file in batch.rglob("*")) > _LARGE_BATCH:
                break
            small.insert(0, batch)
        if len(small) <= MOST_SMALL_BATCHES:
            return
        name = _name(_span(small[0])[0], _span(small[-1])[1])
        self._rewrite(small, name, VERSION)

    def _rewrite(self, batches: list[Path], name: str, version: int) -> None:
        """Write rows of `batches`, all of one version, as one batch that covers them."""
        remove_leftovers(self.folder)
        together = _Tables(self.folder / name)
        try:
            for batch in batches:
                for table in TABLES:
                    for file in self.parts(batch, table):
                        for rows in _row_groups(file, version):
                            together.append(table, brought_forward(table, rows, version))
            together.commit()
        except BaseException:
            together.discard()
            raise


class Writer:
    """Writes batches of about the same size, one after the other."""

    def __init__(self, folder: Path, number: int, batch_bytes: int) -> None:
        self._folder = folder
        self._number = number
        self._batch_bytes = batch_bytes
        self._held_bytes = 0
        self._tables: _Tables | None = None

    def append(self, input_bytes: int, **tables: pa.Table) -> None:
        """Add rows to the tables of `TABLES`, each of its own schema, that `input_bytes` gave.

        Rows that are appended together are committed together.
        """
        if self._tables is None:
            self._tables = _Tables(self._folder / _name(self._number, self._number))
        for name, rows in tables.items():
            self._tables.append(name, rows)
        self._held_bytes += input_bytes
        if self._held_bytes >= self._batch_bytes:
            self.commit()

    def commit(self) -> None:
        """Make what was appended part of the lake."""
        if self._tables is not None:
            self._tables.commit()
            self._tables = None
            self._number += 1
            self._held_bytes = 0

    def discard(self) -> None:
        """Remove what was appended since the last commit."""
        if self._tables is not None:
            self._tables.discard()


class _Tables:
    """The Parquet files of one batch, written aside."""

    def __init__(self, final: Path) -> None:
        self._final = final
        self._folder = final.with_name(f".{final.name}.tmp")
        self._folder.mkdir()
        self._writers = {
            name: pq.ParquetWriter(
                self._folder / f"{name}.parquet",
                schema,
                compression="zstd",
                use_dictionary=[c for c in schema.names if c not in _ALL_DIFFERENT],
                store_decimal_as_integer=True,
            )
            for name, schema in TABLES.items()
        }

    def append(self, table: str, rows: pa.Table) -> None:
        if rows.num_rows:
            with naming(self._folder.parent):
                self._writers[table].write_table(rows.cast(TABLES[table]))

    def commit(self) -> None:
        self._close()
        commit_folder(self._folder, self._final)

    def discard(self) -> None:
        for writer in self._writers.values():
            with suppress(OSError):  # the disk may be full, and what is written is not wanted
                writer.close()
            writer.is_open = False  # or it would try again when it is forgotten
        shutil.rmtree(self._folder, ignore_errors=True)

    def _close(self) -> None:
        with naming(self._folder.parent):
            for writer in self._writers.values():
                writer.close()


def _row_groups(file: Path, version: int) -> Iterator[pa.Table]:
    if version < VERSION and not file.exists():
        return  # a table that there was not yet
    try:
        yield from map(pa.table, pq.ParquetFile(file).iter_batches())
    except pa.ArrowException as error:
        raise damaged([file], error) from error


def _read(files: list[Path], columns: list[str]) -> pl.DataFrame:
    try:
        return pl.read_parquet(files, columns=columns, glob=False)
    except pl.exceptions.PolarsError as error:
        raise damaged(files, error) from error


def damaged(files: list[Path], error: Exception) -> InputError:
    """The error that names the file of the lake which cannot be read."""
    for file in files:
        try:
            pq.read_table(file)
        except (pa.ArrowException, OSError):
            return InputError(f"{file}: damaged; restore it, or remove the lake and parse anew")
    return InputError(f"{files[0].parent.parent}: {str(error).splitlines()[0]}")


def _span(batch: Path) -> tuple[int, int]:
    """The first and the last number that a batch covers."""
    first, last, _ = _NAME.fullmatch(batch.name).groups()  # type: ignore[union-attr]
    return int(first), int(last or first)


def _version(batch: Path) -> int:
    """The version of a batch: as its name says, or that of the first release and before it."""
    named = _NAME.fullmatch(batch.name).group(3)  # type: ignore[union-attr]
    if named:
        return int(named)
    if (batch / "damage.parquet").exists():
        return 1
    try:
        return int("member" in pq.read_schema(batch / "documents.parquet").names)
    except (OSError, pa.ArrowException):
        return 1  # it is damaged, and whoever reads it will say so


def _name(first: int, last: int, *, is_upgraded: bool = False) -> str:
    """What a batch of this version is called."""
    span = f"{first:08}" if first == last else f"{first:08}-{last:08}"
    return f"batch-{span}-v{VERSION}" if is_upgraded or VERSION > 1 else f"batch-{span}"


def _place(batch: Path) -> tuple[int, int, int]:
    """Where a batch stands in the lake: before those that it covers."""
    first, last = _span(batch)
    return first, -last, -_version(batch)
