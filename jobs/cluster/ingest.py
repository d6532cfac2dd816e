"""The parse on a cluster: what is new under the given sources goes into the same lake."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.cluster.engine import Cluster
from jobs.cluster.kernel import PARSED, READ
from jobs.errors import InputError
from jobs.settings import Warehouse
from jobs.snapshot.capture_times import SIDECAR
from jobs.snapshot.containers.found import Limits
from jobs.snapshot.documents import SUFFIXES
from jobs.snapshot.ingest import Ingested, Options, Progress, unseen
from jobs.snapshot.lake import Lake
from jobs.snapshot.schemas import DAMAGE, DOCUMENTS, FILES, LINES
from jobs.snapshot.sources import Selection, named

_BATCH_BYTES = 1 << 40
_BATCH_FILES = 10_000
"""What is committed at once: what a killed run loses, and parses again."""

_REFUSALS_TOLD = 1_000

_LARGEST_FILE = 2_000_000_000
"""Files travel to the workers as single values, which have this limit."""


def ingest_remotely(
    sources: Sequence[str],
    cluster: Cluster,
    warehouse: Warehouse,
    options: Options,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Ingested:
    """Parse on `cluster` the files under `sources` that the lake does not hold yet.

    As `jobs.snapshot.ingest.ingest`: a file is known by the same marks, and a batch is committed by
    one rename. The lake lies on a file system that the workers share.

    Args:
        sources: files and folders as the cluster names them, such as `/data/pages` or `s3a://...`.
        cluster: who reads and parses them.
        warehouse: whose lake it goes into; the caller holds its lock.
        options: which of the files, and how.
        progress: told how far it has come, after each batch.

    Raises:
        InputError: a source is missing, a file is too large to travel, or the cluster failed; what
            was committed before stays.
    """
    lake = Lake(warehouse.lake)
    lake.upgrade()
    found = _found(sources, cluster, warehouse.root, options.selection)
    known = lake.known_files()
    new = unseen(found, known)[: options.selection.limit]
    result = Ingested(files_found=found.height, files_unchanged=found.height - new.height)
    _refuse_giants(new)
    batch = _Batch(cluster, options.limits, set(known["file_id"]), result)
    done, in_all = 0, int(new["size"].sum())
    for files in _batches(new):
        with lake.batch() as aside:
            batch.fill(aside, files)
        done += int(files["size"].sum())
        progress(Progress(done, in_all, result.documents))
    return result


def _found(
    sources: Sequence[str], cluster: Cluster, home: Path, selection: Selection
) -> pl.DataFrame:
    """What `sources.find_files` gives, listed by the cluster."""
    listed = cluster.files(sources).rename({"path": "name"})
    sidecars = [name for name in listed["name"].to_list() if name.rpartition("/")[2] == SIDECAR]
    for sidecar in sidecars:
        if "://" in sidecar:
            raise InputError(
                f"{sidecar}: a captures.csv is read from a shared file system only; move it away,"
                " and put ISO dates into the paths of the files instead"
            )
    lower = pl.col("name").str.to_lowercase()
    is_taken = pl.any_horizontal(lower.str.ends_with(suffix) for suffix in SUFFIXES)
    files = listed.filter(is_taken | pl.col("name").is_in(list(sources))).with_columns(
        location=pl.col("name").cast(pl.Binary)
    )
    return named(files, sidecars, home, selection)


def _refuse_giants(files: pl.DataFrame) -> None:
    for path, size in files.filter(pl.col("size") > _LARGEST_FILE).select("path", "size").rows():
        raise InputError(
            f"{path}: {size:,} bytes are too much for one value on a cluster"
            f" (at most {_LARGEST_FILE:,}); split it, or parse it without --remote"
        )


def _batches(files: pl.DataFrame) -> Iterator[pl.DataFrame]:
    number = (files["size"].cum_sum() // _BATCH_BYTES).rename("by_size")
    for _, portion in files.group_by(number, maintain_order=True):
        yield from portion.iter_slices(_BATCH_FILES)


@dataclass
class _Batch:
    """What fills the folder of a batch, and makes sure that nothing in it is missing or double."""

    cluster: Cluster
    limits: Limits
    held: set[str]
    """Content keys that the lake holds."""

    result: Ingested

    def fill(self, aside: Path, files: pl.DataFrame) -> None:
        """Parse `files` into the folder `aside`.

        Raises:
            InputError: the cluster did not give back every file and every document once.
        """
        cluster, parsed = self.cluster, aside / "parsed"
        cluster.parse(files["name"].to_list(), self.limits, parsed)
        cluster.read("psx_parsed", [parsed], PARSED)
        every = pl.DataFrame(cluster.table(_rows_of("files", READ)))
        read = every.unique()  # Sail 0.7 reads a file twice that ends one task and begins the next
        self._must_agree("files", sorted(read["path"]), sorted(files["name"]))
        fresh = read.unique("file_id").filter(~pl.col("file_id").is_in(list(self.held)))
        only = ""
        if fresh.height < every.height:  # content that is there twice counts once
            cluster.give("psx_fresh", fresh.select("file_id").to_arrow())
            only = "file_id in (select file_id from psx_fresh)"
        documents = _rows_of("documents", DOCUMENTS, only)
        cluster.keep("psx_documents", documents, aside / "documents.parquet")
        cluster.keep("psx_lines", _rows_of("lines", LINES, once=True), aside / "lines.parquet")
        damage = cluster.table(_rows_of("damage", DAMAGE, only)).cast(DAMAGE)
        pq.write_table(damage, aside / "damage.parquet", compression="zstd")
        sightings = files.join(read, left_on="name", right_on="path").select(FILES.names)
        pq.write_table(
            sightings.to_arrow().cast(FILES), aside / "files.parquet", compression="zstd"
        )
        self._must_agree("documents", self._count(), int(fresh["document_count"].sum()))
        self._tell_refusals(dict(sightings.select("file_id", "path").iter_rows()))
        self.result.damaged_spans += damage.num_rows
        self.result.files_parsed += fresh.height
        self.result.files_moved += files.height - fresh.height
        self.held |= set(fresh["file_id"])
        shutil.rmtree(parsed)

    def _count(self) -> int:
        """Add what was parsed to the result; the number of documents."""
        counts = self.cluster.table(
            "select count(*) as documents,"
            " count(*) filter (where outcome = 'block') as blocks,"
            " coalesce(sum(accepted_line_count), 0) as accepted,"
            " coalesce(sum(rejected_line_count), 0) as rejected"
            " from psx_documents"
        ).to_pylist()[0]
        self.result.documents += counts["documents"]
        self.result.blocks += counts["blocks"]
        self.result.lines_accepted += counts["accepted"]
        self.result.lines_rejected += counts["rejected"]
        return int(counts["documents"])

    def _tell_refusals(self, paths: dict[str, str]) -> None:
        found = self.cluster.table(
            "select file_id, document, refused_because from psx_documents"
            f" where refused_because is not null order by file_id, document limit {_REFUSALS_TOLD}"
        )
        self.result.refused += [
            f"{paths[row['file_id']]} document {row['document']}: {row['refused_because']}"
            for row in found.to_pylist()
        ]

    def _must_agree(self, what: str, came: object, expected: object) -> None:
        if came != expected:
            raise InputError(
                f"{self.cluster.url}: the cluster gave back other {what} than it was sent;"
                " nothing half done is kept; run again"
            )


def _rows_of(kind: str, schema: pa.Schema, only: str = "", *, once: bool = False) -> str:
    """The rows of one kind among all that the kernel gave, under a condition on their columns."""
    columns = ", ".join(f"{kind}.{name} as {name}" for name in schema.names)
    rows = f"select {columns} from psx_parsed where {kind} is not null"
    if only or once:
        rows = f"select distinct * from ({rows}) as rows_of_kind" + (
            f" where {only}" if only else ""
        )
    return rows
