"""The same pages in every container that people keep pages in."""

import gzip
import html
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from backports import zstd

Pages = Mapping[str, str]
"""Texts by name."""

AT = datetime(2025, 11, 3, 8, 0, tzinfo=UTC)


def as_html(text: str) -> bytes:
    """A page with the ticker's parts in elements of their own, each quote in a block element."""
    ticker, _, article = text.partition("\n\n")
    quotes = "".join(_quote(line) for line in ticker.splitlines())
    paragraphs = "".join(f"<p>{html.escape(line)}</p>\n" for line in article.splitlines() if line)
    return (
        "<!DOCTYPE html>\n<html><head><meta charset='utf-8'><title>A page</title>"
        "<style>.up { color: green }</style>"
        "<script>var q = 'OGDC 1.00 Increased By ▲ 0.50 (100%)';</script></head>\n"
        f"<body><div class='ticker'>{quotes}</div>\n<article>{paragraphs}</article></body></html>"
    ).encode()


def _quote(line: str) -> str:
    *parts, change, pct = html.escape(line).split(" ")
    cells = [parts[0], parts[1], " ".join(parts[2:]), f"{change} {pct}"]
    return "<div>" + "".join(f"<span>{cell}</span>\n " for cell in cells) + "</div>"


def as_scattered_html(text: str) -> bytes:
    """The same, with each part of a quote in a block element, on a line of its own."""
    return as_html(text).replace(b"<span>", b"<div>").replace(b"</span>", b"</div>")


def warc_record(
    body: bytes, kind: str = "conversion", url: str = "https://x.example/", **fields: str
) -> bytes:
    """One archive record; `fields` replace or add header fields."""
    header = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        "WARC-Date": f"{AT:%Y-%m-%dT%H:%M:%SZ}",
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in header.items())
    return f"WARC/1.0\r\n{lines}\r\n".encode() + body + b"\r\n\r\n"


def http_response(body: bytes, *headers: str) -> bytes:
    """What a server sent."""
    head = ["HTTP/1.1 200 OK", *(headers or ("Content-Type: text/html; charset=utf-8",))]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def chunked(body: bytes, size: int = 1000) -> bytes:
    """A body in the chunked transfer encoding."""
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def _write_files(folder: Path, pages: Pages, suffix: str, pack: Callable[[str], bytes]) -> None:
    for name, text in pages.items():
        (folder / f"{name}{suffix}").write_bytes(pack(text))


def _zip(folder: Path, pages: Pages) -> None:
    with zipfile.ZipFile(folder / "pages.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, text) in enumerate(pages.items()):
            if number % 3 == 0:
                archive.writestr(f"below/{name}.html", as_html(text))
            elif number % 3 == 1:
                archive.writestr(f"{name}.txt.gz", gzip.compress(text.encode()))
            else:
                archive.writestr(f"../../{name}.txt", text)


def _json_lines(pages: Pages) -> bytes:
    rows = ({"url": f"https://x.example/{n}", "content": text} for n, text in pages.items())
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _parquet(folder: Path, pages: Pages) -> None:
    rows = [{"raw_content": text, "url": name, "fetch_time": AT} for name, text in pages.items()]
    pq.write_table(pa.Table.from_pylist(rows), folder / "pages.parquet", row_group_size=40)


def _wet(pages: Pages) -> list[bytes]:
    info = warc_record(b"software: none\r\n", "warcinfo", WARC_Date="2026-01-01T00:00:00Z")
    return [info, *(warc_record(text.encode()) for text in pages.values())]


_HTML, _CHUNKED = "Content-Type: text/html", "Transfer-Encoding: chunked"
_GZIPPED = "Content-Encoding: gzip"


def _warc(pages: Pages) -> list[bytes]:
    records = [warc_record(b"GET / HTTP/1.1\r\n\r\n", "request")]
    for number, text in enumerate(pages.values()):
        page = as_html(text)
        if number % 3 == 0:
            body = http_response(page)
        elif number % 3 == 1:
            wide = page.replace(b"utf-8", b"utf-16").decode().encode("utf-16-le")
            body = http_response(chunked(wide), f"{_HTML}; charset=utf-16-le", _CHUNKED)
        else:
            body = http_response(chunked(gzip.compress(page)), _HTML, _CHUNKED, _GZIPPED)
        records.append(warc_record(body, "response"))
    return records


def _write(name: str, content: Callable[[Pages], bytes]) -> Callable[[Path, Pages], None]:
    return lambda folder, pages: _put(folder / name, content(pages))


def _put(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def _members(records: list[bytes]) -> bytes:
    return b"".join(gzip.compress(record) for record in records)


def zstd_of(text: bytes) -> bytes:
    """One zstd frame."""
    out = io.BytesIO()
    with zstd.open(out, "wb") as packed:
        packed.write(text)
    return out.getvalue()


CONTAINERS: dict[str, Callable[[Path, Pages], None]] = {
    "text": lambda folder, pages: _write_files(folder, pages, ".txt", str.encode),
    "text with CRLF": lambda folder, pages: _write_files(
        folder, pages, ".txt", lambda text: text.replace("\n", "\r\n").encode("utf-8-sig")
    ),
    "text in UTF-16": lambda folder, pages: _write_files(
        folder, pages, ".txt", lambda text: text.encode("utf-16")
    ),
    "text.gz": lambda folder, pages: _write_files(
        folder, pages, ".txt.gz", lambda text: gzip.compress(text.encode())
    ),
    "text.zst": lambda folder, pages: _write_files(
        folder, pages, ".txt.zst", lambda text: zstd_of(text.encode())
    ),
    "html": lambda folder, pages: _write_files(folder, pages, ".html", as_html),
    "scattered html": lambda folder, pages: _write_files(folder, pages, ".htm", as_scattered_html),
    "html.gz": lambda folder, pages: _write_files(
        folder, pages, ".html.gz", lambda text: gzip.compress(as_html(text))
    ),
    "zip": _zip,
    "jsonl": _write("pages.jsonl", _json_lines),
    "jsonl.gz": _write("pages.jsonl.gz", lambda pages: gzip.compress(_json_lines(pages))),
    "ndjson.zst": _write("pages.ndjson.zst", lambda pages: zstd_of(_json_lines(pages))),
    "parquet": _parquet,
    "wet": _write("pages.wet", lambda pages: b"".join(_wet(pages))),
    "wet.gz": _write("pages.warc.wet.gz", lambda pages: _members(_wet(pages))),
    "wet.gz in one member": _write(
        "pages.wet.gz", lambda pages: gzip.compress(b"".join(_wet(pages)))
    ),
    "warc": _write("pages.warc", lambda pages: b"".join(_warc(pages))),
    "warc.gz": _write("pages.warc.gz", lambda pages: _members(_warc(pages))),
    "warc.zst": _write("pages.warc.zst", lambda pages: zstd_of(b"".join(_warc(pages)))),
    "misnamed wet.gz": _write("pages.txt", lambda pages: _members(_wet(pages))),
}
