"""`psx status`: what is published, and the last nights."""

import typer

from jobs.options import DEFAULT_WAREHOUSE, JsonOption, WarehouseOption, warehouse_at


def status(warehouse: WarehouseOption = DEFAULT_WAREHOUSE, as_json: JsonOption = False) -> None:
    """Print what the published warehouse was built from, how fresh it is, and the last builds."""
    from jobs.models.publish import connect, kept_builds
    from jobs.report.summary import build_facts, last_builds, sessions_since_newest
    from jobs.rows import to_json

    place = warehouse_at(warehouse)
    with connect(place) as connection:
        facts = build_facts(connection)
        facts["sessions_since_newest"] = sessions_since_newest(connection)
        facts["kept_builds"] = [build.name for build in kept_builds(place)]
        builds = last_builds(connection)
    if as_json:
        typer.echo(to_json({**facts, "last_builds": builds}))
        return
    width = max(map(len, facts))
    for name, value in facts.items():
        shown = ", ".join(value) if isinstance(value, list) else value
        typer.echo(f"{name:<{width}}  {'' if shown is None else shown}")
    typer.echo(f"\n{'last builds':<24}  took s  documents  placed  unplaced  rejected  newest")
    for build in builds:
        typer.echo(
            f"{build['build_id']:<24}  {build['took_seconds'] or 0:>6.1f}"
            f"  {build['document_count']:>9,}  {build['placed_count']:>6,}"
            f"  {build['unplaced_count']:>8,}  {build['rejected_line_count']:>8,}"
            f"  {build['newest_trade_date'] or 'none'}"
        )
