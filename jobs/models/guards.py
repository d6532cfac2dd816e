"""What must not change too much from one published build to the next."""

from pathlib import Path

import duckdb

from jobs.errors import DataRefusedError, UsageError
from jobs.models.graph import load_guards


def guard(connection: duckdb.DuckDBPyConnection, sql: Path) -> None:
    """Try every guard on a built warehouse beside the published one.

    A guard is a file of `sql/guards`, named like the setting that holds its limit. Its query finds
    one row: `figure`, `at_most`, and an `example` or null; without a published build, none.

    Raises:
        UsageError: a guard cannot run.
        DataRefusedError: a figure is beyond its limit.
    """
    beyond: dict[str, str] = {}
    for file in load_guards(sql):
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
        return
    first, said = next(iter(beyond.items()))
    others = [name for name in beyond if name != first]
    also = f" Beyond their limits are also {', '.join(others)}." if others else ""
    allow = " ".join(f"--allow {name}" for name in beyond)
    raise DataRefusedError(
        f"guard {first}: {said}{also} If the data are right, psx build {allow} lets them through"
        f" once; {first} in psx.toml sets the limit"
    )
