"""The nightly parse: what is new under the given paths goes into the lake."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa

from jobs.snapshot.documents import Document, Refused, content_key, read_document
from jobs.snapshot.lake import Lake
from jobs.snapshot.parse import parse
from jobs.snapshot.schemas import DOCUMENT_TEXTS, DOCUMENTS, FILES
from jobs.snapshot.sources import find_files

_MEGABYTE = 1 << 20


@dataclass
class Ingested:
    """What a parse found and did, as counts."""

    files_found: int = 0
    files_unchanged: int = 0
    files_moved: int = 0
    """Content that the lake holds already, under another name or with another capture time."""

    files_parsed: int = 0
    documents: int = 0
    blocks: int = 0
    lines_accepted: int = 0
    lines_rejected: int = 0
    refused: list[str] = field(default_factory=list)
    """One sentence a file that could not be read."""


@dataclass
class _Portion:
    """Files read but not yet committed."""

    sightings: list[dict[str, object]] = field(default_factory=list)
    texts: list[dict[str, object]] = field(default_factory=list)
    refusals: list[dict[str, object]] = field(default_factory=list)
    size: int = 0


def ingest(
    paths: Sequence[Path],
    lake: Lake,
    home: Path,
    batch_megabytes: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Ingested:
    """Parse the files under `paths` that the lake does not hold yet.

    A file is known by path, size, modification time and stated capture time; failing that, by its
    content, and then only the new sighting is recorded. Batches are committed as they fill, so a
    kill loses at most the batch at hand, and the next run starts with it.

    Args:
        paths: files and folders.
        lake: where to; the caller holds the warehouse's lock.
        home: the warehouse folder, to which names of files are relative.
        batch_megabytes: how much text makes a batch.
        progress: told the bytes done and the bytes to do.

    Raises:
        InputError: a path is missing, or a `captures.csv` cannot be understood.
    """
    found = find_files(paths, home)
    known = lake.known_files()
    new = _unseen(found, known)
    result = Ingested(files_found=found.height, files_unchanged=found.height - new.height)
    seen_content = set(known["file_id"])
    done, total = 0, int(new["size"].sum())
    progress(done, total)
    for portion in _portions(new, seen_content, result, batch_megabytes * _MEGABYTE):
        _commit(portion, lake, result)
        done += portion.size
        progress(done, total)
    return result


def _unseen(found: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The files of which the newest sighting of their path is another one."""
    newest = known.sort("batch", maintain_order=True).unique("path", keep="last")
    sameness = ["path", "size", "modified_ns", "stated_at", "stated_precision", "stated_by"]
    return found.join(newest, on=sameness, how="anti", nulls_equal=True, maintain_order="left")


def _portions(
    files: pl.DataFrame, seen_content: set[str], result: Ingested, limit: int
) -> Iterator[_Portion]:
    portion = _Portion()
    for file in files.iter_rows(named=True):
        _read(file, portion, seen_content, result)
        if portion.size >= limit:
            yield portion
            portion = _Portion()
    if portion.sightings:
        yield portion


def _read(
    file: dict[str, object], portion: _Portion, seen_content: set[str], result: Ingested
) -> None:
    path = str(file["path"])
    try:
        content = Path(str(file["location"])).read_bytes()
    except OSError as error:
        result.refused.append(
            f"{path}: cannot be read ({error.strerror}); it is tried again next time"
        )
        return
    file_id = content_key(content)
    portion.sightings.append({**file, "size": len(content), "file_id": file_id})
    portion.size += len(content)
    if file_id in seen_content:
        result.files_moved += 1
        return
    seen_content.add(file_id)
    result.files_parsed += 1
    match read_document(content):
        case Document(text, document_id):
            portion.texts.append(
                {"file_id": file_id, "document": 1, "document_id": document_id, "text": text}
            )
        case Refused(because):
            result.refused.append(f"{path}: {because}")
            portion.refusals.append(
                {
                    "file_id": file_id,
                    "document": 1,
                    "document_id": file_id,
                    "outcome": "refused",
                    "refused_because": because,
                }
                | {name: 0 for name in DOCUMENTS.names if name.endswith("_line_count")}
            )


def _commit(portion: _Portion, lake: Lake, result: Ingested) -> None:
    parsed = parse(pa.Table.from_pylist(portion.texts, schema=DOCUMENT_TEXTS))
    refused = pa.Table.from_pylist(portion.refusals, schema=DOCUMENTS)
    with lake.batch() as batch:
        batch.append(
            files=pa.Table.from_pylist(portion.sightings, schema=FILES),
            documents=pa.concat_tables([parsed.documents, refused]),
            lines=parsed.lines,
        )
    documents = pl.DataFrame(parsed.documents)
    result.documents += documents.height + refused.num_rows
    result.blocks += int((documents["outcome"] == "block").sum())
    result.lines_accepted += int(documents["accepted_line_count"].sum())
    result.lines_rejected += int(documents["rejected_line_count"].sum())
