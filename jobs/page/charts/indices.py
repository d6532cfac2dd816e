"""The indices over time, and how far KSE100 lies below its high."""

from jobs.page.draw import MUTED, SERIES, Spec
from jobs.rows import Row

_MANY = 500
"""Levels beyond which points would hide the lines."""

_CODES = ["KSE100", "KSE30", "BR100", "BR30"]


def index_lines(levels: list[Row], width: int) -> Spec:
    """`levels`: trade_date (ISO), index_code, rebased (100 at the first session shown), stretch.

    A line runs over sessions in a row; a faint one crosses sessions that nobody knows. Points
    stand where there are few.
    """
    colour = {
        "field": "index_code",
        "type": "nominal",
        "scale": {"domain": _CODES, "range": SERIES},
        "legend": {"symbolType": "circle", "symbolSize": 90, "symbolOpacity": 1},
    }
    x = {"field": "trade_date", "type": "temporal", "title": None, "axis": _dates(width)}
    y = {
        "field": "rebased",
        "type": "quantitative",
        "title": "first session shown = 100",
        "scale": {"zero": False},
        "axis": {"tickCount": 5},
    }
    return {
        "width": width,
        "height": 260,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": levels},
        "encoding": {"x": x, "y": y, "color": colour},
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 1, "opacity": 0.35}},
            {
                "mark": {"type": "line", "strokeWidth": 2},
                "encoding": {"detail": {"field": "stretch", "type": "nominal"}},
            },
            *_points(levels, {"size": 14}),
        ],
    }


def drawdown_area(levels: list[Row], width: int) -> Spec:
    """`levels`: trade_date (ISO) and drawdown_pct of KSE100."""
    return {
        "width": width,
        "height": 110,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": levels},
        "encoding": {
            "x": {"field": "trade_date", "type": "temporal", "title": None, "axis": _dates(width)},
            "y": {
                "field": "drawdown_pct",
                "type": "quantitative",
                "title": "below its high, %",
                "axis": {"tickCount": 4},
            },
        },
        "layer": [
            {"mark": {"type": "area", "color": "var(--fall-1)", "opacity": 0.5}},
            *_points(levels, {"size": 12, "color": "var(--fall-3)"}),
        ],
    }


def _points(levels: list[Row], look: Spec) -> list[Spec]:
    if len(levels) > _MANY:
        return []
    mark = {"type": "circle", "opacity": 1, "aria": True, **look}
    return [{"mark": mark, "encoding": {"description": {"field": "about"}}}]


def _dates(width: int) -> Spec:
    return {"tickCount": max(3, width // 130), "grid": False, "labelColor": MUTED}
