"""`psx check`: the promises of the published warehouse, tried again."""

import typer

from jobs.options import DEFAULT_WAREHOUSE, WarehouseOption, warehouse_at


def check(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Run every check on the published warehouse."""
    from jobs.models.publish import connect
    from jobs.models.run import audit
    from jobs.settings import sql_folder

    with connect(warehouse_at(warehouse)) as connection:
        audited = audit(connection, sql_folder())
    for warning in audited.warnings:
        typer.echo(f"psx: warning: {warning}", err=True)
    typer.echo(f"{audited.check_count} checks passed, {len(audited.warnings)} with a warning")
