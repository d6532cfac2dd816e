"""Compressed streams, read as far as they can be, member by member."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from backports import zstd
from isal import isal_zlib

from jobs.snapshot.containers.ahead import work_ahead
from jobs.snapshot.containers.found import Damage, Reading, Refusal


class _Member(Protocol):
    """A decompressor of one member."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


_GATHERED = 256 * 1024
"""Content of small members that is passed on together."""


@dataclass(frozen=True)
class Codec:
    """A compression of independent members (gzip) or frames (zstd), one behind the other."""

    name: str
    magic: bytes
    begin: Callable[[], _Member]
    error: type[Exception]
    piece: int
    """Bytes fed at once: what they can become must fit into memory."""


GZIP = Codec(
    "gzip",
    b"\x1f\x8b\x08",
    lambda: isal_zlib.decompressobj(wbits=31),
    isal_zlib.error,  # type: ignore[arg-type]  # a class, whatever its stub says
    piece=16 * 1024,
)
ZSTD = Codec("zstd", b"\x28\xb5\x2f\xfd", zstd.ZstdDecompressor, zstd.ZstdError, piece=2 * 1024)


def decompress(source: BinaryIO, codec: Codec, reading: Reading) -> Iterator[io.RawIOBase]:
    """The content of `source` as streams: one, and another behind each damaged span.

    A stream ends where the data end or stop making sense; what was lost is noted, and the
    next stream begins with the next member.

    Raises:
        Refusal: while reading, when the content passes the expansion limit.
    """
    members = _Members(source, codec, reading)
    pieces = work_ahead(members.pieces())
    is_over = False
    while not is_over:
        stream = _Stream(pieces)
        yield stream
        is_over = stream.drain()


class _Members:
    """The members of one compressed file, and where in it we are."""

    def __init__(self, source: BinaryIO, codec: Codec, reading: Reading) -> None:
        self._source = source
        self._codec = codec
        self._reading = reading
        self._damage = reading.damage
        self._held = b""
        self._position = 0  # of the first byte held
        self._given = 0
        self._passed_on = 0

    def pieces(self) -> Iterator[bytes | None]:
        """Content in order; None where what follows does not continue what went before."""
        gathered: list[bytes] = []
        for piece in self._small_pieces():
            if piece is not None:
                gathered.append(piece)
            if gathered and (piece is None or self._given - self._passed_on >= _GATHERED):
                yield b"".join(gathered)
                gathered, self._passed_on = [], self._given
            if piece is None:
                yield None
        if gathered:
            yield b"".join(gathered)

    def _small_pieces(self) -> Iterator[bytes | None]:
        name, member = self._codec.name, None
        while self._hold(len(self._codec.magic)):
            if member is None:
                if not self._held.startswith(self._codec.magic):
                    if self._held.strip(b"\0"):
                        self._skip(f"bytes that are no {name}")
                        yield None
                    else:
                        self._drop(len(self._held))  # padding
                    continue
                member = self._codec.begin()
            try:
                piece = member.decompress(self._held)
            except self._codec.error as error:
                self._skip(f"damaged {name}: {error}")
                member = None
                yield None
                continue
            self._drop(len(self._held) - len(member.unused_data))
            self._given += len(piece)
            limits = self._reading.limits
            if not limits.allows(self._given, self._position):
                raise Refusal(limits.expands_too_much)
            self._reading.unpacks(len(piece))
            if member.eof:
                member = None
            if piece:
                yield piece
        if member is not None:
            self._note(f"{name} ends early", self._position, None)

    def _hold(self, count: int) -> bool:
        """Hold at least `count` bytes, or what is left; whether there are any."""
        while len(self._held) < count and (more := self._source.read(self._codec.piece)):
            self._held += more
        return bool(self._held)

    def _drop(self, count: int) -> None:
        self._held = self._held[count:]
        self._position += count

    def _skip(self, what: str) -> None:
        """Go on to what may be the next member, and note what is passed over."""
        start, magic = self._position, self._codec.magic
        found = self._held.find(magic, 1)
        while found < 0:
            self._drop(max(len(self._held) - len(magic) + 1, 0))
            held = len(self._held)
            if not self._hold(held + 1) or len(self._held) == held:
                self._drop(held)
                break
            found = self._held.find(magic)
        else:
            self._drop(found)
        self._note(what, start, self._position - start)

    def _note(self, what: str, offset: int, lost: int | None) -> None:
        """Add a damaged span; one that touches the span before it is the same."""
        if self._damage and lost is not None:
            before = self._damage[-1]
            if (
                before.offset is not None
                and before.bytes_lost is not None
                and before.offset + before.bytes_lost == offset
            ):
                self._damage[-1] = before._replace(bytes_lost=before.bytes_lost + lost)
                return
        self._damage.append(Damage(what, offset, lost))


class _Stream(io.RawIOBase):
    """Pieces up to the next break, as a readable stream."""

    def __init__(self, pieces: Iterator[bytes | None]) -> None:
        self._pieces = pieces
        self._piece = memoryview(b"")
        self._is_over = self._is_last = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._piece and not self._is_over:
            self._next()
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count

    def drain(self) -> bool:
        """Pass over what was not read; whether nothing comes behind it."""
        while not self._is_over:
            self._next()
        return self._is_last

    def _next(self) -> None:
        piece = next(self._pieces, b"")
        self._is_last = piece == b""
        self._is_over = not piece
        self._piece = memoryview(piece or b"")
