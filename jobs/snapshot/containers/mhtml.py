"""Pages that a browser saved as MHTML: a MIME message with the page and what it shows as parts."""

import email
import re
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from jobs.snapshot.capture_times import YEARS
from jobs.snapshot.containers.found import Limits, Page
from jobs.snapshot.containers.text import as_utf8, html_as_utf8, html_to_text

_HEADER = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:[A-Za-z-]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)*?"
    rb"Content-Type:\s*multipart/related",
    re.IGNORECASE,
)
_HTML = ("text/html", "application/xhtml+xml")


def is_mhtml(head: bytes) -> bool:
    """Whether a file that begins so is a MIME message of related parts."""
    return _HEADER.match(head) is not None


def read_mhtml(content: bytes, limits: Limits) -> Page:
    """The page of an MHTML file: its HTML, frames included, or failing that its plain text.

    The address is that of the snapshot; the capture time is the message's `Date`, which a browser
    sets when it saves the page.
    """
    if len(content) > limits.document_bytes:
        return Page(None, refused_because=limits.too_large)
    try:
        message = email.message_from_bytes(content)
        parts = [part for part in message.walk() if not part.is_multipart()]
        texts = [html_to_text(html_as_utf8(*_body(p))) for p in parts if _is(p, *_HTML)]
        texts = texts or [as_utf8(_body(p)[0]) for p in parts if _is(p, "text/plain")]
    except (ValueError, LookupError, RecursionError) as error:
        return Page(None, refused_because=f"damaged MHTML: {error}")
    if not texts:
        return Page(None, refused_because="MHTML without a text")
    captured_at = _date(message)
    url = message["Snapshot-Content-Location"] or message["Content-Location"]
    return Page(
        b"\n".join(texts),
        str(url).strip() if url else None,
        captured_at=captured_at,
        captured_precision="second" if captured_at else None,
    )


def _is(part: Message, *kinds: str) -> bool:
    return part.get_content_type() in kinds


def _body(part: Message) -> tuple[bytes, str | None]:
    """The content of a part with its transfer encoding undone, and its charset."""
    body = part.get_payload(decode=True)
    return body if isinstance(body, bytes) else b"", part.get_content_charset()


def _date(message: Message) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(message["Date"]))
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return at if at.year in YEARS else None
