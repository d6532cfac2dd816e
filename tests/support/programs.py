"""Readers that are programs of their own: DuckDB's command line, hyparquet, Tableau's engine."""

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

from jobs.settings import Warehouse
from tests.conftest import ROOT
from tests.support.cells import Row, parquet
from tests.support.commands import DUCKDB

HYPARQUET = ROOT / ".node" / "node_modules" / "hyparquet"
"""Where `make bi` installs it."""

_READ_HYPARQUET = Path(__file__).with_name("read_hyparquet.mjs")


def duckdb_version() -> str:
    """What the command line says of itself, without the `v`."""
    shown = subprocess.run([DUCKDB, "--version"], capture_output=True, text=True, check=True)
    return shown.stdout.split()[0].removeprefix("v")


def duckdb_cli(warehouse: Warehouse, table: str) -> list[Row]:
    """The cells as text, which the command line prints whole, and their types."""
    source = f"from '{parquet(warehouse, table)}'"
    kinds = {row["column_name"]: row["column_type"] for row in _duckdb(f"describe {source}")}
    from_text: dict[str, Callable[[str], object]] = {
        "BIGINT": int,
        "BOOLEAN": lambda text: {"true": True, "false": False}[text],
        "DATE": date.fromisoformat,
        "DOUBLE": float,
        "INTEGER": int,
        "TIMESTAMP WITH TIME ZONE": datetime.fromisoformat,
        "VARCHAR": str,
    }
    return [
        {
            name: None if text is None else from_text.get(kinds[name], Decimal)(text)
            for name, text in row.items()
        }
        for row in _duckdb(f"set TimeZone = 'UTC'; select columns(*)::varchar {source}")
    ]


def _duckdb(query: str) -> list[dict[str, str]]:
    command = [DUCKDB, "-json", "-c", query]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(shown or "[]")


def hyparquet(warehouse: Warehouse, table: str) -> list[Row]:
    command = ["node", _READ_HYPARQUET, HYPARQUET, parquet(warehouse, table)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(shown, object_hook=_instant, parse_int=float)


def _instant(found: Row) -> object:
    return datetime.fromisoformat(str(found["instant"])) if list(found) == ["instant"] else found


def hyparquet_version() -> str:
    """As its package says."""
    return json.loads((HYPARQUET / "package.json").read_text(encoding="utf-8"))["version"]


def no_hyparquet() -> str:
    if shutil.which("node") is None:
        return "Node is not installed here"
    return "" if HYPARQUET.is_dir() else "`make bi` has not installed it here"


def tableau(warehouse: Warehouse, table: str) -> list[Row]:
    from tableauhyperapi import Connection, HyperProcess, Telemetry  # noqa: PLC0415 - optional

    query = f"select * from external('{parquet(warehouse, table)}', format => 'parquet')"
    with (
        HyperProcess(
            Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}
        ) as process,
        Connection(process.endpoint) as connection,
        connection.execute_query(query) as result,
    ):
        names = [column.name.unescaped for column in result.schema.columns]
        return [dict(zip(names, map(_from_tableau, row), strict=True)) for row in result]


def _from_tableau(value: object) -> object:
    """Its own classes of dates and instants as those of Python."""
    for convert in ("to_datetime", "to_date"):
        if hasattr(value, convert):
            return getattr(value, convert)()
    return value


def no_tableau() -> str:
    return "" if find_spec("tableauhyperapi") else "`make bi-tableau` has not installed it here"
