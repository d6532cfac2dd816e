"""What a line of the ticker can be: the one place that knows the page.

A share line reads `SYMBOL PRICE WORDS ARROW CHANGE (PCT%)`:

    AIRLINK 72.59 Increased By ▲ 3.39 (4.9%)
    SSGC 10.54 No Change ▼ 0.00 (0%)

Price and change carry two decimals (an unchanged share may print a bare `0`). An index line has a
whole-number price with thousands commas, a change with up to two decimals, and until November 2021
an arrow:

    KSE100 71,902 Increased By 1235.2 (1.75%)

Percent is `change / (price - change)` with two decimals, trailing zeros dropped.
"""

from enum import StrEnum

INDEX_CODES = ("BR100", "BR30", "KSE100", "KSE30")
"""The symbols of the page that are indices; every other symbol is a share."""

ROSE, FELL, UNCHANGED = "Increased By", "Decreased By", "No Change"


class Reason(StrEnum):
    """Why a ticker-like line was rejected; the first that applies is recorded."""

    CUT_OFF = "cut_off"
    MALFORMED = "malformed"
    BAD_NUMBER = "bad_number"
    ZERO_PRICE = "zero_price"
    DIRECTION_MISMATCH = "direction_mismatch"
    PCT_MISMATCH = "pct_mismatch"
    CONFLICTING = "conflicting"

    @property
    def meaning(self) -> str:
        """One sentence for the documentation."""
        return _MEANINGS[self]


_MEANINGS = {
    Reason.CUT_OFF: "the line ends before its closing bracket",
    Reason.MALFORMED: "the parts are not those of a ticker line",
    Reason.BAD_NUMBER: "a number has the wrong decimals or commas for its kind of line",
    Reason.ZERO_PRICE: "the price, or the previous price it implies, is zero or less",
    Reason.DIRECTION_MISMATCH: "words, arrow and sign of the change disagree",
    Reason.PCT_MISMATCH: "the percent is not that of the price and the change",
    Reason.CONFLICTING: "an earlier line of the document gives the symbol other figures",
}

# Arrows as the page prints them, as a UTF-8 page read as cp1252 or latin-1 shows them, and as
# character references.
_UP = r"▲|â–²|â\x{96}²|&#9650;|&#[xX]25[bB]2;"
_DOWN = r"▼|â–¼|â\x{96}¼|&#9660;|&#[xX]25[bB][cC];"
_LOST = r"\?+|\x{FFFD}+"

_WORDS = f"{ROSE}|{FELL}|{UNCHANGED}"
_WHOLE = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_SYMBOL = r"[A-Z0-9]{2,12}"


def _beginnings(phrase: str) -> str:
    """A pattern for every proper beginning of a phrase, one letter at least."""
    pattern = ""
    for letter in reversed(phrase[1:-1]):
        pattern = f"(?:{letter}{pattern})?"
    return phrase[0] + pattern


LINE = (
    rf"^\s*(?P<symbol>{_SYMBOL})\s+(?P<price>{_WHOLE}(?:\.\d+)?)\s+(?P<words>{_WORDS})"
    rf"\s*(?:(?P<up>{_UP})|(?P<down>{_DOWN})|{_LOST})?"
    rf"\s+(?P<change>-?{_WHOLE}(?:\.\d+)?)\s+\((?P<pct>-?\d+(?:\.\d+)?)%\)\s*$"
)
"""A whole ticker line and its parts."""

TICKER_LIKE = (
    # a name, something with a digit, and the ticker's words, whatever follows;
    rf"^\s*\S+\s+\S*\d\S*\s+(?:{_WORDS})"
    # the same, cut off within the words;
    rf"|^\s*{_SYMBOL}\s+[\d.,]*\d\s+(?:{'|'.join(map(_beginnings, _WORDS.split('|')))})\s*$"
    # or a symbol and a price with a percent in brackets at the end, whatever the words are.
    rf"|^\s*{_SYMBOL}\s+[\d.,]*\d\s.*\([^()]*%\)\s*$"
)
"""A line that means to be a ticker line: each is either accepted or rejected with a reason."""

SHARE_PRICE = r"\.\d{2}$"
SHARE_CHANGE = r"\.\d{2}$|^0$"
INDEX_PRICE = r"^[\d,]+$"
INDEX_CHANGE = r"^-?[\d,]+(?:\.\d{1,2})?$"
PCT = r"^-?\d+(?:\.\d{1,2})?$"

PCT_TOLERANCE = 0.02
"""Percentage points that the printed percent may be off: its rounding, and the page's slips."""

INDEX_PRICE_ROUNDING = 0.5
"""Points that a printed index level may differ from the level that the percent was made of."""

INDEX_CHANGE_ROUNDING = 0.05
"""The same for a printed index change, at its coarsest."""
