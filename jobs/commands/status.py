"""`psx status`: what is published, and what it was built from."""

import json

import typer

from jobs.options import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption, warehouse_at


def status(warehouse: WarehouseOption = DEFAULT_WAREHOUSE, as_json: JsonOption = False) -> None:
    """Print what the published warehouse was built from."""
    from jobs.models.publish import connect
    from jobs.report.summary import build_facts

    with connect(warehouse_at(warehouse)) as connection:
        facts = build_facts(connection)
    if as_json:
        typer.echo(json.dumps(facts, default=str))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        typer.echo(f"{name:<{width}}  {'' if value is None else value}")
