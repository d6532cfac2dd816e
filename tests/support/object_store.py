"""A small object store on loopback: of the protocol of S3, listing a bucket and reading from it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_MOMENT = "2024-05-03T12:00:00.000Z", "Fri, 03 May 2024 12:00:00 GMT"


@contextmanager
def object_store(bucket: str, objects: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """Serve `objects` by their keys; gives the settings that lead an engine there."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            asked = parse_qs(address.query)
            key = unquote(address.path).removeprefix(f"/{bucket}").removeprefix("/")
            if key:
                self._give(objects.get(key))
            else:
                self._give(_listing(bucket, objects, asked.get("prefix", [""])[0]))

        def do_HEAD(self) -> None:
            self.do_GET()

        def _give(self, content: bytes | None) -> None:
            whole, status = content or b"", 200 if content is not None else 404
            span = slice(None)
            if "Range" in self.headers and content is not None:
                first, last = self.headers["Range"].removeprefix("bytes=").split("-")
                span, status = slice(int(first), int(last or len(whole)) + 1), 206
            self.send_response(status)
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", _MOMENT[1])
            self.send_header("Content-Length", str(len(whole[span])))
            if status == 206:
                first, last, _ = span.indices(len(whole))
                self.send_header("Content-Range", f"bytes {first}-{last - 1}/{len(whole)}")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(whole[span])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "nowhere",
            "AWS_ACCESS_KEY_ID": "anybody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
        }
    finally:
        server.shutdown()
        server.server_close()


def _listing(bucket: str, objects: Mapping[str, bytes], prefix: str) -> bytes:
    """Keys and sizes of what begins with `prefix`."""
    rows = [
        f"<Contents><Key>{escape(key)}</Key><LastModified>{_MOMENT[0]}</LastModified>"
        f"<ETag>1</ETag><Size>{len(content)}</Size></Contents>"
        for key, content in sorted(objects.items())
        if key.startswith(prefix)
    ]
    return (
        f"<ListBucketResult><Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix>"
        f"<KeyCount>{len(rows)}</KeyCount><IsTruncated>false</IsTruncated>{''.join(rows)}"
        "</ListBucketResult>"
    ).encode()
