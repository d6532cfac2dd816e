"""The options that several commands share, and the state that they load."""

import os
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from jobs.errors import UsageError
from jobs.settings import Warehouse


def at_home(path: Path) -> Path:
    """`path` with the home folder in place of a `~` that no shell has expanded."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - leaves what it cannot expand


def _given_at_home(path: Path | None) -> Path | None:
    return path and at_home(path)


WarehouseOption = Annotated[
    Path,
    typer.Option(
        "--warehouse",
        "-w",
        envvar="PSX_WAREHOUSE",
        help="Folder of the warehouse.",
        callback=_given_at_home,
        show_default="warehouse",
    ),
]

IndexHistoryOption = Annotated[
    Path | None,
    typer.Option(
        envvar="PSX_INDEX_HISTORY",
        help="CSV of KSE-100 closes, added to the built-in ones and kept for later builds.",
        callback=_given_at_home,
    ),
]

SelectOption = Annotated[
    list[str] | None,
    typer.Option(metavar="MODEL", help="Only this model; MODEL+ takes what follows it as well."),
]

RemoteOption = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="PSX_REMOTE",
        help="Spark Connect endpoint to work on, such as sc://host:15002.",
    ),
]

DateOption = Annotated[
    datetime | None,
    typer.Option(
        "--date",
        metavar="DATE",
        formats=["%Y-%m-%d"],
        help="The session.",
        show_default="the newest",
    ),
]

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

DEFAULT_WAREHOUSE = Path("warehouse")


def place_to_write(path: Path, warehouse: Warehouse) -> Path:
    """`path`, where a user wants something written, with `~` expanded.

    It must not lie among what psx keeps by itself.

    Raises:
        UsageError: it lies there.
    """
    path = at_home(path)
    ours = (warehouse.landing, warehouse.lake, warehouse.generations, warehouse.lock)
    for kept in ours:
        if path.resolve().is_relative_to(kept.resolve()):
            raise UsageError(f"{path}: lies in what psx keeps, {kept}; name another place")
    return path


def warehouse_at(folder: Path) -> Warehouse:
    """The warehouse of `folder`, as an absolute path: nothing in it depends on where psx runs.

    Raises:
        UsageError: no warehouse can lie there.
    """
    if re.match(r"\w{2,}:/", str(folder)):
        raise UsageError(f"{folder}: name a folder by its path; no object storage will do")
    if "?" in str(folder.absolute()):  # DuckDB puts the name of its log before one
        raise UsageError(
            f"{folder}: DuckDB takes no path with a question mark; name another folder"
        )
    return Warehouse(folder.absolute())
