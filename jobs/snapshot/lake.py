"""The lake: append-only Parquet batches, each committed by one rename.

A batch is a folder `batch-00000001` with `files.parquet`, `documents.parquet` and `lines.parquet`.
It is written under a hidden name and renamed when it is whole, so a batch is there or it is not.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.files import commit_folder, remove_leftovers
from jobs.snapshot.schemas import DOCUMENTS, FILES, LINES

TABLES = {"files": FILES, "documents": DOCUMENTS, "lines": LINES}


class Lake:
    """The batches in one folder. Reading needs no lock; writing does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def batches(self) -> list[Path]:
        """The committed batches, oldest first."""
        return sorted(self.folder.glob("batch-*"))

    def parquet_files(self, table: str) -> list[Path]:
        """The files of one table, oldest batch first."""
        return [batch / f"{table}.parquet" for batch in self.batches()]

    def known_files(self) -> pl.DataFrame:
        """The newest sighting of every path and content: `FILES` and its `batch`, in order."""
        sightings = [
            pl.read_parquet(file).with_columns(batch=pl.lit(number, pl.UInt32))
            for number, file in enumerate(self.parquet_files("files"))
        ]
        if not sightings:
            empty = pl.DataFrame(FILES.empty_table())
            return empty.with_columns(batch=pl.lit(None, pl.UInt32))
        return pl.concat(sightings).unique(["path", "file_id"], keep="last", maintain_order=True)

    @contextmanager
    def batch(self) -> Iterator["Batch"]:
        """A batch to write to; it is committed when the block ends well, and else is gone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(self.folder)
        newest = max(
            (int(batch.name.removeprefix("batch-")) for batch in self.batches()), default=0
        )
        final = self.folder / f"batch-{newest + 1:08}"
        written = self.folder / f".{final.name}.tmp"
        written.mkdir()
        try:
            with Batch(written) as batch:
                yield batch
        except BaseException:
            shutil.rmtree(written, ignore_errors=True)
            raise
        commit_folder(written, final)


class Batch:
    """The three tables of one batch, open for writing."""

    def __init__(self, folder: Path) -> None:
        self._writers = {
            name: pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd")
            for name, schema in TABLES.items()
        }

    def append(self, **tables: pa.Table) -> None:
        """Add rows to `files`, `documents` or `lines`, each of its own schema."""
        for name, table in tables.items():
            if table.num_rows:
                self._writers[name].write_table(table.cast(TABLES[name]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            writer.close()
