"""Readers at work while one generation after the other is published, and nights that meet."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from jobs.export.marts import export_marts
from jobs.models.publish import DATABASE, EXPORT, generation, new_build_id
from jobs.models.run import STORAGE_VERSION
from jobs.settings import Warehouse
from tests.conftest import ROOT
from tests.support.readers import LOOKS


def publish(root: Path, number: int) -> None:
    """A generation of another size than the one before; each of its tables tells its number."""
    build_id = new_build_id(Warehouse(root), datetime.now(UTC))
    newest = date(2000, 1, 1) + timedelta(days=number)
    rows = 10 + 977 * (number % 7)
    with generation(Warehouse(root), build_id, keep=1) as aside:
        database = aside / DATABASE
        with duckdb.connect(
            database, config={"storage_compatibility_version": STORAGE_VERSION}
        ) as connection:
            connection.execute(
                f"""
                create table build_info as
                select '{build_id}' as build_id, date '{newest}' as newest_trade_date;
                create table build_history as
                select '{build_id}' as build_id, i as n, md5(i::varchar) as filler
                from range({rows}) as t(i);
                create table daily_market_breadth as
                select date '{newest}' as trade_date, n, filler from build_history
                """
            )
            described = "select distinct table_name from duckdb_tables()"
            for (table,) in connection.execute(described).fetchall():
                connection.execute(f"comment on table {table} is 'a table'")
                for name, *_ in connection.execute(f"describe {table}").fetchall():
                    connection.execute(f"comment on column {table}.{name} is 'a column'")
        with duckdb.connect(database, read_only=True) as connection:
            export_marts(connection, aside / EXPORT, {})


@contextmanager
def readers(root: Path, of_each: int = 1) -> Iterator[dict[str, Path]]:
    """Some of each kind at work on a warehouse; what each saw. All of them must end well."""
    seen = {f"{kind} {n}": root / f"{kind}-{n}.log" for kind in LOOKS for n in range(of_each)}
    at_work = []
    try:
        for name, log in seen.items():
            command = [sys.executable, "-m", "tests.support.readers", name.split()[0], root]
            with log.open("w") as output:
                at_work.append(subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=-1))
        yield seen
    finally:
        (root / "stop").touch()
        outcome = [reader.communicate()[1].decode() for reader in at_work]
    assert outcome == [""] * len(seen)


def looks(log: Path) -> list[list[str]]:
    """Each look of a reader: what its tables say."""
    whole, _, _ = log.read_text(encoding="utf-8").rpartition("\n")
    return [line.split() for line in whole.splitlines()]


def nights_go_by(
    root: Path, next_night: Callable[[int], object], count: int, enough: int, of_each: int = 1
) -> dict[str, tuple[int, int]]:
    """Publish `count` times and more, until each reader saw `enough` generations; then judge.

    Returns:
        By reader: its looks, and the generations that it saw.
    """
    with readers(root, of_each) as seen, held(root) as still_there:
        number = 0
        while number < count or any(
            len({look[0] for look in looks(log)}) < enough for log in seen.values()
        ):
            number += 1
            assert number <= 20 * count, "a reader does not get on"
            next_night(number)
        assert still_there()
    for kind, log in seen.items():
        for build_id, newest, last_of_history, newest_of_breadth in looks(log):
            assert (kind, last_of_history, newest_of_breadth) == (kind, build_id, newest)
    found = {kind: looks(log) for kind, log in seen.items()}
    return {kind: (len(all_), len({look[0] for look in all_})) for kind, all_ in found.items()}


@contextmanager
def held(root: Path) -> Iterator[Callable[[], bool]]:
    """A reader that keeps its connection; the answer is whether it still says what it said."""
    with duckdb.connect(root / "market.duckdb", read_only=True) as connection:
        tables = ("build_info", "build_history", "daily_market_breadth")

        def said() -> list[object]:
            return [connection.sql(f"from {table}").fetchall() for table in tables]

        at_first = said()
        yield lambda: said() == at_first


def start_together(*commands: list[str]) -> list[tuple[int, str]]:
    """Commands started at the same time: exit code and standard error of each."""
    at_work = [subprocess.Popen(c, stdout=-1, stderr=-1, text=True) for c in commands]
    said = [process.communicate()[1] for process in at_work]
    return [(process.returncode, text) for process, text in zip(at_work, said, strict=True)]
