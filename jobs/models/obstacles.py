"""What must not stand in the way of a swap: somebody's session, unsaved work, files not ours."""

import duckdb

from jobs.errors import DataRefusedError, InputError
from jobs.settings import Warehouse


def refuse_obstacles(warehouse: Warehouse) -> None:
    """Object to whatever a swap of generations would lose, break or replace.

    Raises:
        DataRefusedError: a read-write session is open on the published file, or left unsaved work.
        InputError: something that is not ours stands where a link must go.
    """
    _refuse_unsaved_work(warehouse)
    _refuse_strangers(warehouse)
    _refuse_session(warehouse)


def writing_session(error: duckdb.Error) -> str | None:
    """What to do where a file cannot be opened because a read-write session holds it; else none."""
    if "Could not set lock on file" not in str(error):
        return None
    _, held, holder = str(error).partition("Conflicting lock is held in ")
    who = f" ({holder.partition('. See')[0].rstrip('.')})" if held else ""
    return f"a read-write session{who} holds it; close that session and use duckdb -readonly"


def _refuse_unsaved_work(warehouse: Warehouse) -> None:
    places = {warehouse.database, warehouse.database.resolve()}
    for log in (place.with_name(place.name + ".wal") for place in places):
        if log.exists():
            raise DataRefusedError(
                f"{log}: a read-write session left unsaved work beside the published file;"
                " close that session (or delete the .wal file), use duckdb -readonly, and run again"
            )


def _refuse_strangers(warehouse: Warehouse) -> None:
    ours = {
        warehouse.current: (warehouse.generations,),
        warehouse.database: (warehouse.current / warehouse.database.name,),
        warehouse.export: (warehouse.current / warehouse.export.name,),
        warehouse.report: (warehouse.current / warehouse.report.name,),
    }
    for link, targets in ours.items():
        if link.is_symlink():
            leads_to = link.parent / link.readlink()
            if {leads_to, leads_to.parent} & set(targets):
                continue
        elif not link.exists():
            continue
        raise InputError(f"{link}: a file or folder of that name is in the way; move it aside")


def _refuse_session(warehouse: Warehouse) -> None:
    """A session without changes leaves no file behind; that it holds the published one shows it."""
    if not warehouse.database.exists():
        return
    try:
        duckdb.connect(warehouse.database, read_only=True).close()
    except duckdb.Error as error:
        # A file that cannot be read for another reason is told of where it is read.
        if remedy := writing_session(error):
            raise DataRefusedError(f"{warehouse.database}: {remedy}, then run again") from error
