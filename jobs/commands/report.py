"""`psx report`: the page of one session as one HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.options import (
    DEFAULT_WAREHOUSE,
    DateOption,
    WarehouseOption,
    place_to_write,
    warehouse_at,
)


def report(
    day: DateOption = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write.", show_default="psx-DATE.html"),
    ] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Write the page of a session: heatmap, movers, indices, sectors, breadth, calendar, health.

    One file that needs no network and holds no script. Without any session it shows the newest
    ticker, as undated. Every build publishes the page of the newest
    session as report/index.html in the warehouse folder; use this for another one.
    """
    from jobs.models.publish import connect
    from jobs.page.day import newest_date
    from jobs.page.write import write_page

    place = warehouse_at(warehouse)
    with connect(place) as connection:
        shown = day.date() if day else newest_date(connection)
        file = place_to_write(output or Path(f"psx-{shown or 'undated'}.html"), place)
        write_page(connection, file, shown)
    typer.echo(file)
