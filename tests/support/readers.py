"""A reader that looks again and again: `python -m tests.support.readers KIND WAREHOUSE`.

Until it is stopped, it opens the published warehouse anew for each look and prints a line: what
each of the tables that it reads says of its build. In a whole generation they say the same.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.support.commands import DUCKDB

BUILD = "select build_id || ' ' || newest_trade_date from build_info"
HISTORY = "select max(build_id) from build_history"
BREADTH = "select max(trade_date) from daily_market_breadth"


def look_by_command_line(root: Path) -> list[str]:
    """The command line that people have, three queries of one session."""
    command = [DUCKDB, "-readonly", "-noheader", "-list", root / "market.duckdb"]
    queries = "; ".join([BUILD, HISTORY, BREADTH])
    done = subprocess.run([*command, "-c", queries], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


def look_by_python(root: Path) -> list[str]:
    """One read-only connection."""
    with duckdb.connect(root / "market.duckdb", read_only=True) as connection:
        found = [connection.sql(query).fetchall()[0][0] for query in (BUILD, HISTORY, BREADTH)]
    return " ".join(map(str, found)).split()


def look_by_pyarrow(root: Path) -> list[str]:
    """Exports, from the folder that `export` leads to at first."""
    folder = (root / "export").resolve()
    build = pq.read_table(folder / "build_info.parquet").to_pylist()[0]
    history = pq.read_table(folder / "build_history.parquet")["build_id"]
    breadth = pq.read_table(folder / "daily_market_breadth.parquet")["trade_date"]
    newest = (pc.max(history).as_py(), pc.max(breadth).as_py())
    return [build["build_id"], str(build["newest_trade_date"]), *map(str, newest)]


def look_by_polars(root: Path) -> list[str]:
    """The same, scanned."""
    folder = (root / "export").resolve()
    build = pl.scan_parquet(folder / "build_info.parquet").collect().row(0, named=True)
    history = pl.scan_parquet(folder / "build_history.parquet").select("build_id").max().collect()
    breadth = pl.read_parquet(folder / "daily_market_breadth.parquet")["trade_date"].max()
    return [build["build_id"], str(build["newest_trade_date"]), history.item(), str(breadth)]


LOOKS: dict[str, Callable[[Path], list[str]]] = {
    "duckdb_cli": look_by_command_line,
    "duckdb_python": look_by_python,
    "pyarrow": look_by_pyarrow,
    "polars": look_by_polars,
}


if __name__ == "__main__":
    look, warehouse = LOOKS[sys.argv[1]], Path(sys.argv[2])
    while not (warehouse / "stop").exists():
        print(*look(warehouse), flush=True)
        time.sleep(0.02)  # the nights need the machine as well
