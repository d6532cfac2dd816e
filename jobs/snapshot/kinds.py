"""What a file is: its content tells first, its name second."""

import re
from enum import StrEnum

from jobs.snapshot.containers import unread
from jobs.snapshot.containers.compression import GZIP, ZSTD
from jobs.snapshot.containers.corpus import has_text
from jobs.snapshot.containers.mhtml import is_mhtml
from jobs.snapshot.containers.text import as_utf8
from jobs.snapshot.passed_over import no_reader_for


class Kind(StrEnum):
    """What a file can be."""

    TEXT = "text"
    HTML = "html"
    MHTML = "mhtml"
    JSON_LINES = "json lines"
    PARQUET = "parquet"
    ARCHIVE = "web archive"
    ZIP = "zip"
    GZIP = "gzip"
    ZSTD = "zstd"
    UNREAD = "no reader"


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
    ".xhtml": Kind.HTML,
    ".mhtml": Kind.MHTML,
    ".mht": Kind.MHTML,
    ".json": Kind.JSON_LINES,
    ".jsonl": Kind.JSON_LINES,
    ".ndjson": Kind.JSON_LINES,
    ".parquet": Kind.PARQUET,
    ".warc": Kind.ARCHIVE,
    ".wet": Kind.ARCHIVE,
    ".zip": Kind.ZIP,
    ".wacz": Kind.ZIP,
}
_COMPRESSED = {".gz": Kind.GZIP, ".zst": Kind.ZSTD}
_JSON = re.compile(rb'\s*\{\s*"[^"\\]*"\s*:')
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|\?xml|!--)", re.IGNORECASE
)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")
HEAD = 4096
"""First bytes of a file that are looked at."""

_PLAIN = [suffix for suffix in _SUFFIXES if suffix != ".json"]  # most of it is no JSON lines
_PACKED = [
    plain + packed
    for plain in _PLAIN
    if plain not in (".parquet", ".zip", ".wacz")
    for packed in _COMPRESSED
]
SUFFIXES = (*_PLAIN, *_PACKED)
"""The suffixes of files that can be read for sure."""

_LOOKS = (
    (unread.kind, Kind.UNREAD),
    (_JSON.match, Kind.JSON_LINES),
    (is_mhtml, Kind.MHTML),
    (_MARKUP.match, Kind.HTML),
)


def kind_of(head: bytes, name: str) -> Kind:
    """What a file is: by its first bytes; where they do not tell, by its name; else text."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    for looks_so, kind in _LOOKS:
        if looks_so(head):
            return kind
    suffix = suffix_of(name)
    if suffix in _COMPRESSED:
        if _BINARY.search(head):  # its very beginning is damaged
            return _COMPRESSED[suffix]
        suffix = suffix_of(name[: -len(suffix)])
    return _SUFFIXES.get(suffix, Kind.TEXT)


def is_sure(name: str) -> bool:
    """Whether a name or path says that a file can be read."""
    own = name.rpartition("/")[2]
    return own.lower().endswith(SUFFIXES) and not own.startswith("._")


def no_page(head: bytes, name: str) -> str | None:
    """Why a file of no sure name is no page, by its first bytes; None if it can be one."""
    kind = kind_of(head, name)
    if kind is Kind.UNREAD:
        return no_reader_for(str(unread.kind(head)))
    if not head:
        return "empty"
    if kind is Kind.JSON_LINES and not has_text(head):
        return "no JSON lines with a text"
    if kind in (Kind.TEXT, Kind.HTML) and _BINARY.search(as_utf8(head)):
        return "binary"
    return None


def suffix_of(name: str) -> str:
    """What stands behind the last dot of a name, with the dot, in lower case."""
    return "." + name.rpartition(".")[2].lower()
