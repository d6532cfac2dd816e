"""What a reader finds in a container: pages, tables of pages, and damage."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias

import pyarrow as pa

from jobs.snapshot.passed_over import PassedOver
from jobs.snapshot.schemas import INSTANT

MEGABYTE = 1 << 20


class Page(NamedTuple):
    """One page: its text, in UTF-8 but for a stray byte, or the reason why it could not be read."""

    text: bytes | None
    url: str | None = None
    member: str | None = None
    captured_at: datetime | None = None
    captured_precision: str | None = None
    refused_because: str | None = None


PAGES = pa.schema(
    [
        ("text", pa.large_string()),
        ("url", pa.string()),
        ("member", pa.string()),
        ("captured_at", INSTANT),
        ("captured_precision", pa.string()),
        ("refused_because", pa.string()),
    ]
)
"""`Page` as columns: readers of columnar files yield tables of it."""


class Damage(NamedTuple):
    """A span of a file that could not be read.

    `offset` counts the bytes of the file as it lies on disk, or, where `what` says so, those of its
    decompressed content; it and `bytes_lost` are None where they are not known.
    """

    what: str
    offset: int | None = None
    bytes_lost: int | None = None


Found: TypeAlias = Page | pa.Table | Damage


@dataclass(frozen=True)
class Limits:
    """What a container may ask of the machine before it is refused."""

    document_bytes: int = 16 * MEGABYTE
    """The largest document that is read."""

    expansion: int = 200
    """How many times its own size a compressed file may become."""

    @property
    def too_large(self) -> str:
        """Why a document is refused that is larger than it may be."""
        return f"larger than {self.document_bytes // MEGABYTE} MB"

    def allows(self, given: int, taken: int) -> bool:
        """Whether `taken` bytes may have become `given` bytes; 64 MB always may."""
        return given <= max(64 * MEGABYTE, self.expansion * taken)

    @property
    def expands_too_much(self) -> str:
        """Why a container is refused that becomes more than it may."""
        return f"expands to more than {self.expansion} times its size"


@dataclass
class Reading:
    """One reading of a file: what it may ask for, and the damage met on the way."""

    limits: Limits = Limits()
    damage: list[Damage] = field(default_factory=list)
    size: int | None = None
    """Bytes of the file as it lies on disk, if they are known."""

    passed_over: PassedOver = field(default_factory=PassedOver)
    """Members that are no pages."""

    unpacked: int = 0
    """Bytes that were unpacked so far, in all layers of the file."""

    def unpacks(self, count: int) -> None:
        """Count bytes that were unpacked, in whatever layer of the file.

        Raises:
            Refusal: with them the file has become more than it may.
        """
        self.unpacked += count
        if self.size is not None and not self.limits.allows(self.unpacked, self.size):
            raise Refusal(self.limits.expands_too_much)


class Refusal(Exception):  # noqa: N818 - it is an outcome, not an error
    """A container, or the rest of one, that is not read, and why."""
