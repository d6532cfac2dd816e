"""What must not change too much from one published build to the next."""

from datetime import date
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
    cause = _history_change(connection)
    raise GuardError(
        f"guard {first}: {said}{also}{cause} {first} in psx.toml sets the limit.", list(beyond)
    )


def _history_change(connection: duckdb.DuckDBPyConnection) -> str:
    """A sentence that says so, if the index history is another one than that of the last build."""
    histories = connection.execute(
        """
        select (select cast(max(trade_date) as date) from reference.index_closes),
            min(trade_date), max(trade_date), count(*)
        from reference.index_history
        union all
        select built_in_history_last_date, user_history_first_date, user_history_last_date,
            coalesce(user_history_close_count, 0)
        from published.build
        """
    ).fetchall()
    if len(set(histories)) < len(histories):
        return ""
    now, before = map(_history, histories)
    return f" The index history changed: it is {now}; the last build had {before}."


def _history(given: tuple[date | None, date | None, date | None, int]) -> str:
    built_in_to, first, last, count = given
    built_in = f"the built-in closes to {built_in_to}" if built_in_to else "no built-in closes"
    own = f"{count:,} of yours from {first} to {last}" if count else "none of yours"
    return f"{built_in} and {own}"
