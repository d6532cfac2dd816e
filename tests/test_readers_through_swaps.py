"""While the nights go by, readers of four kinds see whole generations only."""

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
from tests.support.scenes import MARKET, night

SWAPS = 100
FEW_LOOKS = 10
"""Looks that a test waits for, where a reader is slower than the nights."""


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
def readers(root: Path) -> Iterator[dict[str, Path]]:
    """One of each kind at work on a warehouse; what it saw, by kind. All of them must end well."""
    seen = {kind: root / f"{kind}.log" for kind in LOOKS}
    at_work = []
    try:
        for kind, log in seen.items():
            command = [sys.executable, "-m", "tests.support.readers", kind, root]
            with log.open("w") as output:
                at_work.append(subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=-1))
        yield seen
    finally:
        (root / "stop").touch()
        outcome = [reader.communicate()[1].decode() for reader in at_work]
    assert outcome == [""] * len(LOOKS)


def looks(log: Path) -> list[list[str]]:
    """Each look of a reader: what its tables say."""
    whole, _, _ = log.read_text(encoding="utf-8").rpartition("\n")
    return [line.split() for line in whole.splitlines()]


def nights_go_by(root: Path, next_night: Callable[[int], object], count: int, enough: int) -> None:
    """Publish `count` times and more, until each reader saw `enough` generations; then judge."""
    with readers(root) as seen:
        number = 0
        while number < count or any(
            len({look[0] for look in looks(log)}) < enough for log in seen.values()
        ):
            number += 1
            assert number <= 20 * count, "a reader does not get on"
            next_night(number)
    for kind, log in seen.items():
        for build_id, newest, last_of_history, newest_of_breadth in looks(log):
            assert (kind, last_of_history, newest_of_breadth) == (kind, build_id, newest)


def test_through_a_hundred_swaps_readers_see_whole_generations(tmp_path: Path) -> None:
    publish(tmp_path, 0)
    nights_go_by(tmp_path, lambda number: publish(tmp_path, number), SWAPS, FEW_LOOKS)


def test_through_real_nights_readers_see_whole_generations(tmp_path: Path) -> None:
    def next_night(number: int) -> None:
        night(tmp_path, {f"s{number}": MARKET.page(number)})

    night(tmp_path, {"s2": MARKET.page(2)})
    nights_go_by(tmp_path, lambda number: next_night(number + 2), 4, 3)
