"""What a warehouse promises, as queries that must find no row."""

from dataclasses import dataclass

import duckdb

from jobs.models.header import SqlFile

_SHOWN_ROWS = 3


@dataclass(frozen=True)
class Check:
    """A promise, and the query that finds the rows which break it."""

    name: str
    offenders: str
    is_blocking: bool = True


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
    """The checks that a model's header asks for: its grain, and what holds on each row."""
    key = ", ".join(model.grain)
    missing = " or ".join(f"{column} is null" for column in model.grain)
    generated = [
        Check(
            f"{model.name}: grain ({key}) is never null",
            f"select {key} from {model.name} where {missing}",
        ),
        Check(
            f"{model.name}: grain ({key}) is unique",
            f"select {key}, count(*) as row_count from {model.name}"
            f" group by {key} having count(*) > 1",
        ),
    ]
    generated += [
        Check(
            f"{model.name}: {condition}",
            f"select * from {model.name} where ({condition}) is not true",
        )
        for condition in model.row_checks
    ]
    return generated


def table_check(file: SqlFile) -> Check:
    """The check of a file in `sql/checks`: its query finds the offending rows."""
    return Check(file.path.stem.replace("_", " "), file.sql, is_blocking=file.severity == "error")


def failures(connection: duckdb.DuckDBPyConnection, checks: list[Check]) -> list[Failure]:
    """Run `checks` and return those that found rows, in order."""
    failed = []
    for check in checks:
        found = connection.sql(check.offenders).to_arrow_table()
        if found.num_rows:
            first = found.slice(0, _SHOWN_ROWS).to_pylist()
            rows = tuple(
                "(" + ", ".join(f"{name}={value}" for name, value in row.items()) + ")"
                for row in first
            )
            failed.append(Failure(check, found.num_rows, rows))
    return failed
