"""Marts as Arrow tables in the few types that BI tools read rightly, with their comments."""

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from jobs.errors import DataRefusedError

_PLAIN_TYPES = (
    pa.types.is_date32,
    pa.types.is_string,
    pa.types.is_float64,
    pa.types.is_decimal128,
    pa.types.is_int32,
    pa.types.is_int64,
    pa.types.is_boolean,
)


def read_marts(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, pa.Table]]:
    """Every table of the main schema by name, in order.

    Rows are ordered by all their columns, so that the same mart is the same file; the comments of
    table and columns stand in the Arrow metadata.

    Raises:
        DataRefusedError: a column holds NaN or infinity.
    """
    marts = connection.sql(
        "select table_name, coalesce(comment, '') from duckdb_tables()"
        " where schema_name = 'main' and not internal order by table_name"
    ).fetchall()
    for name, comment in marts:
        rows = bi_table(connection.sql(f"from {name} order by all").to_arrow_table())
        yield name, with_comments(rows, comment, _column_comments(connection, name))


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


def is_plain(kind: pa.DataType) -> bool:
    """Whether every BI tool reads the type rightly."""
    is_instant = pa.types.is_timestamp(kind) and kind.tz == "UTC" and kind.unit == "us"
    return is_instant or any(is_of(kind) for is_of in _PLAIN_TYPES)


def _bi_field(field: pa.Field) -> pa.Field:
    kind = field.type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.field(field.name, pa.string())
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return pa.field(field.name, pa.timestamp("us", tz="UTC"))
    if not is_plain(kind):
        raise TypeError(f"column {field.name} is {kind}, which BI tools do not all read")
    return pa.field(field.name, kind)


def with_comments(table: pa.Table, comment: str, columns: dict[str, str]) -> pa.Table:
    """`table` with its comment and those of its columns in the Arrow metadata."""
    fields = [
        field.with_metadata({"comment": columns[field.name]}) if columns.get(field.name) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields, metadata={"comment": comment}))


def comment_of(described: pa.Schema | pa.Field) -> str:
    """The comment of a table's schema, or of a column."""
    return str((described.metadata or {}).get(b"comment", b"").decode())


def _column_comments(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    found = connection.execute(
        "select column_name, comment from duckdb_columns()"
        " where schema_name = 'main' and table_name = ? and comment is not null",
        [table],
    )
    return dict(found.fetchall())
