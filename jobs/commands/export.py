"""`psx export`: the published marts in a folder and a format of the user's choice."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jobs.export import Format
from jobs.options import DEFAULT_WAREHOUSE, WarehouseOption, place_to_write, warehouse_at


class Partition(StrEnum):
    """What a mart may be split by."""

    YEAR = "year"


def export(
    folder: Annotated[Path, typer.Argument(help="Where to write; created if it is not there.")],
    kind: Annotated[
        Format,
        typer.Option("--format", help="A file a mart, or for excel one workbook of all."),
    ] = Format.PARQUET,
    partition_by: Annotated[
        Partition | None,
        typer.Option(help="Split marts with a trade_date into MART/year=2024/MART.parquet."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="BUILD", help="A kept build instead of the published one."),
    ] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Write the published marts to a folder.

    Every build publishes Parquet files as export/ in the warehouse folder; use this for another
    format, for a copy elsewhere, or for the figures of an earlier night: builds are named by their
    time, and the last few are kept (psx status lists them). In CSV, a text that a spreadsheet
    would run as a formula gets an apostrophe before it.
    """
    from jobs.errors import UsageError
    from jobs.export.marts import export_marts
    from jobs.models.graph import mart_keys
    from jobs.models.publish import connect
    from jobs.settings import sql_folder

    if partition_by and kind is Format.EXCEL:
        raise UsageError("--partition-by: a workbook has a sheet a mart; use another --format")
    place = warehouse_at(warehouse)
    with connect(place, as_of) as connection:
        target = place_to_write(folder, place)
        written = export_marts(
            connection, target, mart_keys(sql_folder()), kind, by_year=partition_by is not None
        )
    for file in written:
        typer.echo(file)
