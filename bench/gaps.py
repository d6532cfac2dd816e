"""How far pages without an index history can be dated at all: `python -m bench.gaps`.

An ideal observer looks at sessions between two dated pages. He knows the order of all that are
seen, between which neighbours any are missing, how many are missing in all, and by which law prices
wander; he weighs every way of sharing the missing ones out among the gaps. What he cannot place,
no rule can.
"""

import argparse

import numpy as np

from bench.dating import ANCHOR_EVERY
from bench.market import Faults

WRONG = 1e-4
"""Share of the sessions that may be placed wrongly."""

SYMBOLS = 31
"""Prices that pages on both sides of a gap show: some 27 shares and four indices."""

_WIDEST = 13
"""Sessions that a gap may span, more than any does."""


def guesses(pick: np.random.Generator, symbols: int) -> tuple[np.ndarray, np.ndarray]:
    """Between two dated pages: how sure the observer is of each session seen, and if he is right.

    Each dated page is one of fifty sessions, whichever. Over a gap that spans `n` sessions the
    changes of `symbols` prices have `n` times the variance of one session's, which he knows.
    """
    length = ANCHOR_EVERY + pick.integers(ANCHOR_EVERY) - pick.integers(ANCHOR_EVERY)
    is_seen = pick.random(length + 1) >= Faults().missing_sessions
    is_seen[[0, -1]] = True
    seen = np.flatnonzero(is_seen)
    steps = np.diff(seen)
    spans = steps[steps > 1]
    possible = np.arange(2, _WIDEST + 1)
    squares = spans * pick.chisquare(symbols, len(spans))
    log_odds = (
        -symbols / 2 * np.log(possible)
        - squares[:, None] / (2 * possible)
        + possible * np.log(Faults().missing_sessions)
    )
    odds = np.exp(log_odds - log_odds.max(axis=1, keepdims=True, initial=-np.inf))
    sums = _sums(odds, possible, spans.sum())
    rests = _sums(odds[::-1], possible, spans.sum())[::-1, ::-1]
    beliefs = sums * rests
    beliefs /= beliefs.sum(axis=1, keepdims=True)
    gaps_before = np.cumsum(steps > 1)[:-1]
    is_right = beliefs.argmax(axis=1) == np.concatenate([[0], np.cumsum(spans)])
    return beliefs.max(axis=1)[gaps_before], is_right[gaps_before]


def _sums(odds: np.ndarray, possible: np.ndarray, total: int) -> np.ndarray:
    """Row by row, how likely the first gaps span 0, 1, ... `total` sessions together."""
    rows = [np.eye(1, total + 1)[0]]
    for weights in odds:
        spread = np.convolve(rows[-1], np.bincount(possible, weights))[: total + 1]
        rows.append(spread / spread.sum())
    return np.array(rows)


def main() -> None:
    """Print how many sessions the observer can place, the surest first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--intervals", type=int, default=20_000, help="pairs of dated pages")
    parser.add_argument("--symbols", type=int, default=SYMBOLS, help="prices on both sides")
    asked = parser.parse_args()
    pick = np.random.default_rng(1)
    found = [guesses(pick, asked.symbols) for _ in range(asked.intervals)]
    sure, is_right = map(np.concatenate, zip(*found, strict=True))
    wrong = np.cumsum(~is_right[np.argsort(-sure, kind="stable")]) / len(sure)
    placed = np.searchsorted(wrong, WRONG, side="right") / len(sure)
    print(f"{len(sure):,} sessions; of best guesses {100 * is_right.mean():.2f} % are right")
    print(f"{100 * placed:.2f} % can be placed with {100 * WRONG:g} % wrong")


if __name__ == "__main__":
    main()
