"""The parse on a cluster: what is new under the given sources goes into the same lake."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.cluster.engine import Cluster, store_of
from jobs.cluster.kernel import PARSED, READ
from jobs.errors import InputError
from jobs.settings import Warehouse
from jobs.snapshot.capture_times import SIDECAR
from jobs.snapshot.containers.found import Limits
from jobs.snapshot.ingest import Ingested, Options, Progress, begun, warn_of_lost_tickers
from jobs.snapshot.kinds import is_sure
from jobs.snapshot.lake import Lake
from jobs.snapshot.passed_over import by_name
from jobs.snapshot.portions import CHANGED, unreadable
from jobs.snapshot.schemas import DAMAGE, DOCUMENTS, FILES, LINES
from jobs.snapshot.sources import Remarks, Selection, find_files, named

_BATCH_BYTES = 1 << 40
_BATCH_FILES = 10_000
"""What is committed at once: what a killed run loses, and parses again."""

_REFUSALS_TOLD = 1_000

_LARGEST_FILE = 2_000_000_000
"""Files on object storage travel to the workers as single values, which have this limit."""


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
        sources: files and folders on a file system that the workers share, or addresses of object
            storage, such as `s3a://...`.
        cluster: who reads and parses them.
        warehouse: whose lake it goes into; the caller holds its lock.
        options: which of the files, and how.
        progress: told how far it has come, after each batch.

    Raises:
        InputError: a source is missing, or the cluster failed; what was committed before stays.
    """
    lake = Lake(warehouse.lake)
    remarks = Remarks()
    found = _found(sources, cluster, warehouse.root, options.selection, remarks)
    lake.upgrade()
    known = lake.known_files()
    new, result = begun(found, known, options.selection, remarks)
    new = _without_giants(new, result)
    batch = _Batch(cluster, options.limits, set(known["file_id"]), lake.begun_files(), result)
    done, in_all = 0, int(new["size"].sum())
    for files in _batches(new):
        with lake.batch() as aside:
            batch.fill(aside, files)
        done += int(files["size"].sum())
        progress(Progress(done, in_all, result.documents))
    warn_of_lost_tickers(result, lake, known)
    return result


def _found(
    sources: Sequence[str], cluster: Cluster, home: Path, selection: Selection, remarks: Remarks
) -> pl.DataFrame:
    """What `sources.find_files` gives; what lies on object storage is listed by the cluster."""
    stored = [source for source in sources if store_of(source)]
    places = [Path(source) for source in sources if not store_of(source)]
    found = find_files(places, home, selection, remarks)
    if not stored:
        return found
    listed = pl.concat([cluster.files(source) for source in stored]).rename({"path": "name"})
    for name in listed["name"].to_list():
        if name.rpartition("/")[2] == SIDECAR:
            raise InputError(
                f"{name}: a captures.csv is read from a shared file system only; move it away,"
                " and put ISO dates into the paths of the files instead"
            )
    is_taken = [name in stored or is_sure(name) for name in listed["name"]]
    for name, taken in zip(listed["name"], is_taken, strict=True):
        if not taken:
            why = by_name(name.rpartition("/")[2])
            remarks.passed_over.add(name, "of unknown suffix" if why is None else why)
    files = listed.filter(pl.Series(is_taken, dtype=pl.Boolean)).with_columns(
        location=pl.col("name").cast(pl.Binary), is_sure=pl.lit(True)
    )
    stated = named(files, [], home, selection, remarks)
    return pl.concat([found, stated], how="diagonal").sort("path")


def _without_giants(files: pl.DataFrame, result: Ingested) -> pl.DataFrame:
    """The files but for those on object storage that are too large to travel, which are told."""
    is_stored = pl.Series([bool(store_of(path)) for path in files["path"]], dtype=pl.Boolean)
    is_giant = is_stored & (files["size"] > _LARGEST_FILE)
    result.refused += [
        f"{path}: {size:,} bytes are too much for one value on a cluster (at most"
        f" {_LARGEST_FILE:,}); split it, or put it on the file system that the workers share"
        for path, size in files.filter(is_giant).select("path", "size").rows()
    ]
    return files.filter(~is_giant)


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

    begun: dict[str, int]
    """As of `portions.Seen`."""

    result: Ingested

    def fill(self, aside: Path, files: pl.DataFrame) -> None:
        """Parse `files` into the folder `aside`.

        Raises:
            InputError: the cluster did not give back every file, document and line once, or sees
                none of the files.
        """
        cluster, parsed = self.cluster, aside / "parsed"
        cluster.parse(files, self.begun, self.limits, parsed)
        cluster.read("psx_parsed", [parsed], PARSED)
        every = pl.DataFrame(cluster.table(_rows_of("files", READ)))
        # Sail 0.7 reads a file twice that ends one task and begins the next.
        read = every.group_by("path", "file_id", "size", "problem").agg(
            pl.col("document_count").max()
        )
        self._must_agree("files", sorted(read["path"]), sorted(files["path"]))
        sound, fresh = self._chosen(read, files)
        cluster.give("psx_fresh", fresh.select("file_id", "path").to_arrow())
        is_double = every.height > read.height
        cluster.keep(
            "psx_documents", _fresh("documents", DOCUMENTS, is_double), aside / "documents.parquet"
        )
        lines = (
            f"select distinct * from ({_rows_of('lines', LINES)}) as found"
            " where block_id in (select block_id from psx_documents)"
        )
        cluster.keep("psx_lines", lines, aside / "lines.parquet")
        for table, schema in (("documents", DOCUMENTS), ("lines", LINES)):
            _fill_if_empty(aside / f"{table}.parquet", schema)
        damage = cluster.table(_fresh("damage", DAMAGE, is_double)).cast(DAMAGE)
        pq.write_table(damage, aside / "damage.parquet", compression="zstd")
        sightings = files.drop("size").join(sound, on="path").select(FILES.names)
        pq.write_table(
            sightings.to_arrow().cast(FILES), aside / "files.parquet", compression="zstd"
        )
        self._must_agree("documents", self._count(), int(fresh["document_count"].sum()))
        self._must_agree("lines", *self._line_counts())
        self._tell_refusals(dict(sightings.select("file_id", "path").iter_rows()))
        self.result.damaged_spans += damage.num_rows
        self.result.files_parsed += fresh.height
        self.result.files_moved += sound.height - fresh.height
        self.held |= set(fresh["file_id"])
        shutil.rmtree(parsed)

    def _chosen(self, read: pl.DataFrame, files: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The files that were read as they were listed, and those of them to take content from.

        The others are told: also those of which the content came under a name that has changed.
        """
        changed = pl.lit(unreadable(CHANGED))
        told = read.join(files.select("path", listed="size"), on="path").with_columns(
            problem=pl.when(pl.col("size") != pl.col("listed"))
            .then(changed)
            .otherwise(pl.col("problem"))
        )
        bad = told.filter(pl.col("problem").is_not_null()).sort("path")
        if bad["problem"].str.contains("No such file", literal=True).sum() == files.height:
            raise InputError(
                f"{self.cluster.url}: the workers see none of the files, such as {bad['path'][0]};"
                " they must lie there under the same paths as here"
            )
        sound = told.filter(pl.col("problem").is_null()).drop("listed", "problem")
        is_held = pl.col("file_id").is_in(list(self.held))
        fresh = (
            sound.filter(pl.col("document_count").is_not_null() & ~is_held)
            .sort("path")
            .unique("file_id", keep="first", maintain_order=True)
        )
        is_there = is_held | pl.col("file_id").is_in(fresh["file_id"].to_list())
        orphans = sound.filter(~is_there).sort("path").with_columns(problem=changed)
        self.result.refused += [
            f"{path}: {because}"
            for frame in (bad, orphans)
            for path, because in frame.select("path", "problem").rows()
        ]
        return sound.filter(is_there), fresh

    def _line_counts(self) -> tuple[int, int]:
        """How many lines came, and how many the documents tell of."""
        counts = self.cluster.table(
            "select (select count(*) from psx_lines) as came, coalesce(sum(told), 0) as told from"
            " (select max(ticker_line_count) as told from psx_documents"
            " where block_id is not null group by block_id) as blocks"
        ).to_pylist()[0]
        return counts["came"], counts["told"]

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


def _fill_if_empty(folder: Path, schema: pa.Schema) -> None:
    """Write a file without rows where an engine wrote none: Sail does so."""
    if not any(folder.glob("*.parquet")):
        folder.mkdir(exist_ok=True)
        pq.write_table(schema.empty_table(), folder / "part-0.parquet")


def _rows_of(kind: str, schema: pa.Schema) -> str:
    """The rows of one kind among all that the kernel gave."""
    columns = ", ".join(f"{kind}.{name} as {name}" for name in schema.names)
    return f"select {columns} from psx_parsed where {kind} is not null"


def _fresh(kind: str, schema: pa.Schema, is_double: bool) -> str:
    """The rows of one kind that come from the files in `psx_fresh`, each once."""
    columns = ", ".join(f"found.{name} as {name}" for name in schema.names)
    return (
        f"select {'distinct ' * is_double}{columns}"
        f" from ({_rows_of(kind, schema.append(pa.field('path', pa.string())))}) as found"
        " join psx_fresh as fresh on found.file_id = fresh.file_id and found.path = fresh.path"
    )
