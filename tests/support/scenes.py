"""Small markets whose every session is known: pages of them, and an index history.

Prices follow from the number of the session and of the share alone, so a test can say what any page
of any session shows. Sessions are weekdays from Monday 2024-01-08 on.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from jobs.settings import Warehouse
from tests.conftest import rows, run_night
from tests.support.pages import Quote, index_quote, page, share_quote, ticker

SHARES = [f"S{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]
FIRST = date(2024, 1, 8)
INDICES = {"KSE100": 64_000.0, "KSE30": 21_000.0, "BR100": 6_500.0, "BR30": 22_000.0}


def day(number: int) -> date:
    """The session of a number, from 0; no session falls on a weekend."""
    return FIRST + timedelta(days=7 * (number // 5) + number % 5)


def wave(*seed: int) -> float:
    """A number between -1 and 1 that has no pattern to speak of; the same for the same seed."""
    return random.Random(str(seed)).uniform(-1, 1)


@dataclass
class Scene:
    """A market; `close` may be told to differ, and a page to show other than it should."""

    shares: list[str] = field(default_factory=lambda: list(SHARES))
    overrides: dict[tuple[str, int], float] = field(default_factory=dict)
    """Closing prices that are not as the wave has them, by share and session."""
    bases: dict[tuple[str, int], float] = field(default_factory=dict)
    """Previous prices that the session's pages use instead of the last close."""

    def close(self, symbol: str, number: int) -> float:
        """Closing price of a share in PKR, or of an index in points."""
        if (symbol, number) in self.overrides:
            return self.overrides[symbol, number]
        if symbol in INDICES:
            market = sum(wave(n) for n in range(number + 1))
            return round(INDICES[symbol] * (1 + 0.01 * market) + number, 2)
        index = self.shares.index(symbol)
        moved = sum(wave(index, n) for n in range(number + 1))
        return round((20 + 9 * index) * (1 + 0.02 * moved), 2)

    def base(self, symbol: str, number: int) -> float:
        """What the pages of a session take for the previous price."""
        return self.bases.get((symbol, number), self.close(symbol, number - 1))

    def noon(self, symbol: str, number: int) -> float:
        """A price amid the session."""
        return round((3 * self.base(symbol, number) + 2 * self.close(symbol, number)) / 5 + 0.03, 2)

    def share_lines(
        self, number: int, shares: Iterable[str] | None = None, *, at: str = "close"
    ) -> list[Quote]:
        """Shares at the `close` or `noon` of a session, or `flat`: before it, unchanged."""
        found = []
        for symbol in self.shares if shares is None else shares:
            base = self.base(symbol, number)
            price = base if at == "flat" else getattr(self, at)(symbol, number)
            found.append(share_quote(symbol, price, base))
        return found

    def index_lines(self, number: int, *, at: str = "close", off: float = 0.0) -> list[Quote]:
        """The four indices, alike; `off` moves their base by so many points of KSE100."""
        found = []
        for code, level in INDICES.items():
            base = self.base(code, number) + off * level / INDICES["KSE100"]
            price = base if at == "flat" else getattr(self, at)(code, number)
            found.append(index_quote(code, price, base))
        return found

    def page(self, number: int, *, at: str = "close") -> list[Quote]:
        """Every line of a sound page."""
        return self.share_lines(number, at=at) + self.index_lines(number, at=at)

    def history(self, numbers: Iterable[int], file: Path) -> Path:
        """Official closes of KSE100 on some sessions, as a user brings them."""
        closes = [f"{day(n)},{self.close('KSE100', n):.2f}" for n in numbers]
        file.write_text("\n".join(["date,close", *closes]) + "\n", encoding="utf-8")
        return file


def write(folder: Path, pages: dict[str, list[Quote]], *, has_arrows: bool = False) -> None:
    """Write pages by the names of their files; an ISO date in a name states a capture time."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, quotes) in enumerate(pages.items()):
        text = page(ticker(quotes, has_arrows), seed)
        (folder / name).write_text(text, encoding="utf-8")


ALL = range(20)
MARKET = Scene()

SHARE = "SG"
"""A share that tests ask for."""


def night(
    root: Path,
    pages: dict[str, list[Quote]],
    known: Iterable[int] = ALL,
    market: Scene = MARKET,
    *,
    has_arrows: bool = False,
    count_implied: bool = False,
) -> Warehouse:
    """A warehouse of `pages`, with the official closes of the sessions `known`."""
    write(root / "landing", {f"{n}.txt": p for n, p in pages.items()}, has_arrows=has_arrows)
    history = market.history(known, root / "history.csv") if known else None
    (root / "psx.toml").write_text("built_in_history = false\n", encoding="utf-8")
    return run_night(root, history=history, is_made_up=True, count_implied=count_implied)


def quote(warehouse: Warehouse, number: int, symbol: str = SHARE) -> dict[str, object]:
    """The one row of a share on a session."""
    query = f"select * from daily_quotes where symbol = '{symbol}' and trade_date = '{day(number)}'"
    (row,) = rows(warehouse, query)
    return row


def page_of(warehouse: Warehouse, row: dict[str, object]) -> str:
    """The name of the file that holds the row's line."""
    query = f"select source from captures where capture_id = '{row['capture_id']}'"
    return Path(str(rows(warehouse, query)[0]["source"])).stem
