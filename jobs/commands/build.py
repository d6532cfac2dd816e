"""`psx build`: the lake into a checked, published warehouse."""

import dataclasses
from typing import Annotated

import typer

from jobs.options import (
    DEFAULT_WAREHOUSE,
    IndexHistoryOption,
    RemoteOption,
    SelectOption,
    WarehouseOption,
    warehouse_at,
)


def build(
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    index_history: IndexHistoryOption = None,
    select: SelectOption = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="GUARD", help="Let a figure beyond this guard's limit through once."),
    ] = None,
    remote: RemoteOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be built, and write nothing.")
    ] = False,
) -> None:
    """Build, check and publish the warehouse.

    Runs every model on what the lake holds, aside from the published file; checks all of it, and
    that it does not differ too much from the last build; exports the marts as Parquet and draws
    the page; then publishes all at once and prints the newest session. With --select, those models
    alone are built anew, in a copy of the published build and from what that was made of. With
    --remote a cluster runs the models; their tables come back, and all else is the same.
    """
    from contextlib import ExitStack

    from jobs.errors import DataRefusedError, GuardError, UsageError
    from jobs.files import exclusive
    from jobs.models.build import build as build_warehouse
    from jobs.models.build import plan
    from jobs.models.publish import connect
    from jobs.page.write import PAGE
    from jobs.report.summary import counts_text, read_session, session_text
    from jobs.report.unplaced import command, unplaced_text
    from jobs.settings import Settings
    from jobs.snapshot.lake import Lake

    place = warehouse_at(warehouse)
    settings = Settings.load(place).allowing(allow or ())
    if index_history:
        settings = dataclasses.replace(settings, index_history=index_history)
    if dry_run:
        for name, state in plan(place, select or ()):
            typer.echo(f"{state:<8} {name}")
        return
    if remote and select:
        raise UsageError("--select builds in a copy of the published build; leave --remote out")
    with ExitStack() as held:
        held.enter_context(exclusive(place.lock, "build"))
        engine = None
        if remote:
            from jobs.cluster.build import models_on

            engine = held.enter_context(models_on(remote, Lake(place.lake)))
        try:
            built = build_warehouse(place, settings, select=select or (), engine=engine)
        except GuardError as refusal:
            options: list[object] = ["-w", warehouse]
            if index_history:
                options += ["--index-history", index_history]
            for name in [*(allow or ()), *refusal.guards]:
                options += ["--allow", name]
            raise DataRefusedError(
                f"{refusal} If the data are right, publish them once: {command('build', *options)}"
            ) from refusal
    for warning in built.warnings:
        typer.echo(f"psx: warning: {warning}", err=True)
    with connect(place) as connection:
        typer.echo(f"{session_text(read_session(connection))}\n\n{counts_text(connection)}")
        if unplaced := unplaced_text(connection, place):
            typer.echo(unplaced)
    typer.echo(
        f"published {warehouse / place.database.name}, {warehouse / place.export.name}/"
        f" and {warehouse / place.report.name / PAGE}"
    )
