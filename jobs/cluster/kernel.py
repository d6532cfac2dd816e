"""What workers run: whole files in, the rows of their documents and lines out.

It is shipped to the workers, with `jobs.snapshot`, and knows nothing of Spark.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

import polars as pl
import pyarrow as pa

from jobs.snapshot.containers.found import MEGABYTE, Limits
from jobs.snapshot.parse import parse
from jobs.snapshot.portions import Portions, Seen
from jobs.snapshot.schemas import DAMAGE, DOCUMENTS, LINES

_PORTION_BYTES = 16 * MEGABYTE

READ = pa.schema([("path", pa.string()), ("file_id", pa.string()), ("document_count", pa.int32())])
"""One row a file that was read to its end: its name, its content key, the documents it gave."""


def _without_large_strings(schema: pa.Schema) -> pa.StructType:
    """The fields of `schema` as Spark has them."""
    small = {pa.large_string(): pa.string()}
    return pa.struct([(field.name, small.get(field.type, field.type)) for field in schema])


PARSED = pa.schema(
    [
        ("files", _without_large_strings(READ)),
        ("documents", _without_large_strings(DOCUMENTS)),
        ("lines", _without_large_strings(LINES)),
        ("damage", _without_large_strings(DAMAGE)),
    ]
)
"""What the kernel gives back, since a task gives one table: a row of one of four kinds, in the
column of its kind; the others are null."""


def kernel(
    limits: Limits, store: str = ""
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """The function that a task runs over its files.

    Args:
        limits: what a document, and what compression, may ask for.
        store: as of `plain_path`.

    Returns:
        From batches of files (`path`, `content`) to batches of `PARSED`.
    """

    def parsed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        portions = Portions(pl.DataFrame(), Seen(set(), {}), limits, _PORTION_BYTES)
        counts: Counter[str] = Counter()
        for portion in portions.of_contents(_contents(batches, store)):
            found = parse(portion.documents())
            counts.update(found.documents["file_id"].to_pylist())
            read = [
                {**file, "document_count": counts[file["file_id"]]}
                for file in portion.files().select(["path", "file_id"]).to_pylist()
            ]
            yield from _rows("documents", found.documents)
            yield from _rows("lines", found.lines)
            yield from _rows("damage", portion.damaged_spans())
            yield from _rows("files", pa.Table.from_pylist(read, READ))

    return parsed


def _contents(batches: Iterable[pa.RecordBatch], store: str) -> Iterator[tuple[str, bytes]]:
    for batch in batches:
        for path, content in zip(batch["path"], batch["content"], strict=True):
            yield plain_path(path.as_py(), store), content.as_py()


def plain_path(path: str, store: str = "") -> str:
    """A file's name in the lake: of one on a file system its path, else its address.

    Args:
        path: what an engine calls it. Spark writes `file:/data/a.txt` and `s3a://crawl/a.txt`, Sail
            `data/a.txt` and `a.txt`.
        store: how the address of the file begins, such as `s3a://crawl`; empty on a file system.
    """
    if path.startswith("file:"):
        return "/" + unquote(path.removeprefix("file:")).lstrip("/")
    return path if "://" in path else f"{store}/{path.lstrip('/')}"


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
