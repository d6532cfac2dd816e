"""`psx status`: what is published, and what it was built from."""

import json

import typer

from jobs.options import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption, warehouse_at


def status(warehouse: WarehouseOption = DEFAULT_WAREHOUSE, as_json: JsonOption = False) -> None:
    """Print what the published warehouse was built from."""
    from jobs.models.publish import connect, kept_builds
    from jobs.report.summary import build_facts

    place = warehouse_at(warehouse)
    with connect(place) as connection:
        facts = build_facts(connection)
    facts["kept_builds"] = [build.name for build in kept_builds(place)]
    if as_json:
        typer.echo(json.dumps(facts, default=str))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        typer.echo(f"{name:<{width}}  {'' if shown is None else shown}")
