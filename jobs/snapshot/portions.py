"""Files to portions: documents gathered over many small files, or cut from one large one."""

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from xxhash import xxh3_128, xxh3_128_hexdigest

from jobs.snapshot.containers.found import MEGABYTE, PAGES, Limits, Page, Reading
from jobs.snapshot.documents import read_documents
from jobs.snapshot.passed_over import PassedOver
from jobs.snapshot.schemas import DAMAGE, DOCUMENT_TEXTS, FILES

_PAGES_IN_PLACE = pa.schema([("file_id", pa.string()), ("document", pa.int32()), *PAGES])
_SMALL = 16 * MEGABYTE
"""Files up to this size are read whole; larger ones are streamed, and once more for their key."""


CHANGED = "it changed while it was read"


class _File(NamedTuple):
    """A file to read: columns of `sources.find_files`."""

    location: bytes
    path: str
    size: int
    modified_ns: int
    stated_at: datetime | None
    stated_precision: str | None
    stated_by: str | None


class Portion:
    """What is parsed at once, and written together."""

    def __init__(self) -> None:
        self.input_bytes = 0
        self.text_bytes = 0
        self.sightings: list[tuple[object, ...]] = []
        self.damage: list[tuple[object, ...]] = []
        self._pages: list[tuple[object, ...]] = []
        self._tables: list[pa.Table] = []

    def add(self, file_id: str, number: int, found: Page | pa.Table) -> None:
        """Add documents of a file, the first of which is the document `number` of it."""
        if isinstance(found, Page):
            self._pages.append((file_id, number, *found))
            self.text_bytes += len(found.text or b"")
            return
        self._gather()
        place = {
            "file_id": pa.repeat(file_id, found.num_rows),
            "document": pa.array(range(number, number + found.num_rows), pa.int32()),
        }
        self._tables.append(pa.table(place | dict(zip(PAGES.names, found.columns, strict=True))))
        self.text_bytes += found["text"].nbytes

    def drop(self, file_id: str) -> None:
        """Take the documents of a file out again."""
        self._gather()
        self._tables = [t.filter(pc.not_equal(t["file_id"], file_id)) for t in self._tables]
        self.text_bytes = sum(int(table["text"].nbytes) for table in self._tables)

    def documents(self) -> pa.Table:
        """All documents in order: `schemas.DOCUMENT_TEXTS`."""
        self._gather()
        tables = [table.select(DOCUMENT_TEXTS.names).cast(DOCUMENT_TEXTS) for table in self._tables]
        return pa.concat_tables([DOCUMENT_TEXTS.empty_table(), *tables])

    def files(self) -> pa.Table:
        """The files of which the last document is in this portion: `schemas.FILES`."""
        return _table(self.sightings, FILES)

    def damaged_spans(self) -> pa.Table:
        """The damage in these files: `schemas.DAMAGE`."""
        return _table(self.damage, DAMAGE)

    def _gather(self) -> None:
        if self._pages:
            self._tables.append(_table(self._pages, _PAGES_IN_PLACE))
            self._pages = []


def _table(rows: list[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    if not rows:
        return schema.empty_table()
    columns = zip(*rows, strict=True)
    return pa.table([_array(c, f) for c, f in zip(columns, schema, strict=True)], schema)


def _array(values: Sequence[object], field: pa.Field) -> pa.Array:
    if field.name != "text":
        return pa.array(values, field.type)
    try:  # by way of bytes, which is quick
        return pa.array(values, pa.large_binary()).cast(field.type)
    except pa.ArrowInvalid:  # somewhere there are bytes that are no UTF-8
        return pa.array(map(_mended, values), field.type)


def _mended(text: object) -> object:
    """A text in which bytes that are no UTF-8 are replacement characters."""
    return text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text


@dataclass
class Seen:
    """What of files the lake holds already."""

    content: set[str]
    """Content keys of files."""

    begun: dict[str, int]
    """Of files that a killed run did not end, by content key: the documents that it committed."""


class Portions:
    """The documents of files, portion by portion, and the counts of what was read."""

    def __init__(
        self,
        files: pl.DataFrame,
        seen: Seen,
        limits: Limits,
        portion_bytes: int,
        *,
        are_kept: bool = True,
    ) -> None:
        """Read `files` (`sources.find_files`) in order, but not content that was seen.

        Args:
            files: what to read.
            seen: what the lake holds; content that is read is added to it.
            limits: what a document, and what compression, may ask for.
            portion_bytes: how much text makes a portion.
            are_kept: whether portions of a file stay even if its end never comes.
        """
        self.bytes_done = 0
        self.files_moved = 0
        self.files_parsed = 0
        self.refused: list[str] = []
        self.passed_over = PassedOver()
        """Members of zips that are no pages."""

        self.unread: dict[str, str] = {}
        """Files that could not be read, by path, and why."""

        self.parsed_from: dict[str, str] = {}
        """By content key, the path under which content was read, and its documents named."""

        self._files = files
        self._seen = seen
        self._limits = limits
        self._portion_bytes = portion_bytes
        self._are_kept = are_kept
        self._portion = Portion()

    def __iter__(self) -> Iterator[Portion]:
        for file in map(_File._make, self._files.select(_File._fields).iter_rows()):
            begins_at = self.bytes_done
            try:
                if file.size <= _SMALL:
                    with open(file.location, "rb", buffering=0) as opened:  # noqa: PTH123 - quick
                        content = opened.read()
                    _refuse_change(file)
                    yield from self._read(content, xxh3_128_hexdigest(content), file)
                else:
                    with open(file.location, "rb") as source:  # noqa: PTH123
                        yield from self._read(source, _content_key(source), file)
            except OSError as error:
                problem = unreadable(error.strerror or str(error))
                self.unread[file.path] = problem
                self.refused.append(f"{file.path}: {problem}")
            self._advance(begins_at + file.size)
        if self._portion.sightings or self._portion.text_bytes:
            yield self._cut()

    def of_contents(self, contents: Iterable[tuple[str, bytes]]) -> Iterator[Portion]:
        """The portions of files that somebody else reads: pairs of a name and a content."""
        for path, content in contents:
            file = _File(b"", path, len(content), 0, None, None, None)
            yield from self._read(content, xxh3_128_hexdigest(content), file)
        yield self._cut()

    def _read(self, source: BinaryIO | bytes, file_id: str, file: _File) -> Iterator[Portion]:
        if file_id in self._seen.content:
            self.files_moved += 1
        else:
            self.parsed_from[file_id] = file.path
            reading = Reading(self._limits, size=file.size)
            try:
                yield from self._documents(source, file_id, file, reading)
            except OSError:
                self._portion.drop(file_id)
                raise
            self._seen.content.add(file_id)
            self.passed_over.include(reading.passed_over, file.path)
            self.files_parsed += 1
            self._portion.damage += [
                (file_id, span, offset, what, lost)
                for span, (what, offset, lost) in enumerate(reading.damage, start=1)
            ]
        self._portion.sightings.append((file.path, file.size, file_id, *file[3:]))

    def _documents(
        self, source: BinaryIO | bytes, file_id: str, file: _File, reading: Reading
    ) -> Iterator[Portion]:
        number, begins_at = 1, self.bytes_done
        for found in read_documents(source, file.path, reading):
            number = self._add(file.path, file_id, number, found)
            if self._portion.text_bytes >= self._portion_bytes:
                if not isinstance(source, bytes):
                    self._advance(begins_at + source.tell())
                yield self._cut()
                if self._are_kept:
                    self._seen.begun[file_id] = number - 1
        if not isinstance(source, bytes):
            _refuse_change(file)

    def _add(self, path: str, file_id: str, number: int, found: Page | pa.Table) -> int:
        """Add documents that were not committed before; the number of the next one."""
        committed = self._seen.begun.get(file_id, 0)
        if isinstance(found, Page):
            if found.refused_because:
                self.refused.append(f"{path} document {number}: {found.refused_because}")
            if number > committed:
                self._portion.add(file_id, number, found)
            return number + 1
        skip = min(max(committed - number + 1, 0), found.num_rows)
        self._portion.add(file_id, number + skip, found.slice(skip))
        return number + int(found.num_rows)

    def _advance(self, bytes_done: int) -> None:
        self._portion.input_bytes += bytes_done - self.bytes_done
        self.bytes_done = bytes_done

    def _cut(self) -> Portion:
        portion, self._portion = self._portion, Portion()
        return portion


def unreadable(because: str) -> str:
    """What is told of a file that is left for the next run."""
    return f"cannot be read ({because}); it is tried again next time"


def _refuse_change(file: _File) -> None:
    """Object to a file that somebody writes: what was read may be no page that ever was whole.

    What of a large one is in the lake already is no document, for its end never comes.
    """
    status = os.stat(file.location)  # noqa: PTH116 - quick
    if (status.st_size, status.st_mtime_ns) != (file.size, file.modified_ns):
        raise OSError(errno.EBUSY, CHANGED)


def _content_key(source: BinaryIO) -> str:
    """The key of a file's bytes, wherever it lies and whatever it is called."""
    key = xxh3_128()
    while piece := source.read(MEGABYTE):
        key.update(piece)
    source.seek(0)
    return key.hexdigest()
