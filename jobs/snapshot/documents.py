"""Files to documents: each container to the reader for it."""

import io
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from jobs.snapshot.containers import unread
from jobs.snapshot.containers.archive import read_archive
from jobs.snapshot.containers.compression import GZIP, ZSTD, decompress
from jobs.snapshot.containers.corpus import read_json_lines, read_parquet
from jobs.snapshot.containers.found import Limits, Page, Reading, Refusal
from jobs.snapshot.containers.mhtml import read_mhtml
from jobs.snapshot.containers.text import as_utf8, html_as_utf8, html_to_text
from jobs.snapshot.containers.zipped import read_members
from jobs.snapshot.kinds import HEAD, Kind, is_sure, kind_of, no_page, suffix_of
from jobs.snapshot.passed_over import no_reader_for

_CODECS = {Kind.GZIP: GZIP, Kind.ZSTD: ZSTD}
_BUFFER = 64 * 1024
_DEEPEST = 3


def read_documents(
    source: BinaryIO | bytes, name: str, reading: Reading
) -> Iterable[Page | pa.Table]:
    """The documents of one file, in order: pages, and tables of them (`found.PAGES`).

    Args:
        source: the file, open for reading at its start, or its content.
        name: its name; it counts only where the content does not tell what the file is.
        reading: what the file may ask for; damage is added to it on the way.
    """
    if isinstance(source, bytes):
        kind = kind_of(source[:HEAD], name)
        if kind in (Kind.TEXT, Kind.HTML):
            return [_page(source, kind, reading.limits)]
        source = io.BytesIO(source)
    return _read_or_refuse(source, name, reading)


def _read_or_refuse(source: BinaryIO, name: str, reading: Reading) -> Iterator[Page | pa.Table]:
    try:
        yield from _read(_File(source, name), reading)
    except Refusal as refusal:
        yield Page(None, refused_because=str(refusal))


def look(location: Path) -> str:
    """What a file is taken for, such as `web archive in gzip`."""
    kinds: list[Kind] = []
    try:
        with location.open("rb") as source:
            file = _File(source, location.name)
            kinds.append(file.kind)
            while file.kind in _CODECS:
                file = next(_unpacked(file, Reading()))
                kinds.append(file.kind)
    except (Refusal, OSError) as error:
        return f"unreadable: {error}"
    return " in ".join(reversed(kinds))


def no_page_because(location: Path) -> str | None:
    """Why a file of no sure name is no page, by the look of its content; None if it can be one."""
    try:
        with location.open("rb") as source:
            head = source.read(HEAD)
            if not head.startswith((GZIP.magic, ZSTD.magic)):
                return no_page(head, location.name)
            source.seek(0)
            file = _File(source, location.name)
            while file.kind in _CODECS:
                file = next(_unpacked(file, Reading()))
            return no_page(file.head, file.name)
    except (Refusal, OSError) as error:
        return f"unreadable: {error}"


class _File:
    """A stream of bytes, what it is called, and what it is."""

    def __init__(
        self, source: BinaryIO | io.RawIOBase, name: str, kind: Kind | None = None, depth: int = 0
    ) -> None:
        self.stream = io.BufferedReader(source, _BUFFER)  # type: ignore[type-var]
        self.name = name
        self.kind = kind or kind_of(self.head, name)
        self.depth = depth
        if depth > _DEEPEST:
            raise Refusal(f"packed more than {_DEEPEST} times over")

    @property
    def head(self) -> bytes:
        """Its first bytes."""
        return self.stream.peek(HEAD)[:HEAD]


def _read(file: _File, reading: Reading) -> Iterator[Page | pa.Table]:
    match file.kind:
        case Kind.TEXT | Kind.HTML:
            content = file.stream.read(reading.limits.document_bytes + 1)
            yield _page(content, file.kind, reading.limits)
        case Kind.MHTML:
            yield read_mhtml(file.stream.read(reading.limits.document_bytes + 1), reading.limits)
        case Kind.UNREAD:
            raise Refusal(no_reader_for(str(unread.kind(file.head))))
        case Kind.ARCHIVE:
            yield from read_archive(file.stream, reading)
        case Kind.JSON_LINES:
            yield from read_json_lines(file.stream, reading.limits)
        case Kind.PARQUET:
            yield from read_parquet(file.stream, reading)
        case Kind.ZIP:
            yield from _zipped(file, reading)
        case Kind.GZIP | Kind.ZSTD:
            yield from _decompressed(file, reading)


def _zipped(file: _File, reading: Reading) -> Iterator[Page | pa.Table]:
    for member in read_members(file.stream, reading):
        if member.content is None:
            yield member.page
            continue
        try:
            packed = _File(member.content, member.name, None, file.depth + 1)
            why = None if is_sure(member.name) else no_page(packed.head, member.name)
            if why is not None:
                reading.passed_over.add(member.name, why)
                continue
            if packed.kind in (Kind.ZIP, Kind.PARQUET) and not member.content.seekable():
                yield member.page._replace(refused_because=reading.limits.too_large)
            else:
                yield from map(member.place, _read(packed, reading))
        except Refusal as refusal:
            if str(refusal) == reading.limits.expands_too_much:
                raise  # the others would as well
            yield member.page._replace(refused_because=str(refusal))


def _decompressed(file: _File, reading: Reading) -> Iterator[Page | pa.Table]:
    parts = _unpacked(file, reading)
    first = next(parts)
    every = itertools.chain([first], parts)
    if first.kind in (Kind.TEXT, Kind.HTML):
        enough = reading.limits.document_bytes + 1
        content = b"\n".join(filter(None, (part.stream.read(enough) for part in every)))
        if not content and reading.damage:
            raise Refusal(reading.damage[0].what)
        yield _page(content, first.kind, reading.limits)
    else:
        for part in every:
            yield from _read(part, reading)


def _unpacked(file: _File, reading: Reading) -> Iterator[_File]:
    """What is in a compressed file; behind damage comes another part of the same kind.

    The parts of a page are put together again: what stands before the damage, and behind it.
    """
    name = file.name[: -len(suffix_of(file.name))]
    kind = None
    for stream in decompress(file.stream, _CODECS[file.kind], reading):
        part = _File(stream, name, kind, file.depth + 1)
        kind = part.kind
        yield part


def _page(content: bytes, kind: Kind, limits: Limits) -> Page:
    if len(content) > limits.document_bytes:
        return Page(None, refused_because=limits.too_large)
    return Page(html_to_text(html_as_utf8(content)) if kind is Kind.HTML else as_utf8(content))
