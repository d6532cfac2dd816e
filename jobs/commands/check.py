"""`psx check`: the promises of the published warehouse, tried again."""

import typer

from jobs.options import DEFAULT_WAREHOUSE, WarehouseOption, warehouse_at


def check(warehouse: WarehouseOption = DEFAULT_WAREHOUSE) -> None:
    """Run every check on the published warehouse."""
    import duckdb

    from jobs.models.publish import published
    from jobs.models.run import audit
    from jobs.settings import sql_folder

    with duckdb.connect(published(warehouse_at(warehouse)), read_only=True) as connection:
        audited = audit(connection, sql_folder())
    for warning in audited.warnings:
        typer.echo(f"psx: warning: {warning}", err=True)
    typer.echo(f"{audited.check_count} checks passed, {len(audited.warnings)} with a warning")
