"""A generated market with the truth known: the captures that people would keep of it.

It has the real calendar, 80 shares of which 30 are shown (the list changes slowly, as the site's
does), four indices whose official closes carry two decimals while the page rounds levels to whole
points, and from none to eight captures a session at random moments. Pages stand still from the
close to the next open, so most captures show closing figures. Of all captures some are made to
mislead, as real ones do; see `Faults`.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from jobs.history.calendar import exchange_days
from tests.support.pages import INDEX_CODES, Quote, index_quote, page, share_quote, ticker

KARACHI = ZoneInfo("Asia/Karachi")
_STEPS = 24
"""Moments of a session at which its prices are known."""
_ARROWS_UNTIL = date(2021, 11, 15)
"""Day from which the page prints no arrows on index lines."""


@dataclass(frozen=True)
class Faults:
    """How often the market misbehaves."""

    missing_sessions: float = 0.10
    """Sessions of which nobody kept a page."""
    partly_refreshed: float = 0.05
    """Captures at the open: the indices and some shares still of the session before; of the others
    none has moved yet, or in half of the captures up to half of them have."""
    stale: float = 0.03
    """Captures whose shares are those of the session before; in half of them with no change."""
    off_base: float = 0.02
    """Sessions on which the page's index base is off, by up to 15 points."""
    garbage: float = 0.01
    """Captures with figures of no session: those of KSE100 and of up to a third of the shares."""


@dataclass(frozen=True)
class Capture:
    """A page, and what it truly shows."""

    name: str
    text: str
    captured_at: datetime
    index_session: date
    share_session: date
    is_sound: bool
    """Whether it is none of those made to mislead."""
    is_closing: bool
    """Whether it is sound and shows the session's last prices."""


@dataclass
class Session:
    """What truly happened on one day: per symbol its path of prices, in paisa or points."""

    day: date
    shown: list[str]
    previous: dict[str, float]
    paths: dict[str, list[float]]
    base: dict[str, float]
    """What the page takes for the indices' previous closes."""

    def price(self, symbol: str, step: int) -> float:
        """Its price at a moment of the day, PKR or points."""
        return self.paths[symbol][step]


@dataclass
class Market:
    """A history of sessions and its captures; the same seed gives the same market."""

    seed: int
    session_count: int = 1_040
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self._pick = random.Random(self.seed)
        days = exchange_days(2019, 2026)["trade_date"].to_pylist()
        first = self._pick.randrange(len(days) - self.session_count)
        self.sessions = list(self._sessions(days[first : first + self.session_count]))

    def history(self) -> Iterator[tuple[date, float, float, float]]:
        """Official KSE100 close, low and high of each session."""
        for session in self.sessions:
            path = session.paths["KSE100"]
            yield session.day, path[-1], min(path), max(path)

    def _sessions(self, days: list[date]) -> Iterator[Session]:
        pick = self._pick
        symbols = [f"{a}{b}{c}" for a in "ABCDEFGH" for b in "LKMN" for c in ("PL", "CL", "FO")]
        shares = pick.sample(symbols, 80)
        last = {share: round(pick.lognormvariate(3.8, 1.2) + 2, 2) for share in shares}
        level = pick.uniform(35_000, 60_000)
        last |= {
            "KSE100": level,
            "KSE30": round(level * 0.4, 2),
            "BR100": round(level * 0.1, 2),
            "BR30": round(level * 0.35, 2),
        }
        drift = pick.uniform(-0.0003, 0.0007)
        swing = {share: pick.uniform(0.01, 0.03) for share in shares}
        shown = sorted(pick.sample(shares, 30))
        for day in days:
            market = pick.gauss(drift, 0.011)
            paths = {}
            for symbol, previous in last.items():
                is_index = symbol in INDEX_CODES
                noise = 0.002 if is_index else swing[symbol]
                move = max(-0.1, min(0.1, market + pick.gauss(0, noise)))
                paths[symbol] = self._path(previous, move, noise + 0.004)
            if pick.random() < 0.1:
                hidden = pick.choice([share for share in shares if share not in shown])
                shown = sorted({*shown, hidden} - {pick.choice(shown)})
            off = 0.0
            if pick.random() < self.faults.off_base:
                off = pick.choice([-1, 1]) * pick.uniform(1, 15)
            base = {code: last[code] + off * last[code] / level for code in INDEX_CODES}
            yield Session(day, shown, dict(last), paths, base)
            last = {symbol: path[-1] for symbol, path in paths.items()}

    def _path(self, previous: float, move: float, noise: float) -> list[float]:
        """From the previous close to the day's, wandering; a third of the way is the open's gap."""
        wandering, path = 0.0, []
        for step in range(_STEPS):
            done = 1 / 3 + 2 / 3 * (step + 1) / _STEPS
            wandering += self._pick.gauss(0, noise / _STEPS**0.5)
            away = wandering * (1 - done)
            path.append(max(0.1, round(previous * (1 + move * done + away), 2)))
        return path

    def captures(self) -> Iterator[Capture]:
        """The captures in order of time."""
        pick, number = self._pick, 0
        for before, session in pairwise(self.sessions):
            if pick.random() < self.faults.missing_sessions:
                continue
            for _ in range(pick.randint(1, 8)):
                number += 1
                yield self._capture(f"{self.seed}-{number}", number, before, session)

    def _capture(self, name: str, number: int, before: Session, session: Session) -> Capture:
        pick, faults = self._pick, self.faults
        hour = pick.uniform(0, 23.5)  # hours since the open; trading takes six
        step = min(_STEPS - 1, int(hour * 4))
        fate = pick.random()
        indices, shares = session, session
        flat = False
        refreshed = set(session.shown)
        moved = refreshed
        if fate < faults.partly_refreshed:
            hour, step, indices, shares = 0.1, 0, before, before
            fresh = pick.choice([pick.uniform(0.05, 0.4), pick.uniform(0.6, 0.95)])
            refreshed = set(pick.sample(session.shown, round(30 * fresh)))
            moving = pick.choice([0, pick.uniform(0, 0.5)])
            moved = set(pick.sample(sorted(refreshed), round(len(refreshed) * moving)))
            shares = session if len(refreshed) > 15 else before
        elif fate < faults.partly_refreshed + faults.stale:
            hour, shares, refreshed, moved = min(hour, 3), before, set(), set()
            step = min(step, 11)
            flat = pick.random() < 0.5
        quotes = []
        for symbol in session.shown:
            if symbol in moved:
                price, previous = session.price(symbol, step), session.previous[symbol]
            elif symbol in refreshed:
                price = previous = session.previous[symbol]
            else:
                price, previous = before.price(symbol, -1), before.previous[symbol]
                previous = price if flat else previous
            quotes.append(share_quote(symbol, price, previous))
        index_step = -1 if indices is before else step
        for code in sorted(INDEX_CODES):
            quotes.append(index_quote(code, indices.price(code, index_step), indices.base[code]))
        is_garbage = pick.random() < faults.garbage
        if is_garbage:
            spoilt = {"KSE100", *pick.sample(session.shown, pick.randint(0, 10))}
            quotes = [self._spoil(quote) if quote.symbol in spoilt else quote for quote in quotes]
        still = sum(float(quote.change) == 0 for quote in quotes if quote.symbol not in INDEX_CODES)
        if still >= 0.9 * len(session.shown):
            shares = before  # hardly a line moved: it shows the prices of the session before
        opened = datetime.combine(session.day, time(9, 30), KARACHI)
        is_sound = fate >= faults.partly_refreshed + faults.stale and not is_garbage
        return Capture(
            name,
            page(ticker(quotes, session.day < _ARROWS_UNTIL), number, paragraphs=1),
            (opened + timedelta(hours=hour)).astimezone(UTC),
            indices.day,
            shares.day,
            is_sound,
            is_sound and step == _STEPS - 1,
        )

    def _spoil(self, quote: Quote) -> Quote:
        """Figures of no session that are sound in themselves."""
        price = float(quote.price) * self._pick.uniform(0.7, 1.4)
        previous = price * self._pick.uniform(0.95, 1.05)
        make = index_quote if quote.symbol in INDEX_CODES else share_quote
        return make(quote.symbol, price, previous)
