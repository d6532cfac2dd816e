"""Zip files of pages, WACZ among them: the documents of each member."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from jobs.errors import visible
from jobs.snapshot.capture_times import from_paths
from jobs.snapshot.containers.found import PAGES, Damage, Page, Reading, Refusal
from jobs.snapshot.kinds import is_sure
from jobs.snapshot.passed_over import by_name

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
    content: io.BytesIO | io.RawIOBase | None
    page: Page
    """Its name and the capture time that the name states."""

    def place(self, found: Page | pa.Table) -> Page | pa.Table:
        """What was found in the member, with its name; its date counts where there is no other."""
        if isinstance(found, Page):
            own = found.captured_at, found.captured_precision
            at, precision = own if own[0] else (self.page.captured_at, self.page.captured_precision)
            member = f"{self.name}/{found.member}" if found.member else self.name
            return found._replace(member=member, captured_at=at, captured_precision=precision)
        inner = pc.binary_join_element_wise(self.name, found["member"], "/")
        is_undated = pc.is_null(found["captured_at"])
        columns = {name: found[name] for name in PAGES.names} | {
            "member": pc.coalesce(inner, self.name),
            **{
                name: pc.if_else(
                    is_undated, pa.scalar(getattr(self.page, name), found[name].type), found[name]
                )
                for name in ("captured_at", "captured_precision")
            },
        }
        return pa.table(columns, PAGES)


def read_members(stream: BinaryIO, reading: Reading) -> Iterator[Member]:
    """The files in a zip that can be pages. Nothing is written to disk: a name is only a name.

    Of a WACZ they are its archives. A member larger than a document may be is given as a stream.

    Raises:
        Refusal: the zip cannot be listed, or expands beyond the limit.
    """
    limits = reading.limits
    try:
        archive = zipfile.ZipFile(stream)
    except _UNREADABLE as error:
        raise Refusal(f"damaged zip: {error}") from error
    files = list(_possible_pages(archive, reading))
    times = from_paths(pl.Series([file.filename for file in files], dtype=pl.String))
    taken = given = 0
    for file, (stated_at, precision, _) in zip(files, times.iter_rows(), strict=True):
        page = Page(None, None, file.filename, stated_at, precision)
        content: io.BytesIO | io.RawIOBase | None = None
        taken += file.compress_size
        try:
            opened = archive.open(file)
            if file.file_size > limits.document_bytes:
                content = _Streamed(opened, file, reading)
            else:
                with opened:
                    content = io.BytesIO(opened.read(limits.document_bytes + 1))
                given += len(content.getbuffer())
                reading.unpacks(len(content.getbuffer()))
        except _UNREADABLE as error:
            reading.damage.append(_damage(file, error))
            page = page._replace(refused_because=f"damaged zip member: {error}")
        if not limits.allows(given, taken):
            raise Refusal(limits.expands_too_much)
        yield Member(file.filename, content, page)


def _possible_pages(archive: zipfile.ZipFile, reading: Reading) -> Iterator[zipfile.ZipInfo]:
    files = [member for member in archive.infolist() if not member.filename.endswith("/")]
    names = {file.filename for file in files}
    is_wacz = "datapackage.json" in names and any(name.startswith("archive/") for name in names)
    for file in files:
        if is_wacz and not file.filename.startswith("archive/"):
            continue
        name = file.filename
        why = None if is_sure(name) else by_name(name.rpartition("/")[2])
        if why is None:
            yield file
        else:
            reading.passed_over.add(file.filename, why)


def _damage(file: zipfile.ZipInfo, error: Exception) -> Damage:
    return Damage(f"zip member {visible(file.filename)}: {error}", file.header_offset)


class _Streamed(io.RawIOBase):
    """A large member, which ends where it is damaged."""

    def __init__(self, opened: IO[bytes], file: zipfile.ZipInfo, reading: Reading) -> None:
        self._opened = opened
        self._file = file
        self._reading = reading

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            piece = self._opened.read(len(buffer))
        except _UNREADABLE as error:
            self._reading.damage.append(_damage(self._file, error))
            return 0
        self._reading.unpacks(len(piece))
        buffer[: len(piece)] = piece
        return len(piece)
