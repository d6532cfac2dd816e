"""What an exported Parquet file must be, read from the file itself."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.export.tables import comment_of, is_plain

_DATA_PAGE_V1 = bytes([0x15, 0x00])
"""How the header of a data page begins: its type is 0, that of version 2 is 3."""


def violations(file: Path, key: Sequence[str] = ()) -> Iterator[str]:
    """What is wrong with the file, if anything: types, nesting, pages, compression, nulls, NaN."""
    parquet = pq.ParquetFile(file)
    schema = parquet.schema_arrow
    if not comment_of(schema):
        yield "the table has no comment"
    for field in schema:
        if not is_plain(field.type):
            yield f"column {field.name} is {field.type}, which BI tools do not all read"
        if not comment_of(field):
            yield f"column {field.name} has no comment"
    yield from _storage(parquet, file)
    missing = [name for name in key if name not in schema.names]
    yield from (f"key column {name} is not there" for name in missing)
    checked = [f.name for f in schema if pa.types.is_floating(f.type)]
    rows = parquet.read([*checked, *(name for name in key if name not in missing)])
    for name in rows.column_names:
        column = rows.column(name)
        if name in key and column.null_count:
            yield f"key column {name} holds nulls"
        if pa.types.is_floating(column.type) and pc.any(pc.is_nan(column)).as_py():
            yield f"column {name} holds NaN"


def _storage(parquet: pq.ParquetFile, file: Path) -> Iterator[str]:
    with file.open("rb") as handle:
        for group in range(parquet.num_row_groups):
            for number in range(parquet.metadata.num_columns):
                chunk = parquet.metadata.row_group(group).column(number)
                name = chunk.path_in_schema
                if "." in name:
                    yield f"column {name} is nested"
                if chunk.compression != "SNAPPY":
                    yield f"column {name} is compressed with {chunk.compression}, not Snappy"
                handle.seek(chunk.data_page_offset)
                if chunk.num_values and handle.read(2) != _DATA_PAGE_V1:
                    yield f"column {name} has data pages of version 2"
