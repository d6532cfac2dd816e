"""A market of 290 sessions with gaps, whose every close is known: what measures are tested on.

Pages show the close of their session; some sessions have none, and one share is not shown for a
while. Index levels are whole, so that the page prints them as they are.
"""

import random
from datetime import date
from pathlib import Path

from jobs.history.calendar import exchange_days
from jobs.settings import Warehouse
from tests.conftest import run_night
from tests.support.pages import Quote, index_quote, page, share_quote, ticker

SECTORS = {
    "0807": ["HBL", "UBL", "MCB", "NBP"],
    "0820": ["OGDC", "PPL", "POL"],
    "0804": ["LUCK", "DGKC", "MLCF", "FCCL"],
    "0828": ["SYS", "TRG"],
}
SECTOR_OF = {symbol: code for code, symbols in SECTORS.items() for symbol in symbols}
INDICES = {"KSE100": 40_000, "KSE30": 15_000, "BR100": 4_100, "BR30": 14_500}

DAYS: list[date] = [
    day for day in exchange_days(2022, 2024)["trade_date"].to_pylist() if day >= date(2022, 6, 1)
][:290]
"""The sessions, by number; 50 to 60 more follow in the calendar."""

LONG_GAP = range(90, 96)
"""Sessions in a row without a page: of all but the last, shares are unknown."""

HIDDEN = {("TRG", number) for number in range(150, 175)}
"""A share that pages do not show for a while."""

EX_DATE = 210
EX_SHARE = "FCCL"
EX_FACTOR = 0.8
"""From this session on the share counts from four fifths of its last price."""

LIMIT_DAY = 120
LIMIT_SHARE = "LUCK"
"""On this session it rises by the daily limit, 7.5 %."""


def _walk() -> dict[str, list[float]]:
    pick = random.Random(7)
    closes: dict[str, list[float]] = {}
    market = [pick.gauss(0.0004, 0.008) for _ in DAYS]
    for symbol in SECTOR_OF:
        prices = [round(pick.uniform(20, 400), 2)]
        for number in range(1, len(DAYS)):
            move = market[number] + pick.gauss(0, 0.01)
            if (symbol, number) == (LIMIT_SHARE, LIMIT_DAY):
                move = 0.075
            base = prices[-1] * (EX_FACTOR if (symbol, number) == (EX_SHARE, EX_DATE) else 1)
            prices.append(round(round(base, 2) * (1 + move), 2))
        closes[symbol] = prices
    for code, level in INDICES.items():
        levels = [float(level)]
        for number in range(1, len(DAYS)):
            levels.append(float(round(levels[-1] * (1 + market[number] + pick.gauss(0, 0.002)))))
        closes[code] = levels
    return closes


CLOSES = _walk()
CAPTURED = [
    n not in LONG_GAP and random.Random(n).random() >= 0.07 and n > 0 for n in range(len(DAYS))
]


def base(symbol: str, number: int) -> float:
    """What the pages of a session take for the previous price."""
    factor = EX_FACTOR if (symbol, number) == (EX_SHARE, EX_DATE) else 1
    return round(CLOSES[symbol][number - 1] * factor, 2)


def is_shown(symbol: str, number: int) -> bool:
    """Whether a page of the session shows the symbol."""
    return CAPTURED[number] and (symbol, number) not in HIDDEN


def is_known(symbol: str, number: int) -> bool:
    """Whether the closing price can be known: shown, or implied by the next session."""
    shown_next = number + 1 < len(DAYS) and is_shown(symbol, number + 1)
    return is_shown(symbol, number) or shown_next


def adjusted(symbol: str, number: int) -> float | None:
    """The closing price on the newest base; none if nobody can know it.

    The ex date is recorded on the session before, whose own close is on the old base.
    """
    if not is_known(symbol, number):
        return None
    is_earlier = symbol == EX_SHARE and number < EX_DATE
    factor = base(EX_SHARE, EX_DATE) / CLOSES[EX_SHARE][EX_DATE - 1] if is_earlier else 1
    return CLOSES[symbol][number] * factor


def level(code: str, number: int) -> float | None:
    """The closing level; of KSE100 the history has all, of the others what pages tell."""
    return CLOSES[code][number] if code == "KSE100" or is_known(code, number) else None


def lines(number: int) -> list[Quote]:
    """The page of a session's close."""
    shares = [
        share_quote(symbol, CLOSES[symbol][number], base(symbol, number))
        for symbol in sorted(SECTOR_OF)
        if is_shown(symbol, number)
    ]
    indices = [
        index_quote(code, CLOSES[code][number], CLOSES[code][number - 1])
        for code in sorted(INDICES)
    ]
    return shares + indices


def build_walk(root: Path) -> Warehouse:
    """The warehouse of this market: a page a session, named by the time of its capture."""
    (root / "landing").mkdir(parents=True)
    for number, day in enumerate(DAYS):
        if CAPTURED[number]:
            text = page(ticker(lines(number)), number, paragraphs=1)
            (root / "landing" / f"{day}T1800.txt").write_text(text, encoding="utf-8")
    closes = [f"{day},{close:.2f}" for day, close in zip(DAYS, CLOSES["KSE100"], strict=True)]
    history = root / "history.csv"
    history.write_text("\n".join(["date,close", *closes]) + "\n", encoding="utf-8")
    return run_night(root, history=history)
