"""The day and the counts, as text for the terminal."""

from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from rich.columns import Columns
from rich.console import Console
from rich.table import Table

from jobs.report.rows import rows
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


def newest_session(connection: duckdb.DuckDBPyConnection, width: int = 80) -> str:
    """The newest session's top gainers and losers and its indices, and the counts of the build."""
    facts = build_facts(connection)
    day = facts["newest_trade_date"]
    console = Console(file=StringIO(), width=width, color_system=None)
    if day is None:
        console.print("no session yet: no capture could be placed")
    else:
        console.print(f"\n{day:%A %d %B %Y}, the newest session\n", highlight=False)
        movers = [
            _movers(connection, day, "gainer_rank", "Top gainers"),
            _movers(connection, day, "loser_rank", "Top losers"),
        ]
        console.print(Columns(movers, padding=(0, 3)))
        console.print(_indices(connection, day))
    console.print(_counts(facts), highlight=False, soft_wrap=True)
    return console.file.getvalue().rstrip()  # type: ignore[attr-defined,no-any-return]


def _movers(connection: duckdb.DuckDBPyConnection, day: object, rank: str, title: str) -> Table:
    found = connection.execute(
        f"select symbol, last_price, change, change_pct from daily_movers"
        f" where trade_date = ? and {rank} <= {_TOP} order by {rank}, symbol limit {_TOP}",
        [day],
    ).fetchall()
    return _table(title, ["symbol", "price", "change", "%"], found)


def _indices(connection: duckdb.DuckDBPyConnection, day: object) -> Table:
    found = connection.execute(
        "select index_code, level, change, change_pct from daily_index_summary"
        " where trade_date = ? order by level desc",
        [day],
    ).fetchall()
    whole = [(code, int(level), change, pct) for code, level, change, pct in found]
    return _table("Indices", ["index", "level", "change", "%"], whole)


def _table(title: str, columns: list[str], found: list[tuple[Any, ...]]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, justify="left" if name == columns[0] else "right")
    if not found:
        table.add_row("none")
    for name, price, change, pct in found:
        table.add_row(name, _price(price), f"{change:+,.2f}", f"{pct:+.2f}")
    return table


def _price(value: Decimal | int) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def _counts(facts: dict[str, Any]) -> str:
    return (
        f"\n{facts['document_count']:,} documents ({facts['block_count']:,} with a ticker,"
        f" {facts['no_block_count']:,} without, {facts['refused_count']:,} refused)\n"
        f"{facts['accepted_line_count']:,} lines accepted,"
        f" {facts['rejected_line_count']:,} rejected\n"
        f"{facts['placed_count']:,} captures placed on {facts['session_count']:,} sessions,"
        f" {facts['unplaced_count']:,} unplaced"
    )
