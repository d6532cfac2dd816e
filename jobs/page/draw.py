"""A chart's specification to SVG that takes its colours from the page around it."""

import re
from typing import Any

Spec = dict[str, Any]

FALLS = [f"var(--fall-{step})" for step in (3, 2, 1)]
RISES = [f"var(--rise-{step})" for step in (1, 2, 3)]
FLAT = "var(--flat)"
SHADES = [*FALLS, FLAT, *RISES]
"""Colours of changes, from the deepest fall to the highest rise; the style sheet has them."""

TEXT, MUTED, LINE, GROUND = "var(--text)", "var(--muted)", "var(--line)", "var(--ground)"
SERIES = ["var(--series-1)", "var(--series-2)", "var(--series-3)", "var(--series-4)"]

MINUS = "\u2212"
"""The sign of a fall, as wide as a plus."""

FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"

_CONFIG: Spec = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
    },
    "legend": {
        "labelColor": TEXT,
        "labelFontSize": 12,
        "title": None,
        "orient": "top",
        "direction": "horizontal",
    },
    "text": {"color": TEXT, "fill": TEXT, "font": FONT, "fontSize": 12},
    "header": {"labelColor": MUTED, "labelFontSize": 12, "title": None},
}

_SILENT: Spec = {"mark": {"aria": False}}
"""Vega-Lite describes every mark of its own accord; only ours are wanted."""

_LABEL = re.compile(r' aria-label="[^"]*"')
_ROLES = re.compile(r' (?:role|aria-roledescription|aria-hidden)="[^"]*"')
_PLACES = re.compile(r' (?:d|transform|x1|x2|y1|y2|width|height)="[^"]*"')
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_MARK = re.compile(r'<(path|line) aria-label="([^"]*)"([^>]*?)(/>|>)')


def draw(spec: Spec, *, has_tooltips: bool = True) -> str:
    """The SVG of a specification, each described mark with its description as a tooltip.

    One that names a schema is Vega, any other Vega-Lite. Nothing is fetched: data stand in the
    specification, and fonts are the reader's own. Texts come out escaped. The SVG is hidden from
    screen readers, which have the tables.
    """
    import vl_convert  # noqa: PLC0415 - it starts V8, which a page without charts does not need

    if "$schema" in spec:
        svg = vl_convert.vega_to_svg({**spec, "config": _CONFIG})
    else:
        svg = vl_convert.vegalite_to_svg({**spec, "config": {**_CONFIG, **_SILENT}})
    svg = _ROLES.sub("", svg)
    svg = _PLACES.sub(lambda place: _LONG_NUMBER.sub(_rounded, place[0]), svg)
    svg = _MARK.sub(_with_tooltip, svg) if has_tooltips else _LABEL.sub("", svg)
    return svg.replace("<svg ", '<svg aria-hidden="true" ', 1)


def _rounded(number: re.Match[str]) -> str:
    """A coordinate to a hundredth of a pixel."""
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _with_tooltip(mark: re.Match[str]) -> str:
    """What a mark says of itself, where a mouse finds it."""
    kind, said, attributes, end = mark.groups()
    close = f"</{kind}>" if end == "/>" else ""
    return f"<{kind}{attributes}><title>{said}</title>{close}"


def change_scale(step: float) -> Spec:
    """Colours by change in percent: beyond twice `step`, `step`, a tenth of it, and flat."""
    return {"type": "threshold", "domain": change_limits(step), "range": SHADES}


def change_limits(step: float) -> list[float]:
    """The changes in percent at which one of the `SHADES` ends and the next one begins."""
    return [-2 * step, -step, -step / 10, step / 10, step, 2 * step]
