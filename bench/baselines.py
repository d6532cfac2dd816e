"""What people put together themselves: `python -m bench.baselines NAME SOURCE TARGET`."""

import gzip
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

LINE = re.compile(
    r"^([A-Z0-9]{2,12}) ([\d,]+(?:\.\d+)?) (Increased By|Decreased By|No Change) (?:[▲▼] )?"
    r"(-?[\d,]+(?:\.\d+)?) \((-?[\d.]+)%\)$"
)


def python_loop(source: Path, target: Path) -> None:
    """A loop over the lines of a Parquet corpus, with a regular expression, into Parquet."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    texts = (
        text
        for batch in pq.ParquetFile(source).iter_batches(1000, columns=["text"])
        for text in batch.column(0).to_pylist()
    )
    _write(_quotes(texts), target)


def duckdb_sql(source: Path, target: Path) -> None:
    """One SQL statement over a Parquet corpus, into Parquet."""
    import duckdb  # noqa: PLC0415

    parts = ["symbol", "price", "words", "change", "pct"]
    duckdb.execute(
        f"""
        copy (
            with lines as (
                select unnest(string_split(text, chr(10))) as line from read_parquet('{source}')
            ),
            parsed as (
                select regexp_extract(line, '{LINE.pattern}', {parts}) as part
                from lines where line like '%\\%)' escape '\\'
            )
            select part.symbol, part.words,
                cast(replace(part.price, ',', '') as decimal(18, 4)) as price,
                cast(replace(part.change, ',', '') as decimal(18, 4)) as change,
                cast(part.pct as decimal(18, 4)) as pct
            from parsed where part.symbol <> ''
        ) to '{target}' (format parquet, compression zstd)
        """
    )


def warcio_loop(source: Path, target: Path) -> None:
    """Warcio and BeautifulSoup over a web archive, into Parquet."""
    from bs4 import BeautifulSoup  # noqa: PLC0415
    from warcio.archiveiterator import ArchiveIterator  # noqa: PLC0415

    def texts() -> Iterator[str]:
        with source.open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type == "response":
                    soup = BeautifulSoup(record.content_stream().read(), "html.parser")
                    for unseen in soup(["script", "style"]):
                        unseen.decompose()
                    yield soup.get_text("\n")

    _write(_quotes(texts()), target)


def read_bytes(source: Path, _: Path) -> None:
    """The bytes of all files of a folder, read and forgotten."""
    print(sum(len(file.read_bytes()) for file in source.rglob("*.txt")))


def gunzip(source: Path, _: Path) -> None:
    """A gzip file through Python's own gzip, forgotten."""
    with gzip.open(source) as stream:
        while stream.read(1 << 20):
            pass


def _quotes(texts: Iterable[str]) -> Iterator[tuple[str, float, str, float, float]]:
    for text in texts:
        for line in text.split("\n"):
            if match := LINE.match(line):
                symbol, price, words, change, pct = match.groups()
                yield (
                    symbol,
                    float(price.replace(",", "")),
                    words,
                    float(change.replace(",", "")),
                    float(pct),
                )


def _write(rows: Iterable[tuple[object, ...]], target: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    names = ["symbol", "price", "words", "change", "pct"]
    table = pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
    pq.write_table(table, target, compression="zstd")


if __name__ == "__main__":
    {f.__name__: f for f in (python_loop, duckdb_sql, warcio_loop, read_bytes, gunzip)}[
        sys.argv[1]
    ](Path(sys.argv[2]), Path(sys.argv[3]))
