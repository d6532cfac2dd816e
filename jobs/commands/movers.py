"""`psx movers`: the gainers and losers of a session at the terminal."""

from typing import Annotated

import typer

from jobs.options import DEFAULT_WAREHOUSE, DateOption, JsonOption, WarehouseOption, warehouse_at


def movers(
    day: DateOption = None,
    top: Annotated[int, typer.Option(min=1, help="Gainers and losers to show.")] = 5,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    as_json: JsonOption = False,
) -> None:
    """Print a session's top gainers and losers and its indices.

    With --json: trade_date, and rows of `daily_movers` as gainers and losers and of
    `daily_index_summary` as indices.
    """
    from jobs.models.publish import connect
    from jobs.report.summary import read_session, session_text
    from jobs.rows import to_json

    with connect(warehouse_at(warehouse)) as connection:
        session = read_session(connection, day.date() if day else None, top)
    if as_json:
        typer.echo(to_json(session))
    else:
        typer.echo(session_text(session))
