"""The page of one session as a file: charts drawn, tables behind them, texts escaped."""

import functools
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import jinja2

from jobs.files import replace_file
from jobs.page.charts.breadth import breadth_lines
from jobs.page.charts.calendar import calendar_heatmap
from jobs.page.charts.heatmap import market_heatmap
from jobs.page.charts.indices import drawdown_area, index_lines
from jobs.page.charts.sectors import sector_bars, sector_rotation
from jobs.page.day import Day, health, newest_date, read_day
from jobs.page.draw import MINUS, Spec, draw
from jobs.page.undated import newest_ticker
from jobs.rows import Row

PAGE = "index.html"
"""The file of a published page."""

_WIDE, _NARROW = 1000, 350
"""Widths in pixels at which each chart is drawn: for a desk, and for a phone."""

_MOVERS = 8
"""Gainers and losers that the page lists."""

_FEWEST = 2
"""Sessions from which a line is worth drawing."""


def write_page(
    connection: duckdb.DuckDBPyConnection, file: Path, day: date | None = None
) -> date | None:
    """Write the page of `day`, or of the newest session, to `file`, as a whole.

    Returns:
        The session shown; none if the warehouse has no session, and the page says so.

    Raises:
        InputError: no page shows `day`.
    """
    shown = day or newest_date(connection)
    if shown:
        text = render(read_day(connection, shown))
    else:
        text = render_undated(newest_ticker(connection, _MOVERS))
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, lambda aside: aside.write_text(text, encoding="utf-8"))
    return shown


def render_undated(ticker: Row | None) -> str:
    """The page of a warehouse without a session: the newest ticker, if there is one."""
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(day=None, ticker=ticker, style=_style())
    )


def _style() -> str:
    return (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


def render(day: Day) -> str:
    """The page of a session as HTML."""
    seen = [_about_session(row) for row in day.breadth_history]
    rotating = [_about_sector(r) for r in day.sectors if r["quadrant"] is not None]
    lines = [_about_level(row) for row in day.index_history]
    drawn = {
        "heatmap": _both(market_heatmap, day.movers),
        "indices": _both(index_lines, lines, _FEWEST),
        "drawdown": _both(
            drawdown_area, [r for r in lines if r["index_code"] == "KSE100"], _FEWEST
        ),
        "sectors": _both(sector_bars, [_about_sector(row) for row in day.sectors]),
        "rotation": _both(sector_rotation, rotating),
        "breadth": _both(breadth_lines, seen, _FEWEST),
        "calendar": day.calendar and {"wide": calendar_heatmap(day.calendar), "narrow": None},
    }
    risers = [row for row in day.movers if row["gainer_rank"]]
    fallers = [row for row in reversed(day.movers) if row["loser_rank"]]
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            day=day,
            style=_style(),
            charts=drawn,
            gainers=risers[:_MOVERS],
            losers=fallers[:_MOVERS],
            health=health(day),
        )
    )


def _both(chart: Callable[[list[Row], int], Spec], data: list[Row], fewest: int = 1) -> Row | None:
    """The chart in both widths; none where there is too little to draw."""
    if len(data) < fewest:
        return None
    return {
        "wide": draw(chart(data, _WIDE)),
        "narrow": draw(chart(data, _NARROW), has_tooltips=False),
    }


def _about_sector(row: Row) -> Row:
    count = row["symbol_count"]
    shares = "1 share" if count == 1 else f"{count} shares"
    about = f"{row['sector_name']}: {row['mean_change_pct']:+.2f} %, {shares}"
    return {**_plain(row), "about": about}


def _about_session(row: Row) -> Row:
    about = (
        f"{row['trade_date']:%d %b %Y}: {row['advancer_count']} rose,"
        f" {row['decliner_count']} fell, {row['unchanged_count']} stood still"
    )
    return {**_plain(row), "about": about}


def _about_level(row: Row) -> Row:
    about = f"{row['trade_date']:%d %b %Y}: {row['index_code']} {row['level']:,.0f}"
    return {**_plain(row), "about": f"{about}, {row['drawdown_pct']:.2f} % below its high"}


def _plain(row: Row) -> Row:
    """With dates as ISO texts, for a specification holds what JSON can."""
    return {n: v.isoformat() if isinstance(v, date) else v for n, v in row.items()}


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "price": lambda value: _shown(value, ",.2f"),
        "points": lambda value: _shown(value, ",.0f"),
        "signed": lambda value: _shown(value, "+,.2f").replace("-", MINUS),
        "whole": lambda value: _shown(value, ",d"),
    }
    return environment


def _shown(value: Any, pattern: str) -> str:  # noqa: ANN401 - any number of a mart
    return "" if value is None else format(value, pattern)
