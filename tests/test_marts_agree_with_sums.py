"""The marts of the sample agree with sums over its pages that no SQL of ours has touched."""

import csv
import gzip
import re
from collections import defaultdict
from datetime import date
from pathlib import Path
from statistics import fmean, median

import pytest

from jobs.settings import Warehouse
from tests.conftest import ROOT, rows

LINE = re.compile(
    r"^([A-Z0-9]+) ([\d,.]+) (?:Increased By|Decreased By|No Change) (?:\S+ )?(-?[\d,.]+)"
    r" \((-?[\d.]+)%\)\r?$",
    re.MULTILINE,
)
INDICES = {"BR100", "BR30", "KSE100", "KSE30"}

Quotes = dict[str, tuple[float, float, float]]


def quotes_of(file: Path) -> Quotes:
    """Price, change and percent of each symbol on a page; the first line of a symbol counts."""
    content = file.read_bytes()
    if file.suffix == ".gz":
        content = gzip.decompress(content)
    found: Quotes = {}
    for symbol, *figures in LINE.findall(content.decode("utf-8-sig")):
        price, change, pct = (float(figure.replace(",", "")) for figure in figures)
        found.setdefault(symbol, (price, change, pct))
    return found


def official_closes() -> dict[str, float]:
    with (ROOT / "sql" / "reference" / "index_closes.csv").open(encoding="utf-8") as handle:
        return {row["trade_date"]: float(row["close"]) for row in csv.DictReader(handle)}


@pytest.fixture(scope="module")
def last_pages(sample: Warehouse) -> dict[date, Quotes]:
    """The one page that counts, of each session that has one page, or one page of the close."""
    pages: dict[date, list[Quotes]] = defaultdict(list)
    found = rows(sample, "select source, trade_date from captures where trade_date is not null")
    for row in found:
        day: date = row["trade_date"]  # type: ignore[assignment]
        quotes = quotes_of(Path(str(row["source"])))
        if quotes not in pages[day]:
            pages[day].append(quotes)
    closes = official_closes()
    chosen = {}
    for day, candidates in pages.items():
        official = closes.get(day.isoformat())
        at_close = [
            quotes
            for quotes in candidates
            if official and "KSE100" in quotes and abs(quotes["KSE100"][0] - official) <= 0.6
        ]
        if len(candidates) == 1:
            chosen[day] = candidates[0]
        elif len(at_close) == 1:
            chosen[day] = at_close[0]
    assert len(chosen) >= 35
    return chosen


def moving(quotes: Quotes) -> Quotes:
    """The shares of a page; none if two thirds stand still, as before the open."""
    shares = {s: figures for s, figures in quotes.items() if s not in INDICES}
    still = sum(change == 0 for _, change, _ in shares.values())
    return {} if len(shares) >= 5 and 3 * still >= 2 * len(shares) else shares


def test_breadth_counts_the_shares_of_the_last_page(
    sample: Warehouse, last_pages: dict[date, Quotes]
) -> None:
    found = {
        row["trade_date"]: (row["advancer_count"], row["decliner_count"], row["unchanged_count"])
        for row in rows(sample, "from daily_market_breadth")
    }
    compared = 0
    for day, quotes in last_pages.items():
        changes = [change for _, change, _ in moving(quotes).values()]
        seen_on_other_pages = len(quotes_on(sample, day) - moving(quotes).keys())
        if changes and not seen_on_other_pages:
            up, down = sum(c > 0 for c in changes), sum(c < 0 for c in changes)
            assert found[day] == (up, down, len(changes) - up - down), day
            compared += 1
    assert compared >= 35


def quotes_on(sample: Warehouse, day: date) -> set[str]:
    query = f"select symbol from daily_movers where trade_date = date '{day}'"
    return {str(row["symbol"]) for row in rows(sample, query)}


def test_every_quote_of_the_last_page_is_in_the_mart_as_printed(
    sample: Warehouse, last_pages: dict[date, Quotes]
) -> None:
    found = {
        (row["trade_date"], row["symbol"]): (
            float(row["last_price"]),  # type: ignore[arg-type]
            float(row["change"]),  # type: ignore[arg-type]
            row["change_pct"],
        )
        for row in rows(sample, "from daily_quotes where origin = 'captured'")
    }
    expected = {
        (day, symbol): figures
        for day, quotes in last_pages.items()
        for symbol, figures in moving(quotes).items()
    }
    assert len(expected) > 1000
    assert {key: found[key] for key in expected} == expected


def test_sectors_average_the_percents_of_their_shares(
    sample: Warehouse, last_pages: dict[date, Quotes]
) -> None:
    with (ROOT / "sql" / "reference" / "securities.csv").open(encoding="utf-8") as handle:
        securities = list(csv.DictReader(handle))
    renamed_from = {
        row["successor_symbol"]: row["sector_code"]
        for row in securities
        if row["successor_kind"] == "rename"
    }

    def sector(symbol: str, day: date) -> str:
        for row in securities:
            first, last = row["valid_from"] or "0000", row["valid_to"] or "9999"
            if row["symbol"] == symbol and first <= day.isoformat() <= last:
                return row["sector_code"] or renamed_from.get(symbol, "UNKNOWN")
        return "UNKNOWN"

    found = {
        (row["trade_date"], row["sector_code"]): row
        for row in rows(sample, "from daily_sector_summary")
    }
    compared = 0
    for day, quotes in last_pages.items():
        by_sector: dict[str, list[float]] = defaultdict(list)
        for symbol, (_, _, pct) in moving(quotes).items():
            by_sector[sector(symbol, day)].append(pct)
        for code, percents in by_sector.items():
            row = found[day, code]
            if row["symbol_count"] != len(percents):
                continue  # another page of the session shows a share more
            assert row["mean_change_pct"] == pytest.approx(fmean(percents), abs=1e-9)
            assert row["median_change_pct"] == pytest.approx(median(percents), abs=1e-9)
            assert row["best_change_pct"] == max(percents)
            assert row["worst_change_pct"] == min(percents)
            compared += 1
    assert compared > 300


def test_index_levels_are_those_of_the_last_page(
    sample: Warehouse, last_pages: dict[date, Quotes]
) -> None:
    found = {
        (row["trade_date"], row["index_code"]): (
            float(row["level"]),  # type: ignore[arg-type]
            float(row["change"]),  # type: ignore[arg-type]
            row["change_pct"],
        )
        for row in rows(sample, "from daily_index_summary where origin = 'captured'")
    }
    expected = {
        (day, symbol): figures
        for day, quotes in last_pages.items()
        for symbol, figures in quotes.items()
        if symbol in INDICES and any(quotes[i][1] for i in INDICES & quotes.keys())
    }
    assert len(expected) > 120
    assert {key: found[key] for key in expected} == expected
