"""`psx show`: what snapshot files show, without a warehouse."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.options import IndexHistoryOption, JsonOption


def show(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Snapshot files and folders.")
    ],
    top: Annotated[int, typer.Option(min=1, help="Gainers and losers to show.")] = 5,
    index_history: IndexHistoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what snapshot files show: gainers, losers, sectors, indices and the likely session.

    Needs no warehouse and writes none. The files given date each other. With --json: a list of
    pages, each with its sections (the session of its shares and of its indices, with the
    probability), gainers, losers, sectors, indices and rejected lines.
    """
    from jobs.errors import visible
    from jobs.models.preview import preview
    from jobs.report.ticker import page_text, read_pages
    from jobs.rows import to_json
    from jobs.settings import Settings

    with preview(paths, Settings(index_history=index_history)) as connection:
        pages = read_pages(connection, top)
    if as_json:
        typer.echo(to_json(pages))
        return
    if not pages:
        typer.echo("no snapshot files found")
    for page in pages:
        typer.echo("\n".join(map(visible, page_text(page).splitlines())) + "\n")
