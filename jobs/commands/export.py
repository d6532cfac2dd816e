"""`psx export`: the published marts as Parquet, in a folder of the user's choice."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.options import DEFAULT_WAREHOUSE, WarehouseOption, warehouse_at


def export(
    folder: Annotated[Path, typer.Argument(help="Where to write; created if it is not there.")],
    as_of: Annotated[
        str | None,
        typer.Option(metavar="BUILD", help="A kept build instead of the published one."),
    ] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Write the published marts to a folder as Parquet.

    Every build publishes the same files as export/ in the warehouse folder; use this for a copy
    elsewhere, or for the figures of an earlier night: builds are named by their time, and the
    last few are kept (psx status lists them).
    """
    from jobs.export.parquet import export_marts
    from jobs.models.publish import connect

    with connect(warehouse_at(warehouse), as_of) as connection:
        for file in export_marts(connection, folder):
            typer.echo(file)
