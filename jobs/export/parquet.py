"""One Parquet file a mart, in the narrow dialect that every BI tool reads rightly."""

import functools
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.errors import DataRefusedError

MANIFEST = "manifest.json"

_PLAIN_TYPES = (
    pa.types.is_date32,
    pa.types.is_string,
    pa.types.is_float64,
    pa.types.is_decimal128,
    pa.types.is_int32,
    pa.types.is_int64,
    pa.types.is_boolean,
)


def export_marts(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[Path]:
    """Write every table of the main schema to `folder`, and a `manifest.json` that lists them.

    Parquet V1 pages, Snappy, flat, signed; comments of tables and columns in the metadata; rows
    ordered by all their columns, so that the same mart is the same file. An existing file is
    replaced as a whole.

    Returns:
        The files written, the manifest last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    build = connection.sql("select build_id from build_info").fetchall()
    entries, written = [], []
    for table, comment in _marts(connection):
        rows = with_comments(
            bi_table(connection.sql(f"from {table} order by all").to_arrow_table()),
            comment,
            _column_comments(connection, table),
        )
        file = folder / f"{table}.parquet"
        _replace(file, functools.partial(_write_parquet, rows))
        written.append(file)
        entries.append(
            {
                "table": table,
                "file": file.name,
                "comment": comment,
                "rows": rows.num_rows,
                "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
                "columns": [
                    {
                        "name": field.name,
                        "type": _sql_type(field.type),
                        "comment": (field.metadata or {}).get(b"comment", b"").decode(),
                    }
                    for field in rows.schema
                ],
            }
        )
    manifest = {"build_id": build[0][0], "tables": entries}
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    _replace(folder / MANIFEST, lambda aside: aside.write_text(text, encoding="utf-8"))
    return [*written, folder / MANIFEST]


def bi_table(table: pa.Table) -> pa.Table:
    """`table` in types that BI tools read: no large strings, instants in UTC microseconds.

    Raises:
        TypeError: a column is of a type that some BI tool misreads.
        DataRefusedError: a column holds NaN or infinity.
    """
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_float64(column.type) and pc.any(pc.invert(pc.is_finite(column))).as_py():
            raise DataRefusedError(f"column {name} holds NaN or infinity; divide by nullif(x, 0)")
    return table.cast(pa.schema([_bi_field(field) for field in table.schema]))


def _bi_field(field: pa.Field) -> pa.Field:
    kind = field.type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.field(field.name, pa.string())
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return pa.field(field.name, pa.timestamp("us", tz="UTC"))
    if not any(is_plain(kind) for is_plain in _PLAIN_TYPES):
        raise TypeError(f"column {field.name} is {kind}, which BI tools do not all read")
    return pa.field(field.name, kind)


def with_comments(table: pa.Table, comment: str, columns: dict[str, str]) -> pa.Table:
    """`table` with its comment and those of its columns in the Arrow metadata."""
    fields = [
        field.with_metadata({"comment": columns[field.name]}) if columns.get(field.name) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields, metadata={"comment": comment}))


def _marts(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.sql(
        "select table_name, coalesce(comment, '') from duckdb_tables()"
        " where schema_name = 'main' and not internal order by table_name"
    ).fetchall()


def _column_comments(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    found = connection.execute(
        "select column_name, comment from duckdb_columns()"
        " where schema_name = 'main' and table_name = ? and comment is not null",
        [table],
    )
    return dict(found.fetchall())


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_decimal128(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ"
    names = {
        pa.date32(): "DATE",
        pa.string(): "VARCHAR",
        pa.float64(): "DOUBLE",
        pa.int32(): "INTEGER",
        pa.int64(): "BIGINT",
        pa.bool_(): "BOOLEAN",
    }
    return names[kind]


def _write_parquet(table: pa.Table, file: Path) -> None:
    pq.write_table(
        table, file, version="2.6", data_page_version="1.0", compression="snappy", store_schema=True
    )


def _replace(file: Path, write: Callable[[Path], object]) -> None:
    """Write aside, make it last, rename: `file` is the old one or the new one, never a part."""
    aside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        write(aside)
        with aside.open("rb") as handle:
            os.fsync(handle.fileno())
        aside.rename(file)
    finally:
        aside.unlink(missing_ok=True)
