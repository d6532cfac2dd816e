"""The nightly parse: what is new under the given paths goes into the lake."""

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl

from jobs.snapshot.containers.found import MEGABYTE, Limits
from jobs.snapshot.documents import look
from jobs.snapshot.lake import Lake, Writer
from jobs.snapshot.lost_tickers import lost_tickers
from jobs.snapshot.parse import Parsed, parse
from jobs.snapshot.portions import Portion, Portions, Seen
from jobs.snapshot.sources import ALL_FILES, Remarks, Selection, find_files, recognised

_PORTION_BYTES = 16 * MEGABYTE
_PARSERS = 2
_AHEAD = 3
"""Portions that may wait to be parsed or written: what bounds memory, and keeps both cores busy."""


class Progress(NamedTuple):
    """How far a parse has come."""

    bytes_done: int
    bytes_in_all: int
    documents: int


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
    damaged_spans: int = 0
    refused: list[str] = field(default_factory=list)
    """One sentence a file, or a document of one, that could not be read."""

    remarks: Remarks = field(default_factory=Remarks)
    """Files that were passed over, and warnings."""


@dataclass(frozen=True)
class Options:
    """How a parse is done."""

    batch_megabytes: int = 256
    """How much input makes a batch."""

    limits: Limits = Limits()  # noqa: RUF009 - it is frozen
    selection: Selection = ALL_FILES


def ingest(
    paths: Sequence[Path],
    lake: Lake,
    home: Path,
    options: Options = Options(),
    progress: Callable[[Progress], None] = lambda _: None,
) -> Ingested:
    """Parse the files under `paths` that the lake does not hold yet.

    A file is known by path, size, modification time and stated capture time; failing that, by its
    content, and then only the new sighting is recorded. One thread reads, two parse and one writes.
    Batches are committed as they fill, so a kill loses at most the batch at hand, and the next run
    goes on behind it.

    Args:
        paths: files and folders.
        lake: where to; the caller holds the warehouse's lock.
        home: the warehouse folder, to which names of files are relative.
        options: which of the files, and how.
        progress: told how far it has come, again and again.

    Raises:
        InputError: a path is missing, a `captures.csv` cannot be understood, or the lake is of a
            newer program.
    """
    remarks = Remarks()
    found = find_files(paths, home, options.selection, remarks)
    lake.upgrade()
    known = lake.known_files()
    new, result = begun(found, known, options.selection, remarks)
    if new.is_empty():
        lake.tidy()
        return result
    in_all = int(new["size"].sum())
    progress(Progress(0, in_all, 0))
    batch_bytes = options.batch_megabytes * MEGABYTE
    seen = Seen(set(known["file_id"]), lake.begun_files())
    portions = Portions(new, seen, options.limits, min(_PORTION_BYTES, batch_bytes))
    waiting: deque[Future[None]] = deque()
    with (
        lake.writer(batch_bytes) as batches,
        ThreadPoolExecutor(_PARSERS, "parser") as parsers,
        ThreadPoolExecutor(1, "writer") as writers,
    ):
        for portion in portions:
            parsing = parsers.submit(parse, portion.documents())
            waiting.append(writers.submit(_write, portion, parsing, batches, result))
            if len(waiting) >= _AHEAD:
                waiting.popleft().result()
            progress(Progress(portions.bytes_done, in_all, result.documents))
        while waiting:
            waiting.popleft().result()
    result.files_moved, result.files_parsed = portions.files_moved, portions.files_parsed
    result.refused = portions.refused
    remarks.passed_over.include(portions.passed_over)
    warn_of_lost_tickers(result, lake, known)
    return result


def warn_of_lost_tickers(result: Ingested, lake: Lake, known: pl.DataFrame) -> None:
    """Add what `lost_tickers` warns of; without a page or line that failed, there is nothing."""
    if result.documents > result.blocks or result.lines_rejected:
        result.remarks.warnings += lost_tickers(lake, known)


def begun(
    found: pl.DataFrame, known: pl.DataFrame, selection: Selection, remarks: Remarks
) -> tuple[pl.DataFrame, Ingested]:
    """The files to read of those that were `found`, and the counts at the beginning."""
    unknown = unseen(found, known)
    new = recognised(unknown, remarks.passed_over)
    count = found.height - (unknown.height - new.height)
    new = new[: selection.limit]
    unchanged = count - new.height
    return new, Ingested(files_found=count, files_unchanged=unchanged, remarks=remarks)


class Planned(NamedTuple):
    """One file that a parse would read."""

    path: str
    size: int
    kind: str
    captured: str
    """The capture time that the user states, in Karachi, and where; empty if nobody does."""


def plan(
    paths: Sequence[Path],
    lake: Lake,
    home: Path,
    selection: Selection,
    remarks: Remarks | None = None,
) -> list[Planned]:
    """The files that a parse would read, and what each is taken for; nothing is written.

    `remarks` gets the files that it would pass over, and warnings.

    Raises:
        InputError: as `ingest`.
    """
    remarks = remarks or Remarks()
    found = find_files(paths, home, selection, remarks)
    new, _ = begun(found, lake.known_files(), selection, remarks)
    stated = pl.col("stated_at").dt.convert_time_zone("Asia/Karachi").dt.strftime("%F %R")
    by = pl.concat_str(stated, pl.lit(" by "), "stated_by").fill_null("")
    return [
        Planned(file["path"], file["size"], look(Path(os.fsdecode(file["location"]))), file["by"])
        for file in new.with_columns(by=by).iter_rows(named=True)
    ]


def unseen(found: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The files of which the newest sighting of their path is another one."""
    newest = known.unique("path", keep="last", maintain_order=True)
    sameness = ["path", "size", "modified_ns", "stated_at", "stated_precision", "stated_by"]
    return found.join(newest, on=sameness, how="anti", nulls_equal=True, maintain_order="left")


def _write(portion: Portion, parsing: Future[Parsed], writer: Writer, result: Ingested) -> None:
    parsed = parsing.result()
    writer.append(
        portion.input_bytes,
        files=portion.files(),
        documents=parsed.documents,
        lines=parsed.lines,
        damage=portion.damaged_spans(),
    )
    documents = pl.DataFrame(parsed.documents)
    result.documents += documents.height
    result.blocks += int((documents["outcome"] == "block").sum())
    result.lines_accepted += int(documents["accepted_line_count"].sum())
    result.lines_rejected += int(documents["rejected_line_count"].sum())
    result.damaged_spans += len(portion.damage)
