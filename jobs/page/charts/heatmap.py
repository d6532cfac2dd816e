"""The market as tiles: sectors, and in them shares, coloured by their change."""

from jobs.page.draw import GROUND, MINUS, TEXT, Spec, change_scale
from jobs.rows import Row

_STEP = 1.5
"""Change in percent from which a tile has the second of three shades."""


def market_heatmap(movers: list[Row], width: int) -> Spec:
    """A treemap of `daily_movers`: equal tiles, for pages tell prices and no sizes of companies."""
    height = 400 if width > 500 else 110 + 20 * len(movers)
    sectors = sorted({(row["sector_code"], row["sector_name"] or "Unknown") for row in movers})
    nodes: list[Row] = [{"id": "market"}]
    nodes += [{"id": code, "parent": "market", "label": name} for code, name in sectors]
    nodes += [
        {
            "id": f"share {row['symbol']}",
            "parent": row["sector_code"],
            "label": row["symbol"],
            "weight": 1,
            "change": row["change_pct"],
            "shown": f"{row['change_pct']:+.2f}".replace("-", MINUS),
            "about": f"{row['symbol']}, {row['company_name'] or 'company unknown'}:"
            f" {row['last_price']:,.2f} ({row['change_pct']:+.2f} %)",
        }
        for row in movers
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega/v6.json",
        "width": width,
        "height": height,
        "padding": 0,
        "data": [
            {
                "name": "tree",
                "values": nodes,
                "transform": [
                    {"type": "stratify", "key": "id", "parentKey": "parent"},
                    {
                        "type": "treemap",
                        "field": "weight",
                        "sort": {"field": "change", "order": "descending"},
                        "size": [width, height],
                        "paddingTop": 17,
                        "paddingInner": 2,
                        "ratio": 1.4,
                        "round": True,
                    },
                ],
            },
            {
                "name": "sectors",
                "source": "tree",
                "transform": [{"type": "filter", "expr": "datum.depth === 1"}],
            },
            {
                "name": "shares",
                "source": "tree",
                "transform": [{"type": "filter", "expr": "datum.depth === 2"}],
            },
        ],
        "scales": [{"name": "shade", **change_scale(_STEP)}],
        "marks": [
            {
                "type": "text",
                "from": {"data": "sectors"},
                "encode": {
                    "enter": {
                        "x": {"field": "x0", "offset": 2},
                        "y": {"field": "y0", "offset": 12},
                        "text": {"field": "label"},
                        "limit": {"signal": "datum.x1 - datum.x0 - 4"},
                        "fontSize": {"value": 10},
                        "fill": {"value": TEXT},
                    }
                },
            },
            {
                "type": "rect",
                "from": {"data": "shares"},
                "encode": {
                    "enter": {
                        "x": {"field": "x0"},
                        "x2": {"field": "x1"},
                        "y": {"field": "y0"},
                        "y2": {"field": "y1"},
                        "stroke": {"value": GROUND},
                        "strokeWidth": {"value": 1.5},
                        "fill": {"scale": "shade", "field": "change"},
                        "description": {"field": "about"},
                    }
                },
            },
            _on_tile("label", below=-1, size=12, weight="bold"),
            _on_tile("shown", below=12, size=11, weight="normal"),
        ],
    }


def _on_tile(field: str, *, below: int, size: int, weight: str) -> Spec:
    """A text in the middle of each tile, so many pixels below its centre."""
    return {
        "type": "text",
        "from": {"data": "shares"},
        "interactive": False,
        "encode": {
            "enter": {
                "x": {"signal": "(datum.x0 + datum.x1) / 2"},
                "y": {"signal": f"(datum.y0 + datum.y1) / 2 + {below}"},
                "align": {"value": "center"},
                "text": {"field": field},
                "limit": {"signal": "datum.x1 - datum.x0 - 2"},
                "fontWeight": {"value": weight},
                "fontSize": {"value": size},
                "fill": {"value": "var(--on-tile)"},
            }
        },
    }
