"""Figures to pages: ticker lines as the site prints them, and articles made to mislead."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

INDEX_CODES = {"BR100", "BR30", "KSE100", "KSE30"}


@dataclass(frozen=True)
class Quote:
    """One ticker line as figures, each as it is printed but for thousands commas."""

    symbol: str
    price: str
    change: str
    pct: str


def share_quote(symbol: str, price: float, previous: float) -> Quote:
    """A share as the page prints it."""
    price, change = round(price, 2), round(price - previous, 2)
    return Quote(symbol, f"{price:.2f}", f"{change:.2f}", _pct(change, price - change))


def index_quote(code: str, level: float, base: float) -> Quote:
    """An index as the page prints it: a whole level, one decimal in the change."""
    change = round(level - base, 1)
    printed = f"{change:.1f}".removesuffix(".0")
    return Quote(code, f"{level:.0f}", printed, _pct(change, level - change))


def _pct(change: float, previous: float) -> str:
    printed = f"{100 * change / previous:.2f}".rstrip("0").rstrip(".")
    return "0" if printed in ("-0", "") else printed


def ticker_line(quote: Quote, index_arrows: bool = False) -> str:
    """The line that the site prints for `quote`; only early pages have arrows on index lines."""
    change = float(quote.change)
    words = "Increased By" if change > 0 else "Decreased By" if change < 0 else "No Change"
    is_index = quote.symbol in INDEX_CODES
    price = f"{int(quote.price):,}" if is_index else quote.price
    arrow = "" if is_index and not index_arrows else "▲ " if change > 0 else "▼ "
    return f"{quote.symbol} {price} {words} {arrow}{quote.change} ({quote.pct}%)"


def ticker(quotes: Sequence[Quote], index_arrows: bool = False) -> str:
    """The block at the top of a page."""
    return "".join(f"{ticker_line(quote, index_arrows)}\n" for quote in quotes)


def page(block: str, seed: int, paragraphs: int = 4) -> str:
    """A page: the block, what the site prints below it, and an article full of false quotes."""
    return f"{block}\n{article(seed, paragraphs)}"


def article(seed: int, paragraphs: int = 4) -> str:
    """An invented article. The same seed gives the same text.

    It carries what a careless parser falls for: a date of its own, percents in brackets, the
    ticker's words in the middle of a sentence, and figures glued to other text.
    """
    pick = random.Random(seed)
    year = pick.randint(2015, 2025)
    town, thing = pick.choice(_TOWNS), pick.choice(_THINGS)
    head = pick.choice(
        ["", "Print\n", f"Print {pick.randint(1, 28)} Mar, {year}\n", "Business & Finance\n"]
    )
    counter = (
        f"Cases\n1,{pick.randint(100, 999)},{pick.randint(100, 999)}{pick.randint(100, 999)}24hr\n"
        if pick.random() < 0.4
        else ""
    )
    body = "\n\n".join(
        pick.choice(_SENTENCES).format(
            town=town,
            thing=thing,
            year=year,
            whole=pick.randint(11, 99),
            large=f"{pick.randint(11, 99)},{pick.randint(100, 999)}",
            tenths=f"{pick.uniform(1, 90):.1f}",
            cents=f"{pick.uniform(1, 300):.2f}",
        )
        for _ in range(paragraphs)
    )
    return (
        f"{head}{counter}{town} counts its {thing} again\n"
        f"Published {pick.randint(1, 28)} May, {year} 0{pick.randint(1, 9)}:15pm\n\n{body}\n"
    )


_TOWNS = ["Harbourtown", "Millbrook", "Eastvale", "Northgate", "Lakeside", "Old Quarry"]
_THINGS = ["library books", "apple trees", "ferry tickets", "street lamps", "paper kites"]
_SENTENCES = [
    "The number of {thing} in {town} Increased By {tenths} ({whole}%) over the season, the council "
    "wrote, and no one at the meeting on 3 May {year} asked why.",
    "{town} now holds {large} {thing}; a year ago it held {tenths}% fewer (-{tenths}%).",
    "A visitor paid {cents} for a cup of tea and called it No Change from {year}.",
    "“We had {whole}, then {cents}, then none,” the keeper of the {thing} said (up {tenths}%).",
    "In {year} the price of paint Decreased By -{cents} in a week ({tenths}%), and {town} painted "
    "every fence by the river ▲ twice ▼.",
    "The clock above the market struck {whole} at 09:30; {large} people looked up, or {tenths}%.",
    "KSE100 was the name of a boat in {town}, which is {large} metres from the sea (0%).",
]
