"""`make bench-models`: a build of ten years and 600 shares beside DuckDB running the same SELECTs.

Builds of an eighth, a quarter and half of the shares show how time and memory grow. The baseline is
one DuckDB process that is given the same inputs and creates the table of every
model in the same order: no checks, no comments, no exports, no page, nothing published.
"""

import json
import random
import sys
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from bench.run import PSX, Cost, measure
from jobs.history.calendar import exchange_days
from jobs.models.graph import load_models
from jobs.models.inputs import Inputs, load_inputs
from jobs.settings import Settings, Warehouse, sql_folder
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake
from tests.support.pages import INDEX_CODES, Quote, index_quote, share_quote, ticker

MADE_UP = Settings(built_in_history=False)
YEARS, SHARES = 10, (75, 150, 300, 600)
KARACHI = ZoneInfo("Asia/Karachi")


def symbols(count: int) -> list[str]:
    """The first so many symbols of the reference table."""
    lines = (sql_folder() / "reference" / "securities.csv").read_text(encoding="utf-8").splitlines()
    named = dict.fromkeys(line.split(",")[0] for line in lines[1:])
    return [name for name in named if 2 <= len(name) <= 8 and name.isalpha()][:count]


def write_history(file: Path, share_count: int) -> int:
    """A page a session with every share on it, as JSON lines; the number of sessions."""
    pick = random.Random(1)
    days: list[date] = exchange_days(2015, 2014 + YEARS)["trade_date"].to_pylist()
    last = {symbol: round(pick.uniform(5, 500), 2) for symbol in symbols(share_count)}
    levels = {code: pick.uniform(5_000, 60_000) for code in sorted(INDEX_CODES)}
    with file.open("w", encoding="utf-8") as handle:
        for day in days:
            quotes: list[Quote] = []
            for symbol, before in last.items():
                last[symbol] = max(1.0, round(before * (1 + pick.gauss(0, 0.015)), 2))
                quotes.append(share_quote(symbol, last[symbol], before))
            for code, level in levels.items():
                levels[code] = float(round(level * (1 + pick.gauss(0, 0.01))))
                quotes.append(index_quote(code, levels[code], round(level)))
            at = datetime(day.year, day.month, day.day, tzinfo=KARACHI) + timedelta(hours=18)
            row = {"url": f"{day}", "text": ticker(quotes, False), "timestamp": at.isoformat()}
            handle.write(json.dumps(row) + "\n")
    return len(days)


def run_plain(root: Path) -> None:
    """Every model's SELECT as a table of a new file, in order."""
    warehouse = Warehouse(root)
    file = root / "plain.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(file) as connection:
        load_inputs(connection, Inputs(Lake(warehouse.lake), MADE_UP), sql_folder() / "reference")
        identity = {"build_id": ["plain"], "built_at": [datetime.now(KARACHI)]}
        identity |= {"code_version": ["0"], "code_commit": ["0"]}
        told = {"took_seconds": [0.0], "check_count": [0], "warning_count": [0]}
        runs = pa.schema(
            [("model_name", pa.string()), ("row_count", pa.int64()), ("seconds", pa.float64())]
        ).append(pa.field("sql_digest", pa.string()))
        connection.execute("create schema run")
        for table, rows in (
            ("reference.build", pa.table(identity)),
            ("run.build", pa.table(told)),
            ("run.models", runs.empty_table()),
        ):
            connection.register("given", rows)
            connection.execute(f"create table {table} as from given")
        for model in load_models(sql_folder()):
            schema, _, _ = model.name.rpartition(".")
            connection.execute(f"create schema if not exists {schema}" if schema else "select 1")
            kind = "view" if model.is_view else "table"
            connection.execute(f"create {kind} {model.name} as {model.sql}")


def main() -> None:
    """Print both as a row of a Markdown table."""
    if sys.argv[1:2] == ["--plain"]:
        run_plain(Path(sys.argv[2]))
        return
    print("| shares | sessions | quotes | seconds | CPU seconds | peak memory |")
    print("| --- | --- | --- | --- | --- | --- |")
    for share_count in SHARES:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            sessions = write_history(root / "pages.jsonl", share_count)
            (root / "psx.toml").write_text("built_in_history = false\n", encoding="utf-8")
            ingest([root / "pages.jsonl"], Lake(root / "lake"), root)
            built = measure([PSX, "build", "--warehouse", root], root, "generations")
            print(
                f"| {share_count} | {sessions:,} | {sessions * share_count:,} | {built.wall:.1f}"
                f" | {built.cpu:.1f} | {built.peak_mb:,.0f} MB |",
                flush=True,
            )
            if share_count == SHARES[-1]:
                plain = measure([sys.executable, "-m", "bench.models", "--plain", root], root)
    print("\n| what | seconds | CPU seconds | peak memory | beside plain |")
    print("| --- | --- | --- | --- | --- |")
    print(_row("psx build", built, plain))
    print(_row("the same SELECTs in DuckDB", plain, plain))


def _row(name: str, cost: Cost, plain: Cost) -> str:
    return (
        f"| {name} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.peak_mb:,.0f} MB"
        f" | {cost.wall / plain.wall:.2f}x |"
    )


if __name__ == "__main__":
    main()
