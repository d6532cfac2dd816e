"""A history read and verified, and kept for later builds."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from jobs.files import replace_file
from jobs.history.market import CLOSES, Market
from jobs.history.read import read_history
from jobs.history.verify import verify, verify_years


@dataclass(frozen=True)
class History:
    """A user's history that is not known to be false."""

    rows: pl.DataFrame
    """The columns `CLOSES`, a row a day, in order."""

    notes: list[str]
    """What was left out or is doubtful, a sentence each."""


def load_history(file: Path, market: Market) -> History:
    """Read and verify a user's file; of a made-up market the years alone are verified.

    Raises:
        InputError: the file cannot be read, or its rows cannot be closes of the market.
    """
    given = read_history(file, market.sessions)
    verify_years(file, given.rows, market)
    notes = []
    if given.without_close:
        notes.append(f"{file}: {given.without_close:,} row(s) without a close are left out")
    rows = given.rows
    if not market.closes.is_empty():
        rows, doubts = verify(file, rows, market)
        notes += doubts
    return History(rows.select(*CLOSES).sort("trade_date"), notes)


def keep_history(history: History, file: Path) -> None:
    """Write the rows to `file`, as a CSV file that `load_history` reads."""
    replace_file(file, history.rows.write_csv)
