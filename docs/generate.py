"""The reference pages, written from the code: `python -m docs.generate`.

A test compares the pages with what this file would write, so they cannot fall behind.
"""

import dataclasses
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from docs.licences import licences
from docs.lineage import lineage
from docs.site import site
from jobs.errors import ExitCode
from jobs.models.graph import load_models
from jobs.models.header import SqlFile
from jobs.models.inputs import Inputs
from jobs.models.run import BuildIdentity, build_database
from jobs.settings import Settings, sql_folder
from jobs.snapshot.grammar import Reason
from jobs.snapshot.lake import Lake

PAGES = Path(__file__).parent / "reference"
COMMANDS = (
    "show",
    "parse",
    "build",
    "check",
    "export",
    "movers",
    "report",
    "explain",
    "diff",
    "rollback",
    "status",
)
SITE = Path(__file__).parent / "site" / "index.html"
"""All tables as one page; made, and not kept in the repository."""


def pages() -> dict[str, str]:
    """The name and the text of each page."""
    return {
        "commands.md": "".join(_commands()),
        "settings.md": "".join(_settings()),
        "tables.md": "".join(_tables()),
        "lineage.md": "".join(lineage(load_models(sql_folder()))),
        "licences.md": "".join(licences()),
    }


def _commands() -> Iterator[str]:
    yield "# Commands\n\n```text\n" + _help() + "```\n"
    for command in COMMANDS:
        yield f"\n## psx {command}\n\n```text\n" + _help(command) + "```\n"
    yield "\n## Exit codes\n\n| code | meaning |\n| --- | --- |\n"
    yield from (f"| {code.value} | {code.meaning} |\n" for code in ExitCode)


def _help(*command: str) -> str:
    shown = subprocess.run(
        [sys.executable, "-c", "from jobs.cli import main; main()", *command, "--help"],
        env={**os.environ, "COLUMNS": "88", "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    shown = shown.replace("Usage: -c ", "Usage: psx ")
    return re.sub(r"[ \t]+$", "", shown, flags=re.MULTILINE)


def _settings() -> Iterator[str]:
    yield (
        "# Settings\n\n`psx.toml` in the warehouse folder may set these; each is optional.\n\n"
        "| key | default | meaning |\n| --- | --- | --- |\n"
    )
    source = Path(sys.modules[Settings.__module__].__file__ or "").read_text(encoding="utf-8")
    for field in dataclasses.fields(Settings):
        said = re.search(rf'^    {field.name}: .*\n    """(.*?)"""', source, re.MULTILINE)
        default = "" if field.default is None else str(field.default).lower()
        yield f"| `{field.name}` | {default} | {said[1] if said else ''} |\n"


def _tables() -> Iterator[str]:
    yield (
        "# Tables\n\nThe published tables, one Parquet file each in `export/`; `core` and `staging`"
        " hold what they are made of.\nA grain names the columns that make a row unique.\n"
    )
    models = {model.name: model for model in load_models(sql_folder())}
    types = column_types()
    for name in sorted(name for name in models if "." not in name):
        yield from _table(models[name], types)
    yield (
        "\n## Why a line is rejected\n\n`rejected_lines.reason` is one of these; the first that"
        " applies is recorded.\n\n| reason | meaning |\n| --- | --- |\n"
    )
    yield from (f"| `{reason.value}` | {reason.meaning} |\n" for reason in Reason)


def _table(model: SqlFile, types: dict[tuple[str, str], str]) -> Iterator[str]:
    yield f"\n## {model.name}\n\n{model.description}\n\nGrain: {', '.join(model.grain)}.\n"
    yield "\n| column | type | meaning |\n| --- | --- | --- |\n"
    for column, comment in model.columns.items():
        yield f"| `{column}` | {types[model.name, column]} | {comment} |\n"


def column_types() -> dict[tuple[str, str], str]:
    """The types of all columns, from a warehouse built of nothing."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "market.duckdb"
        nobody = BuildIdentity("none", datetime(2000, 1, 1, tzinfo=UTC), "none")
        build_database(
            database, sql_folder(), Inputs(Lake(Path(folder) / "lake"), Settings()), nobody
        )
        with duckdb.connect(database, read_only=True) as connection:
            found = connection.sql(
                "select if(schema_name = 'main', '', schema_name || '.') || table_name,"
                " column_name, data_type from duckdb_columns() where not internal"
            ).fetchall()
    short = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}
    return {(table, column): short.get(kind, kind) for table, column, kind in found}


if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    for name, text in pages().items():
        (PAGES / name).write_text(text, encoding="utf-8")
        print(f"wrote {PAGES.name}/{name}")
    SITE.parent.mkdir(exist_ok=True)
    SITE.write_text(site(load_models(sql_folder()), column_types()), encoding="utf-8")
    print(f"wrote {SITE.parent.name}/{SITE.name}")
