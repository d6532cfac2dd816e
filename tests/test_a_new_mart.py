"""A newcomer adds a mart by writing one SQL file, and nothing else."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from docs import generate
from jobs.errors import DataRefusedError
from jobs.models import build as build_module
from jobs.models.build import build, plan
from jobs.models.checksums import verify_checksums
from jobs.models.diff import compare
from jobs.models.publish import DATABASE
from jobs.settings import Settings, Warehouse, sql_folder
from tests.conftest import rows
from tests.support.scenes import MARKET, night

MART = """-- One row per share: how often it was captured, and its best price.
-- grain: symbol
-- check: session_count between 1 and 2
-- references: symbol -> daily_quotes.symbol
-- Implied closes are no captures.
select
    symbol,                                     -- ticker symbol
    cast(count(*) as integer) as session_count, -- sessions with a capture of it
    max(last_price) as best_price               -- its highest last price, PKR
from daily_quotes
where origin = 'captured'
group by symbol
"""


@pytest.fixture
def sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models, to be added to."""
    sql = tmp_path / "sql"
    shutil.copytree(sql_folder(), sql)
    for module in (build_module, generate):
        monkeypatch.setattr(module, "sql_folder", lambda: sql)
    return sql


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Sessions 5 and 7, before the mart is there; on the second one share is missing."""
    pages = {"s5": MARKET.page(5), "s7": [q for q in MARKET.page(7) if q.symbol != "SB"]}
    return night(tmp_path, pages)


def write(sql: Path, text: str = MART) -> None:
    (sql / "marts" / "symbol_counts.sql").write_text(text, encoding="utf-8")


def test_one_file_makes_a_table_an_export_and_their_documentation(
    warehouse: Warehouse, sql: Path
) -> None:
    before = warehouse.current.resolve()
    write(sql)
    assert dict(plan(warehouse))["symbol_counts"] == "new"
    build(warehouse, Settings(index_history=warehouse.root / "history.csv", built_in_history=False))

    best = {s: max(MARKET.close(s, 5), MARKET.close(s, 7)) for s in MARKET.shares}
    expected = [(symbol, 2, best[symbol]) for symbol in MARKET.shares]
    expected[1] = ("SB", 1, MARKET.close("SB", 5))
    found = rows(warehouse, "from symbol_counts order by symbol")
    assert [
        (r["symbol"], r["session_count"], float(str(r["best_price"]))) for r in found
    ] == expected
    file = warehouse.export / "symbol_counts.parquet"
    assert pl.read_parquet(file).rows(named=True) == found

    comments = rows(
        warehouse,
        "select comment from duckdb_columns() where table_name = 'symbol_counts'"
        " order by column_index",
    )
    assert [c["comment"] for c in comments] == [
        "ticker symbol",
        "sessions with a capture of it",
        "its highest last price, PKR",
    ]
    manifest = json.loads((warehouse.export / "datapackage.json").read_text(encoding="utf-8"))
    (entry,) = [table for table in manifest["resources"] if table["name"] == "symbol_counts"]
    assert (entry["path"], entry["rows"]) == ("symbol_counts.parquet", 20)
    assert entry["schema"]["primaryKey"] == ["symbol"]
    assert entry["description"].startswith("One row per share: how often it was captured")
    sums = (warehouse.current / "SHA256SUMS").read_text(encoding="utf-8")
    assert "  export/symbol_counts.parquet\n" in sums
    assert verify_checksums(warehouse.current) == len(sums.splitlines())

    run = rows(warehouse, "select row_count from model_runs where model_name = 'symbol_counts'")
    assert run == [{"row_count": 20}]
    differing = compare(before / DATABASE, warehouse.database, sql)
    assert [(t.table, len(t.added)) for t in differing if t and t.table != "build_info"] == [
        ("symbol_counts", 20)
    ]
    assert (
        "| `best_price` | DECIMAL(18,4) | its highest last price, PKR |"
        in (generate.pages()["tables.md"])
    )


@pytest.mark.parametrize(
    ("promise", "broken", "complaint"),
    [
        ("between 1 and 2", "= 2", "symbol_counts: session_count = 2: 1 offending row"),
        ("-- grain: symbol", "-- grain: session_count", "is unique: 1 offending row"),
        ("daily_quotes.symbol\n", "daily_movers.sector_code\n", "symbol_counts: references symbol"),
    ],
)
def test_its_contract_is_enforced(
    promise: str, broken: str, complaint: str, warehouse: Warehouse, sql: Path
) -> None:
    published = warehouse.current.resolve()
    write(sql, MART.replace(promise, broken))
    with pytest.raises(DataRefusedError, match=complaint):
        build(
            warehouse,
            Settings(index_history=warehouse.root / "history.csv", built_in_history=False),
        )
    assert warehouse.current.resolve() == published


def test_a_mart_that_is_taken_away_is_gone_with_all_its_rows(
    warehouse: Warehouse, sql: Path
) -> None:
    write(sql)
    settings = Settings(index_history=warehouse.root / "history.csv", built_in_history=False)
    build(warehouse, settings)
    before = warehouse.current.resolve()
    (sql / "marts" / "symbol_counts.sql").unlink()
    assert plan(warehouse)[-1] == ("symbol_counts", "gone")
    build(warehouse, settings)
    assert not (warehouse.export / "symbol_counts.parquet").exists()
    differing = {t.table: t for t in compare(before / DATABASE, warehouse.database, sql) if t}
    gone = differing["symbol_counts"]
    assert (len(gone.gone), gone.columns_gone[0]) == (20, "symbol")
