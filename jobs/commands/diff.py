"""`psx diff`: what one build says and another does not."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.errors import InputError
from jobs.options import DEFAULT_WAREHOUSE, WarehouseOption, warehouse_at

if TYPE_CHECKING:
    from jobs.models.diff import TableDiff


def diff(
    old: Annotated[
        str | None, typer.Argument(metavar="BUILD", help="The earlier build.", show_default=False)
    ] = None,
    new: Annotated[
        str | None, typer.Argument(metavar="BUILD", help="The later build.", show_default=False)
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="Rows to show of each kind and table.")] = 5,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Print what changed between two builds: rows and columns added, gone and changed.

    Without BUILD, the published build against the one before it; with one, against that one. Builds
    are named by their time, and the beginning of a name is enough; psx status lists those kept.
    """
    from jobs.models.diff import compare
    from jobs.models.publish import DATABASE, earlier_build, find_build, published_build
    from jobs.settings import sql_folder

    place = warehouse_at(warehouse)
    before = find_build(place, old) if old else earlier_build(place)
    after = find_build(place, new) if new else published_build(place)
    if before is None or after is None:
        raise InputError(f"{warehouse}: no build before the published one is kept to compare with")
    typer.echo(f"{before.name} -> {after.name}")
    differing = [t for t in compare(before / DATABASE, after / DATABASE, sql_folder()) if t]
    for table in differing:
        for line in _lines(table, rows):
            typer.echo(line)
    if not differing:
        typer.echo("no difference")


def _lines(table: "TableDiff", limit: int) -> Iterator[str]:
    yield (
        f"{table.table}: {len(table.added):,} added, {len(table.gone):,} gone,"
        f" {len(table.changed):,} changed"
    )
    for column in table.columns_added:
        yield f"  + column {column}"
    for column in table.columns_gone:
        yield f"  - column {column}"
    counts = Counter(column for change in table.changed for column in change.columns)
    if counts:
        yield "  " + ", ".join(f"{column} {count:,}" for column, count in counts.most_common())
    for sign, keys in (("+", table.added), ("-", table.gone)):
        for key in keys[:limit]:
            yield f"  {sign} {_key(key)}"
        yield from _more(len(keys), limit, sign)
    for change in table.changed[:limit]:
        said = ", ".join(f"{c} {_text(a)} -> {_text(b)}" for c, (a, b) in change.columns.items())
        yield f"  ~ {_key(change.key)}: {said}" if table.grain else f"  ~ {said}"
    yield from _more(len(table.changed), limit, "~")


def _more(count: int, limit: int, sign: str) -> Iterator[str]:
    if limit and count > limit:
        yield f"  {sign} and {count - limit:,} more"


def _key(key: tuple[Any, ...]) -> str:
    return " ".join(map(_text, key))


def _text(value: object) -> str:
    return "none" if value is None else str(value)
