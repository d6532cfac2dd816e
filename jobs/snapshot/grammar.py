"""What a line of the ticker can be: the one place that knows the page.

A share line reads `SYMBOL PRICE WORDS ARROW CHANGE (PCT%)`:

    AIRLINK 72.59 Increased By ▲ 3.39 (4.9%)
    SSGC 10.54 No Change ▼ 0.00 (0%)

Price and change carry two decimals (an unchanged share may print a bare `0`). An index line has a
whole-number price with thousands commas, a change with up to two decimals, and until November 2021
an arrow:

    KSE100 71,902 Increased By 1235.2 (1.75%)

Percent is `change / (price - change)` with two decimals, trailing zeros dropped.

Spaces can be of any width, no-break spaces included; bars and bullets of a list or a table count as
spaces too.
"""

from enum import StrEnum

INDEX_CODES = ("BR100", "BR30", "KSE100", "KSE30")
"""The symbols of the page that are indices; every other symbol is a share."""

ROSE, FELL, UNCHANGED = "Increased By", "Decreased By", "No Change"


class Reason(StrEnum):
    """Why a ticker-like line was rejected; the first that applies is recorded."""

    TEXT_BEFORE = "text_before"
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
    Reason.TEXT_BEFORE: "no label, date or time stands before the symbol, or an arrow is missing",
    Reason.CUT_OFF: "the line ends before its closing bracket",
    Reason.MALFORMED: "the parts are not those of a ticker line",
    Reason.BAD_NUMBER: "a number has the wrong decimals or commas for its kind of line",
    Reason.ZERO_PRICE: "the price, or the previous price it implies, is zero or less",
    Reason.DIRECTION_MISMATCH: "words, arrow and sign of the change disagree",
    Reason.PCT_MISMATCH: "the percent is not that of the price and the change",
    Reason.CONFLICTING: "an earlier line of the document gives the symbol other figures",
}

_ODD_SPACES = "".join(
    map(chr, (0xA0, 0x1680, *range(0x2000, 0x200C), 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF))
)
"""Spaces that do not break, or of other widths than usual, or of none."""

USUAL_SPACES = dict.fromkeys(_ODD_SPACES, " ")
"""Odd spaces, each with the usual one."""

ARROW_SPELLINGS = {
    spelling: arrow
    for arrow in "▲▼"
    for spelling in (
        arrow.encode().decode("cp1252"),
        arrow.encode().decode("latin-1"),
        f"&#{ord(arrow)};",
        f"&#x{ord(arrow):x};",
    )
}
"""Arrows as a UTF-8 page read as cp1252 or latin-1 shows them, and as character references (the
letters in either case)."""

_BLANK = f"[ {_ODD_SPACES}]"
_SPACE = rf"[ \t\r|{_ODD_SPACES}]"
_BULLETS = rf"[ \t\r|{_ODD_SPACES}*•·‣▪■●○◦–—-]*"
_ARROW = r"[▲▼?\x{FFFD}]"  # the last two are what is left of an arrow that was lost
_NUMBER = r"[0-9,]+(?:\.[0-9]+)?"
_SYMBOL = r"[A-Z0-9]{2,12}"


def _beginnings(phrase: str) -> str:
    """A pattern for every proper beginning of a phrase, one letter at least."""
    pattern = ""
    for letter in reversed(phrase[1:-1]):
        pattern = f"(?:{letter}{pattern})?"
    return (phrase[0] + pattern).replace(" ", _BLANK)


_WORDS = f"{ROSE}|{FELL}|{UNCHANGED}"
_ANY_WORDS = _WORDS.replace(" ", _BLANK)
_CUT_WORDS = "|".join(_beginnings(words) for words in (ROSE, FELL, UNCHANGED))
_BEGINNING = rf"{_SYMBOL}{_SPACE}+{_NUMBER}{_SPACE}+(?:{_ANY_WORDS})"

_USUAL_SPACE = r"[ \t\r|]"

LINE = (
    rf"^{_BULLETS}(?P<symbol>{_SYMBOL}){_USUAL_SPACE}+(?P<price>{_NUMBER})"
    rf"{_USUAL_SPACE}+(?P<words>{_WORDS}){_USUAL_SPACE}*(?:(?P<arrow>{_ARROW}+){_USUAL_SPACE}*)?"
    rf"(?P<change>-?{_NUMBER}){_USUAL_SPACE}*\((?P<pct>-?[0-9]+(?:\.[0-9]+)?)%\){_USUAL_SPACE}*$"
)
"""A whole ticker line and its parts, arrows and spaces in their usual spelling.

At no place can one byte begin two of the parts: the regex engine then needs a single pass.
"""

TICKER_LIKE = (
    # a name, something with a digit, and the ticker's words, whatever follows;
    rf"^{_SPACE}*\S+{_SPACE}+\S*[0-9]\S*{_SPACE}+(?:{_ANY_WORDS})"
    # the same, cut off within the words;
    rf"|^{_SPACE}*{_SYMBOL}{_SPACE}+[0-9.,]*[0-9]{_SPACE}+(?:{_CUT_WORDS}){_SPACE}*$"
    # or a symbol and a price with a percent in brackets at the end, whatever the words are.
    rf"|^{_SPACE}*{_SYMBOL}{_SPACE}+[0-9.,]*[0-9]{_SPACE}.*\([^()]*%\){_SPACE}*$"
)
"""A line that means to be a ticker line: each is either accepted or rejected with a reason."""

BEHIND_TEXT = (
    rf"(?:^{_BULLETS}|(?:^|{_SPACE})(?P<before>\S+){_SPACE}{_BULLETS})"
    rf"(?P<quote>{_BEGINNING}[^()]*\([^()]*%\){_SPACE}*)$"
)
"""A line that is not ticker-like and ends with a quote: the quote, and the word before it."""

SHORTEST_BEHIND_TEXT = len("x HB 1 No Change 0 (0%)")
SHORTEST_OF_SEVERAL = len("HB 1.00 No Change 0 (0%) HB 1.00 No Change 0 (0%)")
"""Bytes of a quote behind text, and of two quotes, on one line at least."""

END_OF_QUOTE = "%)"

ENDS_A_LABEL = "[0-9][-/:][0-9]|[:;)]$"
"""A date, a time, or a word that ends in a mark. Any other word before a symbol can be a part of
the symbol, of the company's name, or of a sentence."""

SEVERAL = rf"%\){_SPACE}+({_BEGINNING})"
"""Where a quote ends and another begins on the same line."""

_COMMAS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
SHARE_PRICE = rf"^{_COMMAS}\.[0-9]{{2}}$"
SHARE_CHANGE = rf"^(?:-?{_COMMAS}\.[0-9]{{2}}|0)$"
INDEX_PRICE = rf"^{_COMMAS}$"
INDEX_CHANGE = rf"^-?{_COMMAS}(?:\.[0-9]{{1,2}})?$"
PCT = r"^-?[0-9]+(?:\.[0-9]{1,2})?$"

PCT_TOLERANCE = 0.02
"""Percentage points that the printed percent may be off: its rounding, and the page's slips."""

INDEX_PRICE_ROUNDING = 0.5
"""Points that a printed index level may differ from the level that the percent was made of."""

INDEX_CHANGE_ROUNDING = 0.05
"""The same for a printed index change, at its coarsest."""
