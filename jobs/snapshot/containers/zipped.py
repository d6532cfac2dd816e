"""Zip files of pages: a document for each member."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import polars as pl

from jobs.errors import visible
from jobs.snapshot.capture_times import from_paths
from jobs.snapshot.containers.found import Damage, Page, Reading, Refusal

_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,  # a place outside the file, a name that is no text
    struct.error,
    RuntimeError,  # encrypted
    NotImplementedError,  # a compression of another kind
)


class Member(NamedTuple):
    """One file of a zip: its content, or None and the page that says why."""

    name: str
    content: io.BytesIO | None
    page: Page

    @property
    def place(self) -> dict[str, Any]:
        """What its pages inherit: its name, and the capture time that the name states."""
        return {
            "member": self.name,
            "captured_at": self.page.captured_at,
            "captured_precision": self.page.captured_precision,
        }


def read_members(stream: BinaryIO, reading: Reading) -> Iterator[Member]:
    """The files in a zip. Nothing is written to disk, so a member's name is only a name.

    Raises:
        Refusal: the zip cannot be listed, or expands beyond the limit.
    """
    limits = reading.limits
    try:
        archive = zipfile.ZipFile(stream)
    except _UNREADABLE as error:
        raise Refusal(f"damaged zip: {error}") from error
    files = [member for member in archive.infolist() if not member.filename.endswith("/")]
    times = from_paths(pl.Series([file.filename for file in files], dtype=pl.String))
    taken = given = 0
    for file, (stated_at, precision, _) in zip(files, times.iter_rows(), strict=True):
        page = Page(None, None, file.filename, stated_at, precision)
        content = None
        taken += file.compress_size
        if file.file_size > limits.document_bytes:
            page = page._replace(refused_because=limits.too_large)
        else:
            try:
                with archive.open(file) as opened:
                    content = io.BytesIO(opened.read(limits.document_bytes + 1))
                given += len(content.getbuffer())
                reading.unpacks(len(content.getbuffer()))
            except _UNREADABLE as error:
                reading.damage.append(
                    Damage(f"zip member {visible(file.filename)}: {error}", file.header_offset)
                )
                page = page._replace(refused_because=f"damaged zip member: {error}")
        if not limits.allows(given, taken):
            raise Refusal(limits.expands_too_much)
        yield Member(file.filename, content, page)
