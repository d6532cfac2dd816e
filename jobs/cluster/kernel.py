"""What workers run: files in, the rows of their documents and lines out.

It is shipped to the workers, with `jobs.snapshot`, and knows nothing of Spark.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

import polars as pl
import pyarrow as pa

from jobs.snapshot.containers.found import MEGABYTE, Limits
from jobs.snapshot.parse import parse
from jobs.snapshot.portions import Portion, Portions, Seen
from jobs.snapshot.schemas import DAMAGE, DOCUMENTS, LINES

_PORTION_BYTES = 16 * MEGABYTE

PLACES = pa.schema(
    [
        ("path", pa.string()),
        ("location", pa.binary()),
        ("size", pa.int64()),
        ("modified_ns", pa.int64()),
    ]
)
"""Files on a shared file system, as `sources.find_files` has them."""

READ = pa.schema(
    [
        ("path", pa.string()),
        ("file_id", pa.string()),
        ("size", pa.int64()),
        ("document_count", pa.int32()),
        ("problem", pa.string()),
    ]
)
"""One row a file: its name in the lake, its content key, the bytes read and the documents that
came of it: null if the same task had the same content under another name. A file that could not be
read has a problem in place of all that."""


def _without_large_strings(schema: pa.Schema) -> pa.StructType:
    """The fields of `schema` as Spark has them."""
    small = {pa.large_string(): pa.string()}
    return pa.struct([(field.name, small.get(field.type, field.type)) for field in schema])


_PATH = pa.field("path", pa.string())

PARSED = pa.schema(
    [
        ("files", _without_large_strings(READ)),
        ("documents", _without_large_strings(DOCUMENTS.append(_PATH))),
        ("lines", _without_large_strings(LINES)),
        ("damage", _without_large_strings(DAMAGE.append(_PATH))),
    ]
)
"""What the kernel gives back, since a task gives one table: a row of one of four kinds, in the
column of its kind; the others are null. Documents and damage tell the path that they come from."""

Kernel = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def of_places(limits: Limits, begun: Mapping[str, int]) -> Kernel:
    """The function that a task runs over files which it opens itself.

    Args:
        limits: what a document, and what compression, may ask for.
        begun: as of `portions.Seen`.

    Returns:
        From batches of `PLACES` to batches of `PARSED`.
    """

    def parsed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        nobody_says = [pl.lit(None).alias(f"stated_{what}") for what in ("at", "precision", "by")]
        places = [pa.table(batch).cast(PLACES) for batch in batches]
        files = pl.DataFrame(pa.concat_tables([PLACES.empty_table(), *places]))
        files = files.sort("path").with_columns(nobody_says)
        portions = _portions(files, limits, begun)
        yield from _parsed(portions, portions)

    return parsed


def of_contents(limits: Limits, begun: Mapping[str, int], store: str) -> Kernel:
    """The function that a task runs over whole files that the engine has read.

    Args:
        limits: what a document, and what compression, may ask for.
        begun: as of `portions.Seen`.
        store: as of `address`.

    Returns:
        From batches of files (`path`, `content`) to batches of `PARSED`.
    """

    def parsed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        portions = _portions(pl.DataFrame(), limits, begun)
        contents = (
            (address(path.as_py(), store), content.as_py())
            for batch in batches
            for path, content in zip(batch["path"], batch["content"], strict=True)
        )
        yield from _parsed(portions, portions.of_contents(contents))

    return parsed


def address(path: str, store: str) -> str:
    """The whole address of a file on object storage.

    Args:
        path: what an engine calls it: Spark `s3a://crawl/2024/a.txt`, Sail `2024/a.txt`.
        store: how the address begins: `s3a://crawl`.
    """
    return path if "://" in path else f"{store}/{path.lstrip('/')}"


def _portions(files: pl.DataFrame, limits: Limits, begun: Mapping[str, int]) -> Portions:
    seen = Seen(set(), dict(begun))
    return Portions(files, seen, limits, _PORTION_BYTES, are_kept=False)


def _parsed(portions: Portions, cut: Iterable[Portion]) -> Iterator[pa.RecordBatch]:
    counts: Counter[str] = Counter()
    for portion in cut:
        found = parse(portion.documents())
        documents = _with_path(found.documents, portions)
        counts.update(documents["path"].to_pylist())
        yield from _rows("documents", documents)
        yield from _rows("lines", found.lines)
        yield from _rows("damage", _with_path(portion.damaged_spans(), portions))
        read = portion.files().select(["path", "file_id", "size"]).to_pylist()
        for file in read:
            if portions.parsed_from[file["file_id"]] == file["path"]:
                file["document_count"] = counts[file["path"]]
        yield from _rows("files", pa.Table.from_pylist(read, READ))
    unread = [{"path": path, "problem": because} for path, because in portions.unread.items()]
    yield from _rows("files", pa.Table.from_pylist(unread, READ))


def _with_path(rows: pa.Table, portions: Portions) -> pa.Table:
    paths = [portions.parsed_from[file_id] for file_id in rows["file_id"].to_pylist()]
    return rows.append_column(_PATH, pa.array(paths, _PATH.type))


def _rows(kind: str, rows: pa.Table) -> Iterator[pa.RecordBatch]:
    column = PARSED.field(kind).type
    for batch in rows.cast(pa.schema(list(column))).to_batches():
        structs = pa.StructArray.from_arrays(batch.columns, fields=list(column))
        yield pa.RecordBatch.from_arrays(
            [
                structs if field.name == kind else pa.nulls(len(structs), field.type)
                for field in PARSED
            ],
            schema=PARSED,
        )
