"""Contracts of models: every kind of check is fed a bad table and must object."""

import shutil
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from jobs.errors import DataRefusedError, InputError, UsageError
from jobs.models.checks import Check, contract_checks, failures, table_check
from jobs.models.graph import load_checks, load_models
from jobs.models.header import read_sql_file
from jobs.models.inputs import exchange_days, read_index_history
from jobs.models.run import audit, build_database
from jobs.settings import Warehouse, sql_folder
from jobs.snapshot.lake import Lake
from tests.conftest import rows, run_night
from tests.support.builds import IDENTITY

GOOD = """-- One row per thing.
-- grain: a, b
-- check: a > 0
-- More of the description.
select
    a, -- the first
    b  -- the second
from reference.things
"""


def model(folder: Path, text: str = GOOD, name: str = "things", layer: str = "marts") -> Path:
    (folder / layer).mkdir(parents=True, exist_ok=True)
    file = folder / layer / f"{name}.sql"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_header_is_read_whole(tmp_path: Path) -> None:
    found = read_sql_file(model(tmp_path))
    assert found.name == "things"
    assert found.description == "One row per thing. More of the description."
    assert (found.grain, found.row_checks) == (("a", "b"), ("a > 0",))
    assert found.columns == {"a": "the first", "b": "the second"}
    assert found.reads == {"reference.things"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (GOOD.replace("-- grain: a, b\n", ""), "no `-- grain:` line"),
        (GOOD.replace("grain: a, b", "grain: a, c"), "the grain names c"),
        (GOOD.replace("reference.things", "core.nowhere"), "reads core.nowhere"),
        (GOOD + ";\nselect 1", "one SELECT"),
        ("-- Words.\n-- grain: a\ndelete from reference.things", "one SELECT"),
        ("-- Words.\n-- grain: a\nselect from where (", "things.sql"),
        ("select 1 as a", "must open with a comment"),
        (GOOD.replace("-- check: a > 0", "-- severity: perhaps"), "severity is 'perhaps'"),
        (GOOD.replace("reference.things", "things"), "in a circle"),
    ],
)
def test_a_model_that_breaks_the_rules_is_refused_by_name(
    text: str, complaint: str, tmp_path: Path
) -> None:
    file = model(tmp_path, text)
    with pytest.raises(UsageError, match="things") as refusal:
        load_models(tmp_path)
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert str(file) in str(refusal.value) or "circle" in complaint


@pytest.mark.parametrize(
    ("table", "broken"),
    [
        ([(1, 1), (2, 1)], []),
        ([(1, 1), (None, 2)], ["is never null", "a > 0"]),
        ([(1, 1), (1, 1)], ["is unique"]),
        ([(1, 1), (-1, 1)], ["a > 0"]),
    ],
)
def test_grain_and_row_checks_object_to_bad_tables(
    table: list[tuple[int | None, int]], broken: list[str], tmp_path: Path
) -> None:
    contract = contract_checks(read_sql_file(model(tmp_path)))
    with duckdb.connect() as connection:
        connection.execute("create table things (a integer, b integer)")
        connection.executemany("insert into things values (?, ?)", table)
        failed = failures(connection, contract)
    assert len(failed) == len(broken)
    for failure, words in zip(failed, broken, strict=True):
        assert words in failure.check.name
        assert failure.row_count == 1


def test_a_failure_names_the_check_and_its_first_rows(tmp_path: Path) -> None:
    check = Check("numbers are small", "select i as number from range(50) t(i) where i > 9")
    with duckdb.connect() as connection:
        (failed,) = failures(connection, [check])
    said = "numbers are small: 40 offending row(s), such as (number=10); (number=11); (number=12)"
    assert str(failed) == said


def test_a_check_file_blocks_unless_it_says_that_it_warns(tmp_path: Path) -> None:
    head = "-- Nothing is.\n"
    blocking = model(tmp_path, head + "select 1 as x", "nothing_is", "checks")
    assert table_check(read_sql_file(blocking)).is_blocking
    warning = model(tmp_path, head + "-- severity: warn\nselect 1 as x", "nothing_is", "checks")
    assert not table_check(read_sql_file(warning)).is_blocking
    assert table_check(read_sql_file(warning)).name == "nothing is"


BREAKS = {
    "every capture is placed or listed as unplaced": "delete from unplaced_captures",
    "every ticker line is accepted or rejected": "delete from lake.lines where symbol = 'PPL'",
    "sectors add up to breadth": "update daily_market_breadth set advancer_count ="
    " advancer_count + 1, unchanged_count = unchanged_count - 1",
    "daily_quotes: high_seen >= low_seen": "update daily_quotes set high_seen = 0",
    "daily_movers: gainer_rank is null or direction = 'up'": "update daily_movers set gainer_rank"
    " = 1 where direction = 'flat'",
    "core.placements: (trade_date is null) = (placed_by is null)": "update core.placements set"
    " placed_by = null",
}


@pytest.mark.parametrize("check", BREAKS)
def test_a_shipped_check_objects_to_a_broken_warehouse(
    check: str, sample: Warehouse, tmp_path: Path
) -> None:
    file = tmp_path / "market.duckdb"
    shutil.copy(sample.database, file)
    with duckdb.connect(file) as connection:
        audit(connection, sql_folder())
        connection.execute(BREAKS[check])
        with pytest.raises(DataRefusedError) as refusal:
            audit(connection, sql_folder())
    assert str(refusal.value).startswith(f"check failed: {check}: ")


def test_every_blocking_check_file_is_among_those_that_are_fed_a_bad_table() -> None:
    blocking = [table_check(file) for file in load_checks(sql_folder())]
    assert {check.name for check in blocking if check.is_blocking} <= BREAKS.keys()


def test_a_share_without_a_sector_is_a_warning(sample: Warehouse) -> None:
    with duckdb.connect(sample.database, read_only=True) as connection:
        (warning,) = audit(connection, sql_folder()).warnings
    assert str(warning).startswith("every share has a sector: 1 offending row(s)")
    assert "symbol=GTECH" in str(warning)


def test_every_table_and_every_column_of_a_mart_carries_its_comment(sample: Warehouse) -> None:
    tables = rows(sample, "select comment from duckdb_tables() where not internal")
    assert len(tables) > 15
    columns = rows(
        sample,
        "select table_name, column_name, comment from duckdb_columns()"
        " where not internal and schema_name = 'main'",
    )
    assert len(columns) > 100
    assert [c for c in columns if not c["comment"]] == []
    assert [t for t in tables if not t["comment"] and t["comment"] is not None] == []


def test_a_newcomer_adds_a_mart_with_one_file(sample: Warehouse, tmp_path: Path) -> None:
    sql = tmp_path / "sql"
    shutil.copytree(sql_folder(), sql)
    model(
        sql,
        "-- One row per symbol: how often it was seen.\n-- grain: symbol\n-- check: n > 0\n"
        "select\n    symbol,       -- ticker symbol\n    count(*) as n -- sessions\n"
        "from daily_quotes\ngroup by symbol\n",
        "symbol_counts",
    )
    file = tmp_path / "market.duckdb"
    build_database(file, Lake(sample.lake), sql, None, IDENTITY)
    with duckdb.connect(file, read_only=True) as connection:
        (found,) = connection.sql("select n from symbol_counts where symbol = 'PPL'").fetchall()
        (days,) = connection.sql(
            "select count(distinct trade_date) from daily_quotes where symbol = 'PPL'"
        ).fetchall()
        comments = connection.sql(
            "select comment from duckdb_columns() where table_name = 'symbol_counts'"
        ).fetchall()
    assert found == days
    assert comments == [("ticker symbol",), ("sessions",)]


def test_a_model_can_read_no_file(sample: Warehouse, tmp_path: Path) -> None:
    sql = tmp_path / "sql"
    shutil.copytree(sql_folder(), sql)
    text = "-- A file.\n-- grain: content\nselect content from read_text('/etc/hostname')\n"
    model(sql, text, "peek")
    with pytest.raises(UsageError, match="peek"):
        build_database(tmp_path / "market.duckdb", Lake(sample.lake), sql, None, IDENTITY)


def history(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "history.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_an_index_history_may_come_in_any_order_with_other_columns(tmp_path: Path) -> None:
    file = history(
        tmp_path,
        "volume,Close,date,low",
        '5,"71,902.09",2024-05-03,"70,000"',
        "6,70657.64,2024-05-02,",
        "7,,2024-05-01,",
    )
    table = read_index_history(file).sort_by("trade_date").to_pylist()
    assert [(str(r["trade_date"]), str(r["close"]), r["low"], r["high"]) for r in table] == [
        ("2024-05-02", "70657.6400", None, None),
        ("2024-05-03", "71902.0900", pa.scalar(70000, pa.decimal128(18, 4)).as_py(), None),
    ]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["day,close", "2024-05-03,1"], "found the columns day, close; expected date, close"),
        (["date,close", "2024-05-03,1", "3 May,2"], "line 3: date '3 May', close '2'"),
        (["date,close", "2024-05-03,many"], "line 2: date '2024-05-03', close 'many'"),
        (["date,close", "2024-05-03"], "not a CSV file"),
    ],
)
def test_an_index_history_that_cannot_be_read_says_where(
    lines: list[str], complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as refusal:
        read_index_history(history(tmp_path, *lines))
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_users_history_outranks_the_shipped_closes(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    file = history(tmp_path, "date,close", "2024-05-03,1.5")
    (tmp_path / "landing" / "a.txt").write_text("nothing\n", encoding="utf-8")
    warehouse = run_night(tmp_path, history=file)
    query = "select close from staging.index_history where trade_date = '2024-05-03'"
    assert [float(row["close"]) for row in rows(warehouse, query)] == [1.5]  # type: ignore[arg-type]


def test_the_exchange_rests_on_weekends_and_holidays() -> None:
    days = {str(day) for day in exchange_days(2024, 2024)["trade_date"].to_pylist()}
    assert "2024-05-03" in days
    for closed in ("2024-05-04", "2024-05-05", "2024-08-14", "2024-12-25", "2024-05-01"):
        assert closed not in days
