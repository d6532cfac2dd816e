"""The day and the counts, as text for the terminal."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from jobs.page.day import newest_date, unseen
from jobs.page.undated import newest_ticker
from jobs.report.tables import as_text, quotes_table
from jobs.report.ticker import movers_tables
from jobs.rows import rows
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

    Without a day, the newest. In a warehouse without any session the date is null, and the rows
    are those of the newest ticker, with its `source`, `best_date` and `best_confidence`.

    Raises:
        InputError: no page shows the day.
    """
    day = day or newest_date(connection)
    if day is None and (ticker := newest_ticker(connection, top)):
        return {"trade_date": None, **ticker}
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
    day = session["trade_date"]
    if day:
        title = f"{day:%A %d %B %Y}"
    elif "source" in session:
        title = _undated(session)
    else:
        return "no page with a ticker yet"
    indices = quotes_table("Indices", session["indices"], "index_code", "level")
    return as_text(f"{title}\n", movers_tables(session), "", indices, width=width)


def _undated(ticker: dict[str, Any]) -> str:
    """The heading of a ticker whose session is unknown."""
    guess = "nothing says which session it shows"
    if ticker["best_date"]:
        guess = (
            f"its most likely session is {ticker['best_date']:%A %d %B %Y},"
            f" probability {ticker['best_confidence']:.2f}"
        )
    return f"Undated: the newest ticker, of {ticker['source']}; {guess}"


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
