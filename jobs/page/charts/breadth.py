"""Breadth over time: risers less fallers session by session, and added up."""

from jobs.page.draw import FALLS, RISES, SERIES, Spec
from jobs.rows import Row


def breadth_lines(sessions: list[Row], width: int) -> Spec:
    """`sessions`: trade_date (ISO), advance_decline_line, net_advance_count; only sessions seen."""
    x = {
        "field": "trade_date",
        "type": "temporal",
        "title": None,
        "axis": {"tickCount": max(3, width // 130), "grid": False},
    }
    thick = max(2, min(7, 0.6 * width / len(sessions)))
    return {
        "width": width,
        "height": 240,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": sessions},
        "encoding": {"x": x},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": thick, "aria": True},
                "encoding": {
                    "y": {
                        "field": "net_advance_count",
                        "type": "quantitative",
                        "title": "risers less fallers",
                        "axis": {"tickCount": 5},
                    },
                    "y2": {"datum": 0},
                    "color": {
                        "field": "net_advance_count",
                        "type": "quantitative",
                        "scale": {
                            "type": "threshold",
                            "domain": [0],
                            "range": [FALLS[2], RISES[0]],
                        },
                        "legend": None,
                    },
                    "description": {"field": "about"},
                },
            },
            {
                "mark": {"type": "line", "strokeWidth": 2, "color": SERIES[0], "point": False},
                "encoding": {
                    "y": {
                        "field": "advance_decline_line",
                        "type": "quantitative",
                        "title": "added up (line)",
                        "axis": {"orient": "right", "grid": False, "tickCount": 5},
                    }
                },
            },
        ],
        "resolve": {"scale": {"y": "independent"}},
    }
