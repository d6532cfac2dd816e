"""The change of KSE100 day by day, as a calendar: a year a strip, a week a column."""

from datetime import date
from typing import Any

from jobs.page.draw import Spec, change_scale
from jobs.rows import Row

_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri"]
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_STEP = 0.75
"""Change in percent from which a day has the second of three shades."""


def calendar_heatmap(changes: list[Row], width: int) -> Spec:
    """`changes`: trade_date and change_pct of KSE100, of some years."""
    values = [
        {
            "year": row["trade_date"].year,
            "week": _week(row["trade_date"]),
            "day": _DAYS[row["trade_date"].weekday()],
            "change": row["change_pct"],
            "about": f"{row['trade_date']:%a %d %b %Y}: KSE100 {row['change_pct']:+.2f} %",
        }
        for row in changes
        if row["trade_date"].weekday() < 5
    ]
    side = (width - 70) / 54
    spec: dict[str, Any] = {
        "data": {"values": values},
        "mark": {
            "type": "rect",
            "aria": True,
            "cornerRadius": 1.5,
            "width": side * 0.86,
            "height": side * 0.86,
        },
        "width": side * 54,
        "height": side * 5,
        "encoding": {
            "row": {
                "field": "year",
                "type": "ordinal",
                "sort": "descending",
                "spacing": 10,
                "header": {"labelAngle": 0, "labelAlign": "right", "labelPadding": 6},
            },
            "x": {
                "field": "week",
                "type": "quantitative",
                "title": None,
                "scale": {"domain": [-0.5, 53.5], "nice": False},
                "axis": {
                    "values": [
                        round(month * 52.18 / 12 + 2, 1)
                        for month in range(0, 12, 1 if side > 10 else 2)
                    ],
                    "labelExpr": f"{_MONTHS}[floor(datum.value / 52.18 * 12)]",
                    "grid": False,
                    "ticks": False,
                    "domain": False,
                },
            },
            "y": {
                "field": "day",
                "type": "ordinal",
                "sort": _DAYS,
                "scale": {"domain": _DAYS},
                "title": None,
                "axis": {
                    "values": ["Mon", "Wed", "Fri"] if side > 10 else [],
                    "ticks": False,
                    "domain": False,
                },
            },
            "color": {
                "field": "change",
                "type": "quantitative",
                "scale": change_scale(_STEP),
                "legend": None,
            },
            "description": {"field": "about"},
        },
    }
    return spec


def _week(day: date) -> int:
    """Weeks of the year that have begun, counted from Monday; 0 is the first."""
    first = date(day.year, 1, 1)
    return ((day - first).days + first.weekday()) // 7
