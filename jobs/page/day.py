"""Everything that the page of one session shows, read from the marts."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from jobs.errors import InputError
from jobs.rows import Row, rows

_YEARS = 6
"""Years of the calendar."""

_SPAN = 250
"""Sessions that index lines and breadth reach back, if enough of them are known."""

_ENOUGH = 60
"""Known sessions below which lines show the whole history instead."""


@dataclass(frozen=True)
class Day:
    """One session: rows of the marts, by the part of the page that shows them."""

    trade_date: date
    movers: list[Row]
    indices: list[Row]
    breadth: Row | None
    sectors: list[Row]
    index_history: list[Row]
    breadth_history: list[Row]
    calendar: list[Row]
    placed_by: list[Row]
    build: Row
    sessions_since: int


def newest_date(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The newest session with figures; none in a warehouse without any."""
    (found,) = rows(connection, "select newest_trade_date from build_info")
    newest: date | None = found["newest_trade_date"]
    return newest


def read_day(connection: duckdb.DuckDBPyConnection, day: date) -> Day:
    """Read the marts of one session, and the history before it.

    Raises:
        InputError: no page shows the session.
    """

    def of_day(query: str) -> list[Row]:
        return rows(connection, query, day=day)

    movers = of_day("from daily_movers where trade_date = $day order by change_pct desc, symbol")
    indices = of_day(
        "from daily_index_summary where trade_date = $day and origin = 'captured'"
        " order by level desc"
    )
    if not movers and not indices:
        raise unseen(connection, day)
    breadth = of_day("from daily_market_breadth where trade_date = $day")
    return Day(
        trade_date=day,
        movers=movers,
        indices=indices,
        breadth=breadth[0] if breadth else None,
        sectors=of_day(
            "from daily_sector_summary where trade_date = $day"
            " order by mean_change_pct desc, sector_name"
        ),
        index_history=of_day(_INDEX_HISTORY),
        breadth_history=of_day(_BREADTH_HISTORY),
        calendar=of_day(
            "select trade_date, 100.0 * (exp(log_return) - 1) as change_pct"
            " from measures.index_levels where index_code = 'KSE100' and log_return is not null"
            f" and trade_date <= $day and year(trade_date) > year($day) - {_YEARS}"
            " order by trade_date"
        ),
        placed_by=rows(
            connection,
            "select coalesce(placed_by, 'unplaced') as placed_by, count(*) as capture_count,"
            " min(confidence) as least_confidence from captures group by 1 order by 2 desc, 1",
        ),
        build=rows(connection, "from build_info")[0],
        sessions_since=_sessions_after(connection, day),
    )


def _recent(table: str, condition: str = "true") -> str:
    """The first session of a line that ends on the day: a year back, or the first of all."""
    return f"""
    select case when count(*) >= {_ENOUGH} then min(session_number) else 0 end as first_number
    from {table},
    (select session_number as shown from core.sessions where trade_date = $day)
    where session_number between shown - {_SPAN - 1} and shown and {condition}
    """


_INDEX_HISTORY = f"""
with recent as ({_recent("measures.index_levels", "index_code = 'KSE100'")}),
shown as (
    select levels.*, levels.session_number - row_number() over (
        partition by index_code order by levels.session_number
    ) as stretch
    from measures.index_levels as levels, recent
    where levels.session_number >= recent.first_number and levels.trade_date <= $day
)
select
    shown.trade_date,
    shown.index_code,
    shown.level,
    concat(shown.index_code, ' ', shown.stretch) as stretch,
    100.0 * shown.level / first_value(shown.level) over (
        partition by shown.index_code order by shown.trade_date
    ) as rebased,
    windows.drawdown_pct
from shown
join measures.index_windows as windows using (trade_date, index_code)
order by shown.index_code, shown.trade_date
"""

_BREADTH_HISTORY = f"""
with recent as ({_recent("measures.breadth_counts")})
select breadth.*, advancer_count - decliner_count as net_advance_count
from daily_market_breadth as breadth
join core.sessions as sessions using (trade_date), recent
where sessions.session_number >= recent.first_number and breadth.trade_date <= $day
order by trade_date
"""


def unseen(connection: duckdb.DuckDBPyConnection, day: date) -> InputError:
    """What to say of a day that no page shows: which sessions are near."""
    near = rows(
        connection,
        "select trade_date from measures.seen_sessions"
        " order by abs(date_diff('day', trade_date, $day)), trade_date limit 2",
        day=day,
    )
    there = " and ".join(sorted(f"{row['trade_date']}" for row in near)) or "none"
    return InputError(f"{day}: no page shows figures of this session; the nearest are {there}")


def _sessions_after(connection: duckdb.DuckDBPyConnection, day: date) -> int:
    (found,) = rows(
        connection,
        "select count(*) as session_count from core.sessions, build_info"
        " where trade_date > $day and trade_date <= cast(built_at as date)",
        day=day,
    )
    return int(found["session_count"])


def health(day: Day) -> list[tuple[str, Any, str]]:
    """What the warehouse was made from: label, figure, and the table and column it stands in."""
    build = day.build
    return [
        ("files", build["file_count"], "build_info.file_count"),
        ("pages with a ticker", build["block_count"], "build_info.block_count"),
        ("pages without", build["no_block_count"], "build_info.no_block_count"),
        ("pages refused", build["refused_count"], "build_info.refused_count"),
        ("lines accepted", build["accepted_line_count"], "build_info.accepted_line_count"),
        ("lines rejected", build["rejected_line_count"], "build_info.rejected_line_count"),
        ("pages placed on a session", build["placed_count"], "build_info.placed_count"),
        ("pages unplaced", build["unplaced_count"], "build_info.unplaced_count"),
        ("lines set aside", build["set_aside_line_count"], "build_info.set_aside_line_count"),
        ("closes implied", build["implied_quote_count"], "build_info.implied_quote_count"),
        ("quotes flagged", build["flagged_quote_count"], "build_info.flagged_quote_count"),
        ("sessions with figures", build["session_count"], "build_info.session_count"),
        ("sessions since this one", day.sessions_since, "core.sessions"),
    ]
