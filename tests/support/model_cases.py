"""Cases of models as data: `tests/models/*.toml`, rows in and the rows that must come out.

Tables are written as text: a line a row, cells between bars, an empty cell for null. Only the
columns that matter are named: those that a case does not give are null, those that it does not
expect are not compared. Types are those of the warehouse.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from jobs.models.header import SqlFile, read_sql_file
from jobs.models.published import load_published
from jobs.settings import sql_folder

Types = dict[tuple[str, str], str]
"""The type of each column of each table."""

Text = str
"""A table as text."""


@dataclass(frozen=True)
class Case:
    """One case: what the tables hold that the SQL file reads, and what its query finds in them."""

    model: SqlFile
    name: str
    given: dict[str, Text]
    expect: Text
    cte: str | None = None
    """The CTE whose rows are expected, where it is not the query itself."""


def read_cases(file: Path) -> list[Case]:
    """The cases of one file.

    Raises:
        TypeError: a key that a case does not have, or a case without one that it needs.
    """
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    model = read_sql_file(sql_folder() / found.pop("file"))
    cases = [Case(model, **given) for given in found.pop("case")]
    if found:
        raise TypeError(f"{file.name}: unknown keys {', '.join(found)}")
    return cases


def outcome(case: Case, types: Types) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows that the query of a case finds, and those expected, both in the same order.

    Raises:
        ValueError: the case names a table that is not read, or a column or CTE that is not there.
    """
    if strangers := case.given.keys() - case.model.reads:
        raise ValueError(f"{case.model.name} does not read {', '.join(sorted(strangers))}")
    with duckdb.connect() as connection:
        load_published(connection, None)
        for table in sorted(case.model.reads):
            _create(connection, table, types)
            _fill(connection, table, case.given.get(table, ""))
        connection.execute(f"create table found as {_query(case)}")
        connection.execute("create table expected as from found limit 0")
        columns = ", ".join(_fill(connection, "expected", case.expect))
        return (
            _rows(connection, f"select {columns} from found order by all"),
            _rows(connection, f"select {columns} from expected order by all"),
        )


def _query(case: Case) -> str:
    if case.cte is None:
        return case.model.sql
    query = sqlglot.parse_one(case.model.sql, dialect="duckdb")
    if case.cte not in {cte.alias for cte in query.ctes}:
        raise ValueError(f"{case.model.name} has no CTE {case.cte}")
    of_cte = exp.select("*").from_(case.cte)
    of_cte.set("with_", query.args["with_"].copy())
    return of_cte.sql("duckdb")


def _create(connection: duckdb.DuckDBPyConnection, table: str, types: Types) -> None:
    schema, _, _ = table.rpartition(".")
    if schema == "published":
        return  # they lie in a database of their own, and are there already
    columns = [f"{column} {kind}" for (of, column), kind in types.items() if of == table]
    connection.execute(f"create schema if not exists {schema or 'main'}")
    connection.execute(f"create table {table} ({', '.join(columns)})")


def _fill(connection: duckdb.DuckDBPyConnection, table: str, text: Text) -> list[str]:
    """Insert the rows of a text, and return the columns that it names."""
    head, *lines = [_cells(line) for line in text.strip().splitlines()] or [[]]
    known = connection.sql(f"from {table}").columns
    if strangers := [name for name in head if name not in known]:
        raise ValueError(f"{table} has no column {', '.join(strangers)}")
    for line in lines:
        if len(line) != len(head):
            raise ValueError(f"{table}: {' | '.join(line)}: expected {len(head)} cells")
        given = [cell or None for cell in line]
        marks = ", ".join("?" for _ in head)
        connection.execute(f"insert into {table} ({', '.join(head)}) values ({marks})", given)
    return head


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    return [{c: round(v, 8) if isinstance(v, float) else v for c, v in r.items()} for r in found]
