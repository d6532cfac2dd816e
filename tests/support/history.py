"""A generated history: 200 sessions of 100 shares and four indices, three captures a session."""

import csv
import random
from datetime import date, timedelta
from pathlib import Path

from jobs.history.calendar import exchange_days
from tests.support.pages import Quote, index_quote, page, share_quote, ticker

SESSIONS: list[date] = exchange_days(2023, 2023)["trade_date"].to_pylist()[:200]
SYMBOLS = [f"{a}{b}CO" for a in "ABCDEFGHIJ" for b in "KLMNOPQRST"]
INDICES = {"KSE100": 42_000.0, "KSE30": 15_200.0, "BR100": 4_150.0, "BR30": 14_300.0}
_MOMENTS = ("1005", "1310", "1800")


def write_history(folder: Path) -> Path:
    """The pages into `folder`, named by their time; the index history beside it.

    Of a third of the sessions no page after the close is kept; every fifth page has no time in its
    name, and is placed by its figures.
    """
    pick = random.Random(11)
    folder.mkdir(parents=True)
    prices = {symbol: round(pick.uniform(5, 500), 2) for symbol in SYMBOLS}
    levels = dict(INDICES)
    closes = []
    for number, day in enumerate(SESSIONS):
        before, levels_before = dict(prices), dict(levels)
        for moment in _MOMENTS:
            for symbol, price in prices.items():
                prices[symbol] = max(round(price * (1 + pick.gauss(0, 0.006)), 2), 1.0)
            move = pick.gauss(0, 0.004)
            levels = {code: float(round(level * (1 + move))) for code, level in levels.items()}
            if moment == "1800" and number % 3 == 2:
                continue
            quotes: list[Quote] = [share_quote(s, prices[s], before[s]) for s in SYMBOLS]
            quotes += [index_quote(c, levels[c], levels_before[c]) for c in INDICES]
            is_dated = pick.random() < 0.8
            name = f"{day}T{moment}" if is_dated else f"page{number}at{moment}"
            text = page(ticker(quotes), number, paragraphs=1)
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        closes.append((day, f"{levels['KSE100']:.2f}"))
    closes.insert(0, (SESSIONS[0] - timedelta(days=3), f"{INDICES['KSE100']:.2f}"))
    history = folder.parent / "history.csv"
    with history.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([("date", "close"), *closes])
    return history
