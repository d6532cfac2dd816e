"""What one build says and another does not, table by table."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from jobs.models.graph import load_models

_BUILD_COLUMNS = {"build_id", "built_at", "took_seconds"}
"""Columns that every build has its own value of."""

_ABOUT_BUILDS = {"build_history", "model_runs"}
"""Tables that tell of builds, not of the market; they always differ."""


@dataclass(frozen=True)
class Change:
    """A row that differs: its key, and per column the old and the new value."""

    key: tuple[Any, ...]
    columns: dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class TableDiff:
    """How one table differs. Keys are the values of its grain, in that order."""

    table: str
    grain: tuple[str, ...]
    columns_added: list[str]
    columns_gone: list[str]
    added: list[tuple[Any, ...]]
    gone: list[tuple[Any, ...]]
    changed: list[Change]

    def __bool__(self) -> bool:
        return bool(
            self.columns_added or self.columns_gone or self.added or self.gone or self.changed
        )


def compare(old: Path, new: Path, sql: Path) -> list[TableDiff]:
    """Compare the marts of two databases; the models under `sql` say what makes a row unique.

    A table that only one of the two has is compared with an empty one; of a table that no model
    builds any more the whole row is its key.
    """
    with duckdb.connect() as connection:
        for name, file in (("old", old), ("new", new)):
            quoted = str(file).replace("'", "''")
            connection.execute(f"attach '{quoted}' as {name} (read_only)")
        found = connection.sql(
            "select distinct table_name from duckdb_tables()"
            " where database_name in ('old', 'new') and schema_name = 'main' order by table_name"
        ).fetchall()
        grains = {model.name: model.grain for model in load_models(sql)}
        return [
            _compare(connection, table, grains.get(table, ()))
            for (table,) in found
            if table not in _ABOUT_BUILDS
        ]


def _compare(
    connection: duckdb.DuckDBPyConnection, table: str, grain: tuple[str, ...]
) -> TableDiff:
    before, after = (_columns(connection, side, table) for side in ("old", "new"))
    grain = grain or tuple(after or before)
    if not before or not after:
        side = "new" if after else "old"
        keys = _keys(connection, f"from {side}.{table}", grain) if before or after else []
        return TableDiff(
            table, grain, after, before, keys if after else [], keys if before else [], []
        )
    by = tuple(column for column in grain if column not in _BUILD_COLUMNS) or ("1",)
    same_key = " and ".join(f"old.{c} is not distinct from new.{c}" for c in by if c != "1")
    same_key = same_key or "true"
    joined = f"old.{table} as old {{}} join new.{table} as new on {same_key}"
    shared = [c for c in before if c in after and c not in {*by, *_BUILD_COLUMNS}]
    return TableDiff(
        table=table,
        grain=() if by == ("1",) else by,
        columns_added=[c for c in after if c not in before],
        columns_gone=[c for c in before if c not in after],
        added=_keys(connection, f"from new.{table} as t anti join old.{table} as o on {{}}", by),
        gone=_keys(connection, f"from old.{table} as t anti join new.{table} as o on {{}}", by),
        changed=_changes(connection, joined.format("inner"), by, shared),
    )


def _columns(connection: duckdb.DuckDBPyConnection, side: str, table: str) -> list[str]:
    found = connection.execute(
        "select column_name from duckdb_columns() where database_name = ?"
        " and schema_name = 'main' and table_name = ? order by column_index",
        [side, table],
    ).fetchall()
    return [name for (name,) in found]


def _keys(
    connection: duckdb.DuckDBPyConnection, source: str, by: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    on = " and ".join(f"t.{c} is not distinct from o.{c}" for c in by if c != "1") or "true"
    columns = ", ".join(by)
    return _tuples(connection, f"select {columns} {source.format(on)} order by {columns}")


def _changes(
    connection: duckdb.DuckDBPyConnection, joined: str, by: tuple[str, ...], columns: list[str]
) -> list[Change]:
    if not columns:
        return []
    keys = [f"new.{column}" if column != "1" else "1" for column in by]
    pairs = [f"old.{c}, new.{c}" for c in columns]
    differs = " or ".join(f"old.{c} is distinct from new.{c}" for c in columns)
    query = f"select {', '.join(keys + pairs)} from {joined} where {differs}"
    found = _tuples(connection, f"{query} order by {', '.join(keys)}")
    changes = []
    for row in found:
        values = row[len(by) :]
        both = dict(zip(columns, zip(values[::2], values[1::2], strict=True), strict=True))
        changes.append(Change(row[: len(by)], {c: v for c, v in both.items() if v[0] != v[1]}))
    return changes


def _tuples(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """Rows by way of Arrow: DuckDB itself hands instants to Python with a package of their own."""
    table = connection.sql(query).to_arrow_table()
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
