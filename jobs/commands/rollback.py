"""`psx rollback`: an earlier build, published again."""

from typing import Annotated

import typer

from jobs.options import DEFAULT_WAREHOUSE, WarehouseOption, warehouse_at


def rollback(
    build: Annotated[
        str | None,
        typer.Argument(
            metavar="BUILD", help="Its name or the beginning of it.", show_default=False
        ),
    ] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Publish an earlier build again, warehouse, exports and page in one step.

    Without BUILD, the one before the published; psx status lists those kept. Naming a later one
    goes forward again. The next psx build starts from the lake as ever.
    """
    from jobs.files import exclusive
    from jobs.models.publish import roll_back

    place = warehouse_at(warehouse)
    with exclusive(place.lock, "rollback"):
        target = roll_back(place, build)
    typer.echo(f"published {target.name} again")
