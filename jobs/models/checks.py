"""What a warehouse promises, as queries that must find no row."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from jobs.errors import UsageError
from jobs.models.header import SqlFile

_SHOWN_ROWS = 3


@dataclass(frozen=True)
class Check:
    """A promise, and the query that finds the rows which break it."""

    name: str
    offenders: str
    is_blocking: bool = True
    file: SqlFile | None = None
    """The file that is the query, where the query is not made from a model's header."""


@dataclass(frozen=True)
class Failure:
    """A broken promise, with the first rows that break it."""

    check: Check
    row_count: int
    rows: tuple[str, ...]

    def __str__(self) -> str:
        shown = "; ".join(self.rows)
        return f"{self.check.name}: {self.row_count} offending row(s), such as {shown}"


def contract_checks(model: SqlFile) -> list[Check]:
    """The checks that a model's header asks for: its grain, and its promises.

    Raises:
        UsageError: a promise is not written as its kind asks.
    """
    key = ", ".join(model.grain)
    generated = [
        Check(f"{model.name}: grain ({key}) is never null", _nulls(model.name, key)),
        Check(f"{model.name}: grain ({key}) is unique", _repeats(model.name, key)),
    ]
    return generated + [_promised(model, kind, words) for kind, words in model.promises]


def _promised(model: SqlFile, kind: str, words: str) -> Check:
    """The check of one promise.

    | kind | example |
    | --- | --- |
    | check | `low <= high`: true on every row, and not null |
    | not null | `price, symbol` |
    | unique | `build_id, symbol` |
    | references | `capture_id -> captures.capture_id`: the other table has it; null has none |
    | accepted | `direction in up, down, flat`: one of these, or null |
    | freshness | `trade_date within 5 days`: of the time of the build; only a warning |
    | rows | `at least 1` |
    """
    table = model.name
    if not (parts := re.fullmatch(_PATTERNS[kind], words)):
        raise UsageError(f"{model.path}: cannot read `-- {kind}: {words}`")
    query = _QUERIES[kind](table, *parts.groups())
    said = words if kind == "check" else f"{kind} {words}"
    return Check(f"{table}: {said}", query, is_blocking=kind != "freshness")


_PATTERNS = {
    "check": r"(.+)",
    "not null": r"(\w+(?:, *\w+)*)",
    "unique": r"(\w+(?:, *\w+)*)",
    "references": r"(\w+) -> (\w+(?:\.\w+)?)\.(\w+)",
    "accepted": r"(\w+) in (.+)",
    "freshness": r"(\w+) within (\d+) days",
    "rows": r"at least (\d+)",
}


def _untrue(table: str, condition: str) -> str:
    return f"select * from {table} where ({condition}) is not true"


def _nulls(table: str, columns: str) -> str:
    missing = " or ".join(f"{column} is null" for column in columns.split(","))
    return f"select {columns} from {table} where {missing}"


def _repeats(table: str, key: str) -> str:
    return f"select {key}, count(*) as row_count from {table} group by {key} having row_count > 1"


def _strangers(table: str, column: str, other: str, key: str) -> str:
    return (
        f"select distinct t.{column} from {table} as t anti join {other} as o"
        f" on t.{column} = o.{key} where t.{column} is not null"
    )


def _others(table: str, column: str, values: str) -> str:
    known = ", ".join("'" + v.strip().replace("'", "''") + "'" for v in values.split(","))
    return (
        f"select {column}, count(*) as row_count from {table}"
        f" where cast({column} as varchar) not in ({known}) group by {column}"
    )


def _stale(table: str, column: str, days: str) -> str:
    oldest = f"(select built_at from reference.build) - interval {days} day"
    return f"select max({column}) as newest from {table} having newest is null or newest < {oldest}"


def _too_few(table: str, least: str) -> str:
    return f"select count(*) as row_count from {table} having row_count < {least}"


_QUERIES: dict[str, Callable[..., str]] = {
    "check": _untrue,
    "not null": _nulls,
    "unique": _repeats,
    "references": _strangers,
    "accepted": _others,
    "freshness": _stale,
    "rows": _too_few,
}


def table_check(file: SqlFile) -> Check:
    """The check of a file in `sql/checks`: its query finds the offending rows."""
    name = file.path.stem.replace("_", " ")
    return Check(name, file.sql, is_blocking=file.severity == "error", file=file)


def failures(connection: duckdb.DuckDBPyConnection, checks: list[Check]) -> list[Failure]:
    """Run `checks` and return those that found rows, in order.

    Raises:
        UsageError: a check cannot run.
    """
    failed = []
    for check in checks:
        try:
            found = connection.sql(check.offenders).to_arrow_table()
        except duckdb.Error as error:
            raise UsageError(_complaint(connection, check, error)) from error
        if found.num_rows:
            first = found.slice(0, _SHOWN_ROWS).to_pylist()
            rows = tuple(
                "(" + ", ".join(f"{name}={value}" for name, value in row.items()) + ")"
                for row in first
            )
            failed.append(Failure(check, found.num_rows, rows))
    return failed


def _complaint(connection: duckdb.DuckDBPyConnection, check: Check, error: duckdb.Error) -> str:
    if not check.file:
        reason = " ".join(str(error).partition("LINE ")[0].split())
        return f"a check cannot run: {check.name}: {reason}"
    try:
        connection.execute(check.offenders)
    except duckdb.Error as placed:  # the same, and a plain statement is told its line
        error = placed
    return f"a check cannot run: {check.file.complaint(error)}"
