"""`make load`: a week of captures at one a minute of a hundred pages, parsed and built.

The market moves once a minute while it is open, so the pages of a week show some 1,900 different
tickers, each on many pages. Prints a Markdown table that shows how time and memory grow with the
number of pages; each figure is that of a whole process.
"""

import os
import random
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from bench.run import PSX, Cost, once
from tests.support.pages import INDEX_CODES, article, index_quote, share_quote, ticker

PAGES = [int(pages) for pages in os.environ.get("LOAD_PAGES", "12 25 50 100").split()]
"""Pages that are captured each minute; each number is a row of the table."""

KARACHI = ZoneInfo("Asia/Karachi")
MONDAY = date(2024, 5, 6)
OPENS, MINUTES_OPEN = time(9, 30), 360
_SCHEMA = pa.schema(
    [("url", pa.string()), ("timestamp", pa.timestamp("us", tz="UTC")), ("text", pa.string())]
)


def tickers(seed: int = 1) -> tuple[list[tuple[datetime, str]], dict[date, float]]:
    """Each ticker of the week with the moment from which it stands, and the closes of KSE100."""
    pick = random.Random(seed)
    shares = [f"{a}{b}PL" for a in "ABCDEF" for b in "LKMNO"]
    last = {share: round(pick.uniform(5, 500), 2) for share in shares}
    last |= {code: pick.uniform(5_000, 70_000) for code in sorted(INDEX_CODES)}
    found, closes = [], {MONDAY - timedelta(days=3): round(last["KSE100"], 2)}
    for number in range(-3, 5):
        day = MONDAY + timedelta(days=number)
        if day.weekday() > 4:
            continue
        base, opened = dict(last), datetime.combine(day, OPENS, KARACHI)
        # of the Friday before, the week shows the last moment
        for minute in range(MINUTES_OPEN) if number >= 0 else [0]:
            for symbol, price in last.items():
                last[symbol] = max(1.0, round(price * (1 + pick.gauss(0, 0.0008)), 2))
            quotes = [
                (index_quote if symbol in INDEX_CODES else share_quote)(symbol, price, base[symbol])
                for symbol, price in last.items()
            ]
            found.append((opened + timedelta(minutes=minute), ticker(quotes)))
        closes[day] = last["KSE100"]
    return found, closes


def captures(pages: int) -> Iterator[tuple[str, datetime, str]]:
    """Address, capture time and text of every page in every minute of the week."""
    articles = [article(number, 3) for number in range(pages)]
    standing, _ = tickers()
    start = datetime.combine(MONDAY, time(0), KARACHI)
    place = 0
    for minute in range(7 * 24 * 60):
        now = start + timedelta(minutes=minute)
        while place + 1 < len(standing) and standing[place + 1][0] <= now:
            place += 1
        for number, text in enumerate(articles):
            at = (now + timedelta(seconds=number % 60)).astimezone(UTC)
            yield f"https://pages.example/{number}", at, f"{standing[place][1]}\n{text}"


def write_week(folder: Path, pages: int) -> int:
    """The captures as a Parquet file, and the index history; the number of captures."""
    rows, count = [], 0
    with pq.ParquetWriter(folder / "week.parquet", _SCHEMA, compression="zstd") as writer:
        for row in captures(pages):
            rows.append(row)
            if len(rows) == 10_000:
                writer.write_table(_table(rows))
                count, rows = count + len(rows), []
        if rows:
            writer.write_table(_table(rows))
    (folder / "warehouse").mkdir(exist_ok=True)
    (folder / "warehouse" / "psx.toml").write_text("built_in_history = false\n", encoding="utf-8")
    _, closes = tickers()
    lines = [f"{day},{close:.2f}" for day, close in closes.items()]
    (folder / "history.csv").write_text("\n".join(["date,close", *lines]) + "\n", encoding="utf-8")
    return count + len(rows)


def _table(rows: list[tuple[str, datetime, str]]) -> pa.Table:
    return pa.table(dict(zip(_SCHEMA.names, zip(*rows, strict=True), strict=True)), _SCHEMA)


def measured(folder: Path, pages: int) -> tuple[int, Cost, Cost, str]:
    """Captures, the costs of parse and build, and what the build says of them."""
    count = write_week(folder, pages)
    root = folder / "warehouse"
    parsed = once([PSX, "parse", "-w", root, folder / "week.parquet"])
    (folder / "week.parquet").unlink()
    built = once([PSX, "build", "-w", root, "--index-history", folder / "history.csv"])
    with duckdb.connect(root / "market.duckdb", read_only=True) as connection:
        ((placed, sessions, blocks),) = connection.sql(
            "select count(*) filter (where share_trade_date is not null),"
            " count(distinct share_trade_date), count(distinct block_id) from captures"
        ).fetchall()
    return count, parsed, built, f"{placed:,} on {sessions}, {blocks:,} tickers"


def main() -> None:
    """Print a row for each number of pages."""
    print("| captures | parse | build | placed on sessions |")
    print("| --- | --- | --- | --- |")
    for pages in PAGES:
        with tempfile.TemporaryDirectory(prefix="psx-load-") as folder:
            count, parsed, built, outcome = measured(Path(folder), pages)
        costs = " | ".join(
            f"{cost.wall:,.0f} s ({cost.cpu:,.0f} s of processor time), {cost.peak_mb:,.0f} MB"
            for cost in (parsed, built)
        )
        print(f"| {count:,} | {costs} | {outcome} |", flush=True)


if __name__ == "__main__":
    main()
