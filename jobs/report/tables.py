"""Tables for the terminal."""

from collections.abc import Sequence
from io import StringIO

from rich.columns import Columns
from rich.console import Console, RenderableType
from rich.table import Table

from jobs.rows import Row


def quotes_table(title: str, quotes: Sequence[Row], name: str, price: str) -> Table:
    """A table of symbols with price, change and percent.

    Args:
        title: what stands above the table.
        quotes: rows with the columns `name`, `price`, `change` and `change_pct`.
        name: the column of the symbol, which also heads it.
        price: the column of the price; levels of indices have no decimals.
    """
    is_index = price == "level"
    table = plain_table(
        title, ["index" if is_index else name, "level" if is_index else "price", "change", "%"]
    )
    digits = 0 if is_index else 2
    for row in quotes:
        change, pct = row["change"], row["change_pct"]
        table.add_row(
            row[name],
            f"{row[price]:,.{digits}f}",
            "" if change is None else f"{change:+,.2f}",
            "" if pct is None else f"{pct:+.2f}",
        )
    return table if quotes else _without_rows(table)


def plain_table(title: str, columns: Sequence[str]) -> Table:
    """An empty table: the first column is text, the others are numbers."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    return table


def _without_rows(table: Table) -> Table:
    table.add_row("none")
    return table


def side_by_side(*tables: Table) -> Columns:
    """Tables beside each other, where the terminal is wide enough."""
    return Columns(tables, padding=(0, 3))


def as_text(*parts: RenderableType, width: int = 80) -> str:
    """What a terminal of so many columns shows, without colours."""
    console = Console(file=StringIO(), width=width, color_system=None)
    for part in parts:
        console.print(part, highlight=False, markup=False)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in shown.rstrip().splitlines())
