"""Web archives: WARC response records and WET conversion records.

Records are framed here, so that a damaged one costs itself and no other; FastWARC undoes HTTP.
"""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple

from fastwarc.warc import ArchiveIterator

from jobs.snapshot.capture_times import YEARS
from jobs.snapshot.containers.compression import GZIP, decompress
from jobs.snapshot.containers.found import Damage, Limits, Page, Reading, Refusal
from jobs.snapshot.containers.text import as_utf8, html_as_utf8, html_to_text

_HEADER = re.compile(rb"[\r\n]*(WARC/1\.\d\r?\n(?:[^\r\n]+\r?\n)+)(\r?\n)?")
_NEXT_RECORD = re.compile(rb"(?:\r?\n){0,2}(?=WARC/1\.\d\r?\n[A-Za-z-]+:)")
_LINE_ENDS = re.compile(rb"[\r\n]+")
_FIELD = re.compile(
    rb"^(WARC-Type|WARC-Target-URI|WARC-Date|Content-Length):[ \t]*([^\r\n]*)",
    re.MULTILINE | re.IGNORECASE,
)
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]*\r\n")
_NO_RECORD = "no archive record"
_HEADER_LIMIT = 64 * 1024
_PIECE = 256 * 1024
_RESPONSE = (
    b"WARC/1.0\r\nWARC-Type: response\r\n"
    b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n"
)
_HTML_TYPES = {"text/html", "application/xhtml+xml", ""}


class _Record(NamedTuple):
    """One record: its named fields, in lower case, and its body; None if that is too large."""

    fields: dict[bytes, bytes]
    body: bytes | None


def read_archive(stream: BinaryIO, reading: Reading) -> Iterator[Page]:
    """The pages of a WARC or WET stream: HTML responses and text conversions.

    Other records, and responses of another kind, are no pages. A wrong Content-Length is mended by
    the next record's header; what lies between records is noted as damage.
    """
    for record in _Records(stream, reading):
        kind = record.fields.get(b"warc-type", b"").lower()
        if kind not in (b"conversion", b"response"):
            continue
        url = record.fields.get(b"warc-target-uri", b"").decode("utf-8", "replace").strip("<>")
        captured_at = _instant(record.fields.get(b"warc-date", b""))
        text = because = None
        if record.body is None:
            because = reading.limits.too_large
        elif kind == b"conversion":
            text = as_utf8(record.body)
        else:
            try:
                text = _response_text(record.body, reading.limits)
            except Refusal as refusal:
                because = str(refusal)
            if text is None and because is None:
                continue
        precision = "second" if captured_at else None
        yield Page(text, url or None, None, captured_at, precision, because)


def _response_text(body: bytes, limits: Limits) -> bytes | None:
    """The text of an HTML response, as far as it can be decoded; None if it is not HTML.

    Raises:
        Refusal: it becomes larger than a document may be.
    """
    record = _RESPONSE % len(body) + body
    try:
        for response in ArchiveIterator(io.BytesIO(record), parse_http=True, auto_decode="none"):
            if not response.http_headers or response.http_content_type not in _HTML_TYPES:
                return None
            charset = response.http_charset
            encodings = response.http_headers.get("Content-Encoding", "")
            is_plain = not encodings and "Transfer-Encoding" not in response.http_headers
            raw = response.reader.read()
            page = raw if is_plain else _decoded(record, limits) or _salvaged(raw, limits)
            if len(page) > limits.document_bytes:
                raise Refusal(limits.too_large)
            return html_to_text(html_as_utf8(page, charset))
    except (OSError, ValueError):
        pass
    return None


def _decoded(record: bytes, limits: Limits) -> bytes:
    """The body with its transfer and content encodings undone; nothing if they do not hold."""
    try:
        for response in ArchiveIterator(io.BytesIO(record), parse_http=True, auto_decode="all"):
            return bytes(response.reader.read(limits.document_bytes + 1))
    except (OSError, ValueError):
        pass
    return b""


def _salvaged(raw: bytes, limits: Limits) -> bytes:
    """What can be had of a body whose encodings were cut off, or had been undone before."""
    body = raw
    if _CHUNK.match(raw):
        parts, at = [], 0
        while chunk := _CHUNK.match(raw, at):
            at = chunk.end() + int(chunk[1], 16)
            parts.append(raw[chunk.end() : at])
            at += 2
        body = b"".join(parts)
    if body.startswith(GZIP.magic):
        pieces = decompress(io.BytesIO(body), GZIP, Reading(limits))
        return b"".join(piece.read(limits.document_bytes + 1) for piece in pieces)
    return body


def _instant(text: bytes) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.decode("ascii"))
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year in YEARS else None


class _Records:
    """The records of a stream, by their lengths; where one is wrong, by the next header."""

    def __init__(self, stream: BinaryIO, reading: Reading) -> None:
        self._stream = stream
        self._limit = reading.limits.document_bytes
        self._damage = reading.damage
        self._held = b""
        self._at = 0  # where we are in what is held
        self._passed = 0  # bytes of the stream before what is held

    def __iter__(self) -> Iterator[_Record]:
        while header := self._next_header():
            yield self._record(header)

    def _next_header(self) -> bytes:
        """Go to the next record and look at its header; bytes that belong to none are noted."""
        while self._hold(_HEADER_LIMIT):
            header = _HEADER.match(self._held, self._at, self._at + _HEADER_LIMIT)
            if header and header[2]:
                self._at = header.start(1)
                return header[1] + header[2]
            if header:
                # What breaks these lines breaks those of any header that begins among them.
                self._pass_over(min(header.end(), self._at + _HEADER_LIMIT // 2))
            elif line_ends := _LINE_ENDS.match(self._held, self._at):
                self._at = line_ends.end()
            else:
                self._pass_over(self._at + 1)
        return b""

    def _pass_over(self, search_from: int) -> None:
        """Go on to the next record, and note what is passed; spans that touch are one."""
        start = self._passed + self._at
        self._to_next_record(search_from)
        lost = self._passed + self._at - start
        before = self._damage[-1] if self._damage else None
        if before and before.what == _NO_RECORD and sum(before[1:]) == start:  # type: ignore[arg-type]
            self._damage[-1] = before._replace(bytes_lost=before.bytes_lost + lost)  # type: ignore[operator]
        else:
            self._damage.append(Damage(_NO_RECORD, start, lost))

    def _record(self, header: bytes) -> _Record:
        """The record that begins here; where its length is wrong it ends before the next header."""
        fields = {name.lower(): value for name, value in _FIELD.findall(header)}
        said = fields.get(b"content-length", b"")
        size = len(header) + int(said) if _LENGTH.fullmatch(said) else 0
        if size and size - len(header) <= self._limit:
            self._hold(size + 4)
            end = self._at + size
            if self._held.startswith((b"\r\n", b"\n"), end) or len(self._held) == end:
                body = self._held[self._at + len(header) : end]
                self._at = end
                return _Record(fields, body)
        start = self._passed + self._at
        content = self._to_next_record(self._at + len(header))
        found = self._passed + self._at - start
        if found < size and not self._hold(1):
            self._damage.append(Damage("archive record ends early", start, size - found))
        elif found != size:
            self._damage.append(Damage("wrong Content-Length", start, None))
        return _Record(fields, content[len(header) :] if len(content) == found else None)

    def _to_next_record(self, search_from: int) -> bytes:
        """Go to the next header, or to the end; what is passed, if it is not too large to keep."""
        begin, is_kept = self._at, True
        while not (found := _NEXT_RECORD.search(self._held, search_from)):
            is_kept = is_kept and len(self._held) - begin <= self._limit + _HEADER_LIMIT
            tail = max(len(self._held) - _HEADER_LIMIT, search_from)
            self._at = begin if is_kept else tail
            held = len(self._held) - self._at
            has_more = self._hold(held + 1) and len(self._held) - self._at > held
            search_from = self._at + (tail - begin if is_kept else 0)
            begin = self._at
            if not has_more:
                self._at = len(self._held)
                return self._held[begin:] if is_kept else b""
        self._at = found.start()
        return self._held[begin : found.start()] if is_kept else b""

    def _hold(self, count: int) -> bool:
        """Hold `count` bytes from here on, or what is left; whether there are any."""
        while len(self._held) - self._at < count and (more := self._stream.read(_PIECE)):
            self._passed += self._at
            self._held = self._held[self._at :] + more
            self._at = 0
        return len(self._held) > self._at
