"""The change of KSE100 day by day, as a calendar: a year a strip, a week a column."""

from datetime import date
from html import escape

from jobs.page.draw import MUTED, SHADES, change_limits
from jobs.rows import Row

_DAYS = 5
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_STEP = 0.75
"""Change in percent from which a day has the second of three shades."""

_SIDE, _GAP = 17, 3
"""Pixels of a day, and between two of them."""

_LEFT, _TOP, _BETWEEN_YEARS = 70, 18, 12


def calendar_heatmap(changes: list[Row]) -> str:
    """An SVG of `changes`: trade_date and change_pct of KSE100, of some years, the newest first.

    It is written directly: a thousand squares need no layout, and are drawn in milliseconds.
    """
    days = [row for row in changes if row["trade_date"].weekday() < _DAYS]
    years = sorted({row["trade_date"].year for row in days}, reverse=True)
    strip = _DAYS * (_SIDE + _GAP) + _BETWEEN_YEARS
    tops = {year: _TOP + number * strip for number, year in enumerate(years)}
    width, height = _LEFT + 54 * (_SIDE + _GAP), _TOP + len(years) * strip
    text = f'fill="{MUTED}" font-size="12"'
    starts = [_LEFT + round(52.18 / 12 * month) * (_SIDE + _GAP) for month in range(12)]
    months = "".join(
        f'<text x="{x}" y="12" {text}>{name}</text>'
        for x, name in zip(starts, _MONTHS, strict=True)
    )
    names = "".join(
        f'<text x="0" y="{top + strip / 2:g}" {text}>{year}</text>' for year, top in tops.items()
    )
    squares = "".join(_square(row, tops[row["trade_date"].year]) for row in days)
    return (
        f'<svg aria-hidden="true" xmlns="http://www.w3.org/2000/svg" width="{width}"'
        f' height="{height}" viewBox="0 0 {width} {height}">{months}{names}{squares}</svg>'
    )


def _square(row: Row, top: int) -> str:
    day, change = row["trade_date"], row["change_pct"]
    x = _LEFT + _week(day) * (_SIDE + _GAP)
    y = top + day.weekday() * (_SIDE + _GAP)
    about = escape(f"{day:%a %d %b %Y}: KSE100 {change:+.2f} %")
    return (
        f'<rect x="{x}" y="{y}" width="{_SIDE}" height="{_SIDE}" rx="2" fill="{_shade(change)}">'
        f"<title>{about}</title></rect>"
    )


def _shade(change: float) -> str:
    return SHADES[sum(change >= limit for limit in change_limits(_STEP))]


def _week(day: date) -> int:
    """Weeks of the year that have begun, counted from Monday; 0 is the first."""
    first = date(day.year, 1, 1)
    return ((day - first).days + first.weekday()) // 7
