"""`psx check`: the promises of the published warehouse, tried again."""

import typer

from jobs.options import DEFAULT_WAREHOUSE, SelectOption, WarehouseOption, warehouse_at


def check(warehouse: WarehouseOption = DEFAULT_WAREHOUSE, select: SelectOption = None) -> None:
    """Run every check on the published warehouse, or those of some models."""
    from jobs.models.graph import load_models, select_models
    from jobs.models.publish import connect
    from jobs.models.run import audit
    from jobs.settings import sql_folder

    models = load_models(sql_folder())
    chosen = select_models(models, select) if select else models
    with connect(warehouse_at(warehouse)) as connection:
        audited = audit(connection, sql_folder(), chosen)
    for warning in audited.warnings:
        typer.echo(f"psx: warning: {warning}", err=True)
    typer.echo(f"{audited.check_count} checks passed, {len(audited.warnings)} with a warning")
