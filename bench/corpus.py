"""Generated pages of the real shape: the same bytes for the warehouse and for its baselines.

A page is a ticker of 34 lines over some 3 KB of prose; one page in five has no ticker. The ticker
stands still for eighteen hours of a weekday and for the whole weekend, so most pages of a crawl
share theirs with others: here each ticker stands on four pages. With `sharing=1` none is shared.
"""

import gzip
import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SYMBOLS = [f"{a}{b}{c}" for a in "ABCDEFGH" for b in "LKMN" for c in ("PL", "CL", "FO")][:80]
INDICES = (("BR100", 7_500), ("BR30", 24_500), ("KSE100", 71_000), ("KSE30", 23_500))
_WORDS = (
    "the council said that prices of paper and paint rose in the year to June while the harbour "
    "stayed open and its keeper counted ships by lamp light until the bell of the market rang"
).split()


Page = tuple[str, datetime, str]
"""Address, capture time, text."""


def pages(count: int, sharing: int = 4, seed: int = 1) -> Iterator[Page]:
    """`count` pages, of which `sharing` at a time have the same ticker."""
    pick = random.Random(seed)
    prose = [_prose(pick) for _ in range(500)]
    start = datetime(2024, 1, 1, tzinfo=UTC)
    ticker = ""
    for number in range(count):
        if number % sharing == 0:
            ticker = _ticker(pick)
        text = f"{'' if number % 5 == 4 else ticker}\n{prose[pick.randrange(500)]}{number}\n"
        yield f"https://pages.example/{number}", start + timedelta(seconds=37 * number), text


def _ticker(pick: random.Random) -> str:
    lines = []
    for symbol in sorted(pick.sample(SYMBOLS, 30)):
        previous = pick.randrange(150, 60_000)
        change = round(previous * pick.uniform(-0.05, 0.05))
        words, arrow = _direction(change)
        lines.append(
            f"{symbol} {(previous + change) / 100:.2f} {words} {arrow} {change / 100:.2f}"
            f" ({_pct(change, previous)}%)\n"
        )
    for code, level in INDICES:
        change = round(level * pick.uniform(-0.02, 0.02) * 10)
        words, _ = _direction(change)
        previous = level * 10
        lines.append(
            f"{code} {round((previous + change) / 10):,} {words} {change / 10:g}"
            f" ({_pct(change, previous)}%)\n"
        )
    return "".join(lines)


def _direction(change: int) -> tuple[str, str]:
    if change > 0:
        return "Increased By", "▲"
    return ("Decreased By", "▼") if change < 0 else ("No Change", "▼")


def _pct(change: int, previous: int) -> str:
    return f"{100 * change / previous:.2f}".rstrip("0").rstrip(".")


def _prose(pick: random.Random) -> str:
    paragraphs = []
    for _ in range(9):
        words = [pick.choice(_WORDS) for _ in range(62)]
        words[7] = f"{pick.uniform(1, 90):.1f}%"
        words[30] = f"Increased By {pick.randrange(100)}"
        paragraphs.append(" ".join(words))
    return "\n\n".join(paragraphs) + "\n"


def html(text: str) -> bytes:
    """The same page as HTML, each line an element of its own."""
    lines = "".join(f"<div><span>{line}</span></div>\n" for line in text.split("\n") if line)
    script = "<script>var ticker = 'OGDC 1.00 Increased By 1.00 (1%)';</script>"
    style = "<style>.q{color:red}</style>" * 20
    head = f"<!doctype html><html><head><meta charset=utf-8>{style}{script}</head>"
    return f"{head}<body>{lines}</body></html>".encode()


def write_parquet(file: Path, pages: Iterable[Page]) -> None:
    """A text corpus: url, timestamp, text."""
    schema = pa.schema(
        [("url", pa.string()), ("timestamp", pa.timestamp("us", tz="UTC")), ("text", pa.string())]
    )
    with pq.ParquetWriter(file, schema, compression="snappy") as writer:
        rows = []
        for url, at, text in pages:
            rows.append({"url": url, "timestamp": at, "text": text})
            if len(rows) == 10_000:
                writer.write_table(pa.Table.from_pylist(rows, schema))
                rows.clear()
        if rows:
            writer.write_table(pa.Table.from_pylist(rows, schema))


def write_jsonl(file: Path, pages: Iterable[Page]) -> None:
    """The same as gzipped JSON lines."""
    with gzip.open(file, "wt", encoding="utf-8", compresslevel=6) as out:
        for url, at, text in pages:
            row = {"url": url, "timestamp": at.isoformat(), "text": text}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def write_text(file: Path, pages: Iterable[Page]) -> None:
    """The same as one text, for tools that read text."""
    with file.open("w", encoding="utf-8") as out:
        for _, _, text in pages:
            out.write(text)


def write_folder(folder: Path, pages: Iterable[Page]) -> None:
    """The same as a file a page."""
    for number, (_, _, text) in enumerate(pages):
        below = folder / f"{number // 1000:03}"
        below.mkdir(parents=True, exist_ok=True)
        (below / f"{number:06}.txt").write_text(text, encoding="utf-8")


def write_warc(file: Path, pages: Iterable[Page], kind: str) -> None:
    """The same as a gzipped archive, a member a record: `wet` (text) or `warc` (HTML)."""
    with file.open("wb") as out:
        for url, at, text in pages:
            body = text.encode() if kind == "wet" else _response(html(text))
            out.write(gzip.compress(_record(url, at, body, kind), compresslevel=6))


def _response(body: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    ) + body


def _record(url: str, at: datetime, body: bytes, kind: str) -> bytes:
    is_wet = kind == "wet"
    media = "text/plain" if is_wet else "application/http; msgtype=response"
    head = (
        "WARC/1.0\r\n"
        f"WARC-Type: {'conversion' if is_wet else 'response'}\r\n"
        f"WARC-Target-URI: {url}\r\n"
        f"WARC-Date: {at:%Y-%m-%dT%H:%M:%SZ}\r\n"
        f"Content-Type: {media}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"
