"""Containers to documents: what the bytes of a snapshot file hold."""

import gzip
import zlib
from dataclasses import dataclass

from xxhash import xxh3_128_hexdigest

SUFFIXES = (".txt", ".txt.gz")
"""The files that are picked up from a folder."""

_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Document:
    """One page: its text, and its content key."""

    text: str
    document_id: str


@dataclass(frozen=True)
class Refused:
    """A file that could not be read as a document, and why."""

    because: str


def read_document(content: bytes) -> Document | Refused:
    """Read a text file, plain or gzipped (told by content, not by name), as one document.

    Bytes that are not UTF-8 become replacement characters; a byte-order mark is dropped.
    """
    if content.startswith(_GZIP_MAGIC):
        try:
            content = gzip.decompress(content)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            return Refused(f"damaged gzip: {error}")
    text = content.decode("utf-8-sig", errors="replace")
    return Document(text, xxh3_128_hexdigest(text.encode()))


def content_key(content: bytes) -> str:
    """The key of a file's bytes, wherever the file lies and whatever it is called."""
    return xxh3_128_hexdigest(content)
