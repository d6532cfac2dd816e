"""`psx check`: the promises of the published warehouse, tried again."""

from typing import Annotated

import typer

from jobs.options import DEFAULT_WAREHOUSE, SelectOption, WarehouseOption, warehouse_at


def check(
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    select: SelectOption = None,
    portable: Annotated[
        bool,
        typer.Option("--portable", help="Only look for SQL that other engines do not have."),
    ] = False,
) -> None:
    """Run every check on the published warehouse, or those of some models.

    All of them also find out whether its files are still those that were published. With --portable
    no warehouse is needed: the SQL of the models is read, and each place that would not run on
    Spark is named with the rewrite that does.
    """
    from jobs.errors import UsageError
    from jobs.models.checksums import verify_checksums
    from jobs.models.graph import load_models, select_models
    from jobs.models.publish import connect, published_build
    from jobs.models.run import audit, built_models
    from jobs.settings import sql_folder

    models = load_models(sql_folder())
    chosen = select_models(models, select) if select else models
    if portable:
        try:
            from jobs.models.portable import complaints
        except ModuleNotFoundError as error:
            raise UsageError(
                "--portable needs the extra spark: pip install 'psx-warehouse[spark]'"
            ) from error
        found = [complaint for model in chosen for complaint in complaints(model)]
        for complaint in found:
            typer.echo(complaint)
        if found:
            raise UsageError(f"{len(found)} place(s) in the models do not carry over to Spark")
        typer.echo(f"{len(chosen)} models carry over to Spark")
        return
    place = warehouse_at(warehouse)
    build = published_build(place)
    with connect(place, build.name if build else None) as connection:
        built = built_models(connection)
        missing = [model.name for model in chosen if built and model.name not in built]
        audited = audit(connection, sql_folder(), chosen, missing)
    if missing:
        typer.echo(
            f"psx: warning: an older psx made this build; it lacks {', '.join(missing)}; run psx"
            f" build -w {warehouse} to add what is missing",
            err=True,
        )
    for warning in audited.warnings:
        typer.echo(f"psx: warning: {warning}", err=True)
    typer.echo(f"{audited.check_count} checks passed, {len(audited.warnings)} with a warning")
    if build and not select:
        typer.echo(f"{verify_checksums(build)} files are as they were published")
