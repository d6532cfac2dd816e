"""What must not change too much from one published build to the next."""

from pathlib import Path

import duckdb

from jobs.errors import DataRefusedError
from jobs.models.graph import load_guards


def guard(connection: duckdb.DuckDBPyConnection, sql: Path) -> None:
    """Try every guard on a built warehouse beside the published one.

    A guard is a file of `sql/guards`, named like the setting that holds its limit. Its query finds
    one row: `figure`, `at_most`, and an `example` or null; without a published build, none.

    Raises:
        DataRefusedError: a figure is beyond its limit.
    """
    for file in load_guards(sql):
        name = file.path.stem
        for figure, at_most, example in connection.sql(file.sql).fetchall():
            if figure > at_most:
                such_as = f", such as {example}" if example else ""
                raise DataRefusedError(
                    f"guard {name}: {figure:g} is more than {at_most:g}{such_as}. Measured is:"
                    f" {file.description} If the data are right, psx build --allow {name} lets them"
                    f" through once; {name} in psx.toml sets the limit"
                )
