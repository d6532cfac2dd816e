"""Text corpora: JSON lines and Parquet, a page a row."""

import re
from collections.abc import Container, Iterator, Sequence
from typing import BinaryIO, NamedTuple

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.snapshot.capture_times import KARACHI, YEARS, container_times
from jobs.snapshot.containers.found import MEGABYTE, PAGES, Damage, Limits, Reading, Refusal
from jobs.snapshot.schemas import INSTANT

TEXT_COLUMNS = ("text", "content", "raw_content")
TIME_COLUMNS = ("captured_at", "timestamp", "date", "fetch_time", "warc_date")
"""The first of these that is there is the capture time. A time without a zone is UTC; but one that
a user wrote, as `captured_at`, is Karachi time."""

_UNREADABLE = (
    pa.ArrowException,
    pl.exceptions.PolarsError,
    OSError,
    ValueError,  # a column whose name is no text
)
_DICTIONARY_PAGE = re.compile(rb"\x15\x04\x15([\x80-\xff]{0,8}[\x00-\x7f])", re.DOTALL)
"""How the header of a dictionary page begins, with the page's size when it is unpacked."""
_MOST_REPEATED = 512 * MEGABYTE
"""Text that is unpacked at once where a dictionary repeats it."""
_SMALL_GROUP = 48 * MEGABYTE
_BATCH_BYTES = 8 * MEGABYTE


class _Row(NamedTuple):
    """One JSON object."""

    text: str | None = None
    url: str | None = None
    time: str | None = None
    is_users_time: bool = False
    refused_because: str | None = None


def read_parquet(stream: BinaryIO, reading: Reading) -> Iterator[pa.Table]:
    """The pages of a Parquet file, as tables of `PAGES`.

    Raises:
        Refusal: it cannot be opened, or has no text column.
    """
    try:
        file = pq.ParquetFile(stream)
    except _UNREADABLE as error:
        raise Refusal(f"damaged Parquet: {_first_line(error)}") from error
    names = file.schema_arrow.names
    text = _first_of(TEXT_COLUMNS, names)
    if text is None or not _is_text(file.schema_arrow.field(text).type):
        raise Refusal(f"no text column; expected one of {', '.join(TEXT_COLUMNS)}")
    time = _first_of(TIME_COLUMNS, names)
    wanted = [name for name in (text, "url", time) if name is not None and name in names]
    for group in range(file.num_row_groups):
        try:
            for table in _tables(file, group, wanted, _rows_at_once(file, stream, group, text)):
                columns = dict(zip(wanted, table.columns, strict=True))
                times = _times(columns[time], time) if time else None
                reading.unpacks(columns[text].nbytes)
                yield _pages(columns[text], columns.get("url"), times, None, reading.limits)
        except _UNREADABLE as error:
            reading.damage.append(Damage(f"Parquet row group {group}: {_first_line(error)}"))


def _times(column: pa.ChunkedArray, name: str) -> pl.DataFrame:
    """`captured_at` and `captured_precision` of a column of timestamps, dates or ISO texts."""
    if pa.types.is_timestamp(column.type):
        is_naive_users = column.type.tz is None and name == TIME_COLUMNS[0]
        zone = KARACHI if is_naive_users else "UTC"
        given = column if column.type.tz else pc.assume_timezone(column, zone)
        found = pl.DataFrame({"captured_at": given.cast(INSTANT, safe=False)})
        is_possible = pl.col("captured_at").dt.year().is_between(YEARS[0], YEARS[-1])
        return found.select(pl.when(is_possible).then("captured_at")).with_columns(
            captured_precision=pl.when(pl.col("captured_at").is_not_null()).then(pl.lit("second"))
        )
    texts = pl.DataFrame({"time": column.cast(pa.string())})
    return texts.select(container_times(pl.col("time"), pl.lit(name == TIME_COLUMNS[0])))


def _pages(
    text: pa.ChunkedArray,
    url: pa.ChunkedArray | None,
    times: pl.DataFrame | None,
    because: pa.Array | None,
    limits: Limits,
) -> pa.Table:
    """Columns as `PAGES`; what has no text, or too much of it, is refused."""
    is_too_large = pc.fill_null(pc.greater(pc.binary_length(text), limits.document_bytes), False)
    nothing = pa.nulls(len(text), pa.string())
    found_because = pc.if_else(
        is_too_large, limits.too_large, pc.if_else(pc.is_null(text), "no text", nothing)
    )
    if pc.any(is_too_large).as_py():
        text = pc.if_else(is_too_large, None, text)
    captured = times.to_arrow() if times is not None else {}
    return pa.table(
        {
            "text": text,
            "url": nothing if url is None else url,
            "member": nothing,
            "captured_at": captured["captured_at"] if captured else nothing,
            "captured_precision": captured["captured_precision"] if captured else nothing,
            "refused_because": found_because
            if because is None
            else pc.coalesce(because, found_because),
        }
    ).cast(PAGES)


def read_json_lines(stream: BinaryIO, limits: Limits) -> Iterator[pa.Table]:
    """The pages of a file of JSON objects, one a line, as tables of `PAGES`.

    A line that is no object with a text is a refused page; the others are read.
    """
    rows: list[_Row] = []
    size = 0
    for line in _lines(stream, limits.document_bytes):
        rows.append(_json_row(line) if line else _Row(refused_because=limits.too_large))
        size += len(line)
        if size >= _BATCH_BYTES:
            yield _json_pages(rows, limits)
            rows, size = [], 0
    if rows:
        yield _json_pages(rows, limits)


def has_text(head: bytes) -> bool:
    """Whether a file that begins so is one of JSON objects with a text, one a line."""
    line, end, _ = head.lstrip().partition(b"\n")
    if end:
        return _json_row(line).refused_because is None
    names = (b'"%s"' % name.encode() for name in TEXT_COLUMNS)
    return line.startswith(b"{") and any(name in line for name in names)


def _json_pages(rows: list[_Row], limits: Limits) -> pa.Table:
    text, url, time, is_users, because = (list(column) for column in zip(*rows, strict=True))
    times = pl.DataFrame({"time": time, "is_users": is_users}, schema_overrides={"time": pl.String})
    return _pages(
        pa.chunked_array([pa.array(text, pa.large_string())]),
        pa.chunked_array([pa.array(url, pa.string())]),
        times.select(container_times(pl.col("time"), pl.col("is_users"))),
        pa.array(because, pa.string()),
        limits,
    )


def _lines(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Lines that are not blank; an empty one in place of each that is longer than `limit`."""
    while line := stream.readline(limit):
        if len(line) == limit and not line.endswith(b"\n"):
            while (rest := stream.readline(MEGABYTE)) and not rest.endswith(b"\n"):
                pass
            yield b""
        elif not line.isspace():
            yield line


def _json_row(line: bytes) -> _Row:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _Row(refused_because=f"no JSON: {error}")
    text = row.get(_first_of(TEXT_COLUMNS, row)) if isinstance(row, dict) else None
    if not isinstance(text, str):
        return _Row(refused_because=f"no text; expected one of {', '.join(TEXT_COLUMNS)}")
    time, url = _first_of(TIME_COLUMNS, row), row.get("url")
    return _Row(
        text,
        url if isinstance(url, str) else None,
        None if time is None else str(row[time]),
        time == TIME_COLUMNS[0],
    )


def _first_of(names: Sequence[str], there: Container[str]) -> str | None:
    return next((name for name in names if name in there), None)


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _tables(file: pq.ParquetFile, group: int, columns: list[str], rows: int) -> Iterator[pa.Table]:
    """A row group, unpacked so many rows at a time; whole if it has no more, which is quicker."""
    if file.metadata.row_group(group).num_rows <= rows:
        yield file.read_row_group(group, columns).select(columns)
        return
    parts: list[pa.RecordBatch] = []
    size = 0
    for batch in file.iter_batches(rows, row_groups=[group], columns=columns):
        parts.append(batch)
        size += batch.nbytes
        if size >= _BATCH_BYTES:
            yield pa.Table.from_batches(parts).select(columns)
            parts, size = [], 0
    if parts:
        yield pa.Table.from_batches(parts).select(columns)


def _rows_at_once(file: pq.ParquetFile, stream: BinaryIO, group: int, text: str) -> int:
    """Rows of a row group that fit into memory together, whatever texts they repeat.

    A text that stands in the file once, in a dictionary, can be that of every row.
    """
    about = file.metadata.row_group(group)
    rows = int(about.num_rows)
    if about.total_byte_size > _SMALL_GROUP:
        rows = rows * _BATCH_BYTES // int(about.total_byte_size)
    # A description of a chunk that is damaged ends the process where metadata shows it, and is an
    # error where a row is read by it; so one row is read before the description is asked for.
    next(file.iter_batches(1, row_groups=[group], columns=[text]), None)
    paths = [file.schema.column(number).path for number in range(about.num_columns)]
    number = paths.index(text)  # ValueError: the description lists fewer columns than the schema
    largest = _largest_repeated(stream, about.column(number))
    return max(min(rows, _MOST_REPEATED // max(largest, 1)), 1)


def _largest_repeated(stream: BinaryIO, chunk: pq.ColumnChunkMetaData) -> int:
    """Bytes that a text may have at most which the file holds once and shows in many rows."""
    if "DELTA_BYTE_ARRAY" in chunk.encodings:
        return int(chunk.total_uncompressed_size)
    start = chunk.data_page_offset
    if chunk.has_dictionary_page:
        start = min(start, chunk.dictionary_page_offset)
    stream.seek(max(start, 0))
    head = _DICTIONARY_PAGE.match(stream.read(16))
    if head is None:
        return 0
    bits: list[int] = [byte & 127 for byte in head[1]]
    return sum(seven << (7 * place) for place, seven in enumerate(bits)) >> 1  # Thrift's zigzag


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
