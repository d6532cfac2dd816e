"""The sectors: what each did on the day, and where each stands beside KSE100."""

from jobs.page.draw import FALLS, FLAT, LINE, MINUS, MUTED, RISES, Spec
from jobs.rows import Row

_ROOM = 1.45
"""How far the axis reaches beyond the longest bar, for its figure."""


def sector_bars(sectors: list[Row], width: int) -> Spec:
    """`sectors`: sector_name, mean_change_pct, symbol_count; the best first."""
    values = [
        {**row, "shown": f"{row['mean_change_pct']:+.2f}".replace("-", MINUS)} for row in sectors
    ]
    order = [row["sector_name"] for row in values]
    largest = max((abs(row["mean_change_pct"]) for row in values), default=0.0) * _ROOM or 1.0
    return {
        "width": width,
        "height": {"step": 20},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": values},
        "encoding": {
            "y": {
                "field": "sector_name",
                "type": "nominal",
                "sort": order,
                "title": None,
                "axis": {"labelLimit": min(290, width // 3), "ticks": False, "domain": False},
            },
            "x": {
                "field": "mean_change_pct",
                "type": "quantitative",
                "title": "mean change of its shares, %",
                "scale": {"domain": [-largest, largest]},
                "axis": {"tickCount": 5},
            },
        },
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.72}, "aria": True},
                "encoding": {
                    "color": {
                        "field": "mean_change_pct",
                        "type": "quantitative",
                        "scale": {
                            "type": "threshold",
                            "domain": [0, 1e-9],
                            "range": [FALLS[1], FLAT, RISES[1]],
                        },
                        "legend": None,
                    },
                    "description": {"field": "about"},
                },
            },
            {
                "transform": [{"filter": "datum.mean_change_pct >= 0"}],
                "mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11},
                "encoding": {"text": {"field": "shown"}},
            },
            {
                "transform": [{"filter": "datum.mean_change_pct < 0"}],
                "mark": {"type": "text", "align": "right", "dx": -4, "fontSize": 11},
                "encoding": {"text": {"field": "shown"}},
            },
        ],
    }


def sector_rotation(sectors: list[Row], width: int) -> Spec:
    """`sectors`: sector_name, relative_strength_20_pct, relative_momentum_pct, quadrant."""
    reach_x = 1.15 * max(abs(row["relative_strength_20_pct"]) for row in sectors) or 1.0
    reach_y = 1.15 * max(abs(row["relative_momentum_pct"]) for row in sectors) or 1.0
    corners = [
        {"x": reach_x, "y": reach_y, "label": "leading", "align": "right"},
        {"x": reach_x, "y": -reach_y, "label": "weakening", "align": "right"},
        {"x": -reach_x, "y": -reach_y, "label": "lagging", "align": "left"},
        {"x": -reach_x, "y": reach_y, "label": "improving", "align": "left"},
    ]

    def corner(align: str) -> Spec:
        return {
            "data": {"values": [c for c in corners if c["align"] == align]},
            "mark": {"type": "text", "align": align, "color": MUTED, "fontStyle": "italic"},
            "encoding": {
                "x": {"field": "x", "type": "quantitative"},
                "y": {"field": "y", "type": "quantitative"},
                "text": {"field": "label"},
            },
        }

    place = {
        "x": {
            "field": "relative_strength_20_pct",
            "type": "quantitative",
            "title": "strength beside KSE100 over 20 sessions, %",
            "scale": {"domain": [-reach_x, reach_x]},
        },
        "y": {
            "field": "relative_momentum_pct",
            "type": "quantitative",
            "title": "its change over 5 sessions",
            "scale": {"domain": [-reach_y, reach_y]},
        },
    }
    zero = {"type": "rule", "color": LINE, "strokeWidth": 1.5}
    return {
        "width": width,
        "height": min(width, 340),
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": sectors},
        "layer": [
            {"mark": zero, "encoding": {"x": {"datum": 0, "type": "quantitative"}}},
            {"mark": zero, "encoding": {"y": {"datum": 0, "type": "quantitative"}}},
            corner("left"),
            corner("right"),
            {
                "mark": {
                    "type": "circle",
                    "size": 90,
                    "opacity": 1,
                    "color": "var(--series-1)",
                    "aria": True,
                },
                "encoding": {**place, "description": {"field": "about"}},
            },
            {
                "mark": {"type": "text", "dy": -10, "fontSize": 10, "limit": 130},
                "encoding": {**place, "text": {"field": "sector_name"}},
            },
        ],
    }
