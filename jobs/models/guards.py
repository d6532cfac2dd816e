"""What must not change too much from one published build to the next."""

from pathlib import Path

import duckdb

from jobs.errors import GuardError, UsageError
from jobs.models.checks import Failure, failures, table_check
from jobs.models.graph import load_guards


def guard(connection: duckdb.DuckDBPyConnection, sql: Path) -> list[Failure]:
    """Try every guard on a built warehouse beside the published one.

    A guard is a file of `sql/guards`, named like the setting that holds its limit. Its query finds
    one row: `figure`, `at_most`, and an `example` or null; without a published build, none. A guard
    of `-- severity: warn` has no setting; each row that it finds is worth a warning.

    Returns:
        The warnings.

    Raises:
        UsageError: a guard cannot run.
        GuardError: a figure is beyond its limit.
    """
    beyond: dict[str, str] = {}
    files = load_guards(sql)
    for file in (file for file in files if file.severity == "error"):
        try:
            found = connection.execute(file.sql).fetchall()
        except duckdb.Error as error:
            raise UsageError(f"a guard cannot run: {file.complaint(error)}") from error
        for figure, at_most, example in found:
            if figure > at_most:
                such_as = f", such as {example}" if example else ""
                beyond[file.path.stem] = (
                    f"{figure:g} is more than {at_most:g}{such_as}. Measured is: {file.description}"
                )
    if not beyond:
        return failures(connection, [table_check(f) for f in files if f.severity == "warn"])
    first, said = next(iter(beyond.items()))
    others = [name for name in beyond if name != first]
    also = f" Beyond their limits are also {', '.join(others)}." if others else ""
    raise GuardError(
        f"guard {first}: {said}{also} {first} in psx.toml sets the limit.", list(beyond)
    )
