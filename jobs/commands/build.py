"""`psx build`: the lake into a checked, published warehouse."""

import dataclasses

import typer

from jobs.options import DEFAULT_WAREHOUSE, IndexHistoryOption, WarehouseOption, warehouse_at


def build(
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    index_history: IndexHistoryOption = None,
) -> None:
    """Build, check and publish the warehouse.

    Runs every model on what the lake holds, aside from the published file; exports the marts as
    Parquet; checks all of it; then publishes both at once and prints the newest session.
    """
    from jobs.files import exclusive
    from jobs.models.build import build as build_warehouse
    from jobs.models.publish import connect
    from jobs.report.summary import newest_session
    from jobs.settings import Settings

    place = warehouse_at(warehouse)
    settings = Settings.load(place)
    if index_history:
        settings = dataclasses.replace(settings, index_history=index_history)
    with exclusive(place.lock, "build"):
        built = build_warehouse(place, settings)
    for warning in built.warnings:
        typer.echo(f"psx: warning: {warning}", err=True)
    with connect(place) as connection:
        typer.echo(newest_session(connection))
    typer.echo(f"published {warehouse / place.database.name} and {warehouse / place.export.name}/")
