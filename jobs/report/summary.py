"""The day and the counts, as text for the terminal."""

from datetime import date, datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from rich.columns import Columns
from rich.console import Console
from rich.table import Table

from jobs.page.day import newest_date, unseen
from jobs.rows import Row, rows
from jobs.snapshot.capture_times import KARACHI

_TOP = 5
_NIGHTS = 7


def build_facts(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The row of `build_info`, by column."""
    return rows(connection, "from build_info")[0]


def last_builds(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The newest rows of `build_history`, newest first."""
    return rows(connection, f"from build_history order by build_id desc limit {_NIGHTS}")


def sessions_since_newest(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Sessions of the exchange's calendar after the newest one with figures, up to today."""
    (found,) = rows(
        connection,
        "select info.newest_trade_date, count(sessions.trade_date) as session_count"
        " from build_info as info left join core.sessions as sessions"
        " on sessions.trade_date > info.newest_trade_date and sessions.trade_date <= $today"
        " group by info.newest_trade_date",
        today=datetime.now(ZoneInfo(KARACHI)).date(),
    )
    return found["session_count"] if found["newest_trade_date"] else None


def read_session(
    connection: duckdb.DuckDBPyConnection, day: date | None = None, top: int = _TOP
) -> dict[str, Any]:
    """A session's `trade_date`, and rows of the marts: `gainers`, `losers` and `indices`.

    Without a day, the newest; in a warehouse without any session the date is null.

    Raises:
        InputError: no page shows the day.
    """
    day = day or newest_date(connection)
    found = {
        side: rows(
            connection,
            "select * exclude (trade_date) from daily_movers"
            f" where trade_date = $day and {rank} <= $top order by {rank}, symbol limit $top",
            day=day,
            top=top,
        )
        for side, rank in (("gainers", "gainer_rank"), ("losers", "loser_rank"))
    }
    indices = rows(
        connection,
        "select * exclude (trade_date) from daily_index_summary"
        " where trade_date = $day order by level desc",
        day=day,
    )
    if day and not indices and not any(found.values()):
        raise unseen(connection, day)
    return {"trade_date": day, **found, "indices": indices}


def session_text(session: dict[str, Any], width: int = 80) -> str:
    """A session as `read_session` gives it, as tables for the terminal."""
    console = Console(file=StringIO(), width=width, color_system=None)
    day = session["trade_date"]
    if day is None:
        return "no session yet: no capture could be placed"
    console.print(f"{day:%A %d %B %Y}\n", highlight=False)
    movers = [
        _table(title, ["symbol", "price", "change", "%"], session[side], "symbol", "last_price")
        for side, title in (("gainers", "Top gainers"), ("losers", "Top losers"))
    ]
    console.print(Columns(movers, padding=(0, 3)))
    columns = ["index", "level", "change", "%"]
    console.print(_table("Indices", columns, session["indices"], "index_code", "level"))
    return "\n".join(line.rstrip() for line in _printed(console).rstrip().splitlines())


def counts_text(connection: duckdb.DuckDBPyConnection) -> str:
    """What the build was made from, in three lines."""
    facts = build_facts(connection)
    return (
        f"{facts['document_count']:,} documents ({facts['block_count']:,} with a ticker,"
        f" {facts['no_block_count']:,} without, {facts['refused_count']:,} refused)\n"
        f"{facts['accepted_line_count']:,} lines accepted,"
        f" {facts['rejected_line_count']:,} rejected\n"
        f"{facts['placed_count']:,} captures placed on {facts['session_count']:,} sessions,"
        f" {facts['unplaced_count']:,} unplaced"
    )


def _printed(console: Console) -> str:
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def _table(title: str, columns: list[str], found: list[Row], name: str, price: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    if not found:
        table.add_row("none")
    digits = 0 if price == "level" else 2
    for row in found:
        change, pct = row["change"], row["change_pct"]
        table.add_row(
            row[name],
            f"{row[price]:,.{digits}f}",
            "" if change is None else f"{change:+,.2f}",
            "" if pct is None else f"{pct:+.2f}",
        )
    return table
