"""Files to documents: what kind of container it is, and the reader for it."""

import io
import itertools
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from jobs.snapshot.containers.archive import read_archive
from jobs.snapshot.containers.compression import GZIP, ZSTD, decompress
from jobs.snapshot.containers.corpus import read_json_lines, read_parquet
from jobs.snapshot.containers.found import Limits, Page, Reading, Refusal
from jobs.snapshot.containers.text import as_utf8, html_as_utf8, html_to_text
from jobs.snapshot.containers.zipped import read_members


class Kind(StrEnum):
    """What a file can be."""

    TEXT = "text"
    HTML = "html"
    JSON_LINES = "json lines"
    PARQUET = "parquet"
    ARCHIVE = "web archive"
    ZIP = "zip"
    GZIP = "gzip"
    ZSTD = "zstd"


_CODECS = {Kind.GZIP: GZIP, Kind.ZSTD: ZSTD}
_MAGIC = (
    (GZIP.magic, Kind.GZIP),
    (ZSTD.magic, Kind.ZSTD),
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
    (b"PAR1", Kind.PARQUET),
    (b"WARC/", Kind.ARCHIVE),
)
_SUFFIXES = {
    ".txt": Kind.TEXT,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".jsonl": Kind.JSON_LINES,
    ".ndjson": Kind.JSON_LINES,
    ".parquet": Kind.PARQUET,
    ".warc": Kind.ARCHIVE,
    ".wet": Kind.ARCHIVE,
    ".zip": Kind.ZIP,
}
_COMPRESSED = {".gz": Kind.GZIP, ".zst": Kind.ZSTD}
_JSON = re.compile(rb'\s*\{\s*"[^"\\]*"\s*:')
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|\?xml|!--)", re.IGNORECASE
)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_HEAD = 4096
_BUFFER = 64 * 1024
_DEEPEST = 3

SUFFIXES = tuple(_SUFFIXES) + tuple(
    plain + packed
    for plain in _SUFFIXES
    if plain not in (".parquet", ".zip")
    for packed in _COMPRESSED
)
"""The files that are picked up from a folder."""


def kind_of(head: bytes, name: str) -> Kind:
    """What a file is: by its first bytes; where they do not tell, by its name; else text."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if _JSON.match(head):
        return Kind.JSON_LINES
    if _MARKUP.match(head):
        return Kind.HTML
    suffix = _suffix(name)
    if suffix in _COMPRESSED:
        if _BINARY.search(head):  # its very beginning is damaged
            return _COMPRESSED[suffix]
        suffix = _suffix(name[: -len(suffix)])
    return _SUFFIXES.get(suffix, Kind.TEXT)


def _suffix(name: str) -> str:
    return "." + name.rpartition(".")[2].lower()


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
        kind = kind_of(source[:_HEAD], name)
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


class _File:
    """A stream of bytes, what it is called, and what it is."""

    def __init__(
        self, source: BinaryIO | io.RawIOBase, name: str, kind: Kind | None = None, depth: int = 0
    ) -> None:
        self.stream = io.BufferedReader(source, _BUFFER)  # type: ignore[type-var]
        self.name = name
        self.kind = kind or kind_of(self.stream.peek(_HEAD), name)
        self.depth = depth
        if depth > _DEEPEST:
            raise Refusal(f"packed more than {_DEEPEST} times over")


def _read(file: _File, reading: Reading) -> Iterator[Page | pa.Table]:
    match file.kind:
        case Kind.TEXT | Kind.HTML:
            content = file.stream.read(reading.limits.document_bytes + 1)
            yield _page(content, file.kind, reading.limits)
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
        for found in _read(_File(member.content, member.name, None, file.depth + 1), reading):
            yield found._replace(**member.place) if isinstance(found, Page) else found


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
    name = file.name[: -len(_suffix(file.name))]
    kind = None
    for stream in decompress(file.stream, _CODECS[file.kind], reading):
        part = _File(stream, name, kind, file.depth + 1)
        kind = part.kind
        yield part


def _page(content: bytes, kind: Kind, limits: Limits) -> Page:
    if len(content) > limits.document_bytes:
        return Page(None, refused_because=limits.too_large)
    return Page(html_to_text(html_as_utf8(content)) if kind is Kind.HTML else as_utf8(content))
