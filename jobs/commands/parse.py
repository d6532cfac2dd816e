"""`psx parse`: new snapshot files into the lake."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.options import DEFAULT_WAREHOUSE, WarehouseOption, warehouse_at


def parse(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Snapshot files and folders.", show_default="landing/ of the warehouse"
        ),
    ] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Parse new snapshot files into the lake.

    Folders are searched for .txt and .txt.gz files. A file that was parsed before is not parsed
    again, under whatever name it lies there now.
    """
    from jobs.files import exclusive
    from jobs.report.progress import progress_bar
    from jobs.report.summary import ingested_lines
    from jobs.settings import Settings
    from jobs.snapshot.ingest import ingest
    from jobs.snapshot.lake import Lake

    place = warehouse_at(warehouse)
    settings = Settings.load(place)
    with exclusive(place.lock, "parse"), progress_bar("parsing") as progress:
        result = ingest(
            paths or [place.landing],
            Lake(place.lake),
            place.root,
            settings.batch_megabytes,
            progress,
        )
    for refusal in result.refused:
        typer.echo(f"psx: refused {refusal}", err=True)
    for line in ingested_lines(result):
        typer.echo(line)
