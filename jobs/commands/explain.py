"""`psx explain`: where a published figure comes from, and why a page stands on its session."""

from datetime import datetime
from typing import Annotated

import typer

from jobs.errors import UsageError, visible
from jobs.options import DEFAULT_WAREHOUSE, WarehouseOption, warehouse_at


def explain(
    symbol: Annotated[
        str | None, typer.Argument(help="Share symbol or index code.", show_default=False)
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Argument(
            metavar="DATE", formats=["%Y-%m-%d"], help="The session.", show_default=False
        ),
    ] = None,
    block: Annotated[
        str | None,
        typer.Option(help="Key of a ticker block or capture, or its beginning: explain its date."),
    ] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Print where a figure comes from, or with --block why a page stands on its session.

    A figure: value, status, session, page, line and its text, and the other pages that show it. A
    block: the evidence for each session that anything speaks for.
    """
    from jobs.models.publish import connect
    from jobs.report.evidence import explain_block
    from jobs.report.explain import explain_quote

    if (block is None) == (symbol is None) or (symbol is None) != (day is None):
        raise UsageError("explain takes SYMBOL and DATE, or --block and a key")
    with connect(warehouse_at(warehouse)) as connection:
        if block is not None:
            said = explain_block(connection, block)
        elif symbol is not None and day is not None:
            said = explain_quote(connection, symbol.upper(), day.date())
    typer.echo("\n".join(map(visible, said.split("\n"))))
