"""Contracts of models: every kind of check is fed a bad table and must object."""

import shutil
from pathlib import Path

import duckdb
import pytest

from jobs.errors import DataRefusedError, UsageError
from jobs.models import run
from jobs.models.checks import Check, contract_checks, failures, table_check
from jobs.models.graph import load_checks, load_models
from jobs.models.header import read_sql_file
from jobs.models.inputs import Inputs
from jobs.models.run import audit, build_database
from jobs.settings import Settings, Warehouse, sql_folder
from jobs.snapshot.lake import Lake
from tests.conftest import rows
from tests.support.builds import IDENTITY
from tests.support.scenes import MARKET, night

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
    assert (found.grain, found.promises) == (("a", "b"), (("check", "a > 0"),))
    assert found.columns == {"a": "the first", "b": "the second"}
    assert found.reads == {"reference.things"}


def test_a_header_may_make_several_promises(tmp_path: Path) -> None:
    head = "-- Words.\n-- grain: a\n-- check: a > 0\n-- grain: b\n-- check: a <> 5\n"
    found = read_sql_file(model(tmp_path, head + "select a, b from t"))
    assert found.grain == ("a", "b")
    assert found.promises == (("check", "a > 0"), ("check", "a <> 5"))
    assert found.severity == "error"


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
        (GOOD.replace("-- check: a > 0", "-- chek: a > 0"), "things.sql:3: `-- chek:`"),
        (GOOD.replace("-- check: a > 0", "-- not nul: a"), "things.sql:3: `-- not nul:`"),
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
    ("query", "reads", "columns"),
    [
        ("with t as (from core.t), u as (from t) select a from u", {"core.t"}, {"a": ""}),
        # A CTE that is named like the table that it reads does not hide the table.
        ("with t as (select * from t) select a from t", {"t"}, {"a": ""}),
        ("select a as b -- one\nfrom t -- two\nunion all select c -- three\nfrom u",
         {"t", "u"}, {"b": "one"}),
        ("select\n  -- a note\n  max(a, -- inside\n  b) as c, -- the column\n  t.\"d\"\nfrom t",
         {"t"}, {"c": "the column", "d": ""}),
        ("select a is distinct from b as c, {'x': 1, 'y': 2} as d from t group by all",
         {"t"}, {"c": "", "d": ""}),
        ("select '▲, -- no comment' as a, -- ▼ (down)\n b -- last\nfrom t",
         {"t"}, {"a": "▼ (down)", "b": "last"}),
    ],
)  # fmt: skip
def test_tables_and_columns_of_a_query_are_found(
    query: str, reads: set[str], columns: dict[str, str], tmp_path: Path
) -> None:
    found = read_sql_file(model(tmp_path, f"-- Words.\n{query}"))
    assert found.reads == reads
    assert found.columns == columns


def test_models_that_read_each_other_are_refused_by_name(tmp_path: Path) -> None:
    model(tmp_path, GOOD.replace("reference.things", "core.hens"), "eggs", "core")
    model(tmp_path, GOOD.replace("reference.things", "core.eggs"), "hens", "core")
    model(tmp_path, GOOD, "feathers")
    with pytest.raises(UsageError, match="in a circle") as refusal:
        load_models(tmp_path)
    assert str(tmp_path) in str(refusal.value)
    assert "core.eggs" in str(refusal.value)
    assert "core.hens" in str(refusal.value)
    assert "feathers" not in str(refusal.value)


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


PROMISES = {
    "check: price > 0": "update things set price = null where symbol = 'B'",
    "not null: symbol, price": "update things set price = null where symbol = 'B'",
    "unique: symbol, day": "update things set day = date '2024-01-01'",
    "references: symbol -> core.known.symbol": "update things set symbol = 'C' where symbol = 'B'",
    "accepted: symbol in A, it's, B": "update things set symbol = 'C' where symbol = 'B'",
    "freshness: day within 3 days": "update things set day = date '2024-01-01'",
    "rows: at least 3": "delete from things where symbol = 'B'",
}
"""Promises that hold of a table, each with a change that breaks it."""


def promised(folder: Path, promise: str) -> Check:
    text = f"-- Words.\n-- grain: symbol\n-- {promise}\nselect symbol from reference.things"
    *_, check = contract_checks(read_sql_file(model(folder, text)))
    return check


@pytest.mark.parametrize("promise", PROMISES)
def test_every_kind_of_promise_objects_to_a_table_that_breaks_it(
    promise: str, tmp_path: Path
) -> None:
    check = promised(tmp_path, promise)
    kind, _, words = promise.partition(": ")
    assert check.name == f"things: {words if kind == 'check' else f'{kind} {words}'}"
    assert check.is_blocking == (kind != "freshness")
    with duckdb.connect() as connection:
        connection.execute(
            "create schema core; create table core.known as select unnest(['A', 'B']) as symbol;"
            " create schema reference; create table reference.build as"
            " select timestamptz '2024-01-09 12:00:00Z' as built_at;"
            " create table things (symbol varchar, day date, price double);"
            " insert into things values ('A', '2024-01-01', 1), ('B', '2024-01-08', 2),"
            " ('A', '2024-01-08', 3)"
        )
        assert failures(connection, [check]) == []
        connection.execute(PROMISES[promise])
        (failure,) = failures(connection, [check])
    assert failure.row_count == 1


@pytest.mark.parametrize(
    "promise",
    ["references: symbol", "accepted: symbol", "freshness: day", "rows: some", "unique: a b"],
)
def test_a_promise_that_cannot_be_read_is_refused_by_name(promise: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"cannot read `-- {promise}`"):
        promised(tmp_path, promise)


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
    "every sound line of a placed page is a quote or set aside": "delete from set_aside_lines",
    "accepted lines are sound or repeated ones": "update captures set repeated_line_count ="
    " repeated_line_count + 1",
    "movers and flats are the quotes that count": "delete from daily_movers where symbol = 'PPL'",
    "a change is the level less the previous one": "update daily_index_summary set change ="
    " change + 1",
    "daily_quotes: references capture_id -> captures.capture_id": "update daily_quotes set"
    " capture_id = 'nobody' where symbol = 'PPL'",
    "daily_quotes: not null price_status, origin, capture_id": "update daily_quotes set"
    " price_status = null",
    "daily_index_summary: accepted origin in captured, implied": "update daily_index_summary set"
    " origin = 'guessed'",
    "every capture is placed or listed as unplaced": "delete from unplaced_captures",
    "every ticker line is accepted or rejected": "delete from lake.lines where symbol = 'PPL'",
    "sectors add up to breadth": "update daily_market_breadth set advancer_count ="
    " advancer_count + 1, unchanged_count = unchanged_count - 1",
    "daily_quotes: high_seen >= low_seen": "update daily_quotes set high_seen = 0",
    "daily_movers: gainer_rank is null or direction = 'up'": "update daily_movers set direction"
    " = 'down' where gainer_rank = 1",
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
    assert "more failed" not in str(refusal.value)


def test_every_blocking_check_file_is_among_those_that_are_fed_a_bad_table() -> None:
    blocking = [table_check(file) for file in load_checks(sql_folder())]
    assert {check.name for check in blocking if check.is_blocking} <= BREAKS.keys()


def test_a_share_without_a_sector_is_a_figure_of_the_build(tmp_path: Path) -> None:
    warehouse = night(tmp_path, {"s5": MARKET.page(5)})  # of shares that no list of securities has
    shares = rows(warehouse, "select count(distinct symbol) as n from daily_quotes")
    assert rows(warehouse, "select unknown_sector_count as n from build_info") == shares


EMPTY = {
    "core.group_links",
    "core.group_matches",
    "core.group_nears",
    "core.group_neighbours",
    "core.index_links",
    "core.outvoted_lines",
    "core.superseded_lines",
    "damaged_spans",
    "price_adjustments",
    "restatements",
}
"""Tables that are empty in the sample, which is undamaged and has no two sessions in a row."""


def test_a_row_that_stands_twice_in_any_table_is_objected_to(
    sample: Warehouse, tmp_path: Path
) -> None:
    file = tmp_path / "market.duckdb"
    shutil.copy(sample.database, file)
    tables = [found for found in load_models(sql_folder()) if not found.is_view]
    objections = []
    with duckdb.connect(file) as connection:
        for table in tables:
            connection.execute(f"insert into {table.name} from {table.name} limit 1")
            contract = contract_checks(table)
            objections += [failed.check.name for failed in failures(connection, contract)]
    doubled = [table for table in tables if table.name not in EMPTY]
    assert objections == [f"{t.name}: grain ({', '.join(t.grain)}) is unique" for t in doubled]


def test_every_table_and_every_column_of_a_mart_carries_its_comment(sample: Warehouse) -> None:
    tables = rows(
        sample,
        "select schema_name as layer, table_name as name, comment from duckdb_tables()"
        " where not internal and schema_name not in ('lake', 'reference', 'run') union all"
        " select schema_name, view_name, comment from duckdb_views() where not internal",
    )
    files = {(f.parent.name.replace("marts", "main"), f.stem) for f in sql_folder().glob("*/*.sql")}
    assert {(t["layer"], t["name"]) for t in tables} == {
        f for f in files if f[0] not in ("checks", "guards")
    }
    assert [t for t in tables if not t["comment"]] == []
    columns = rows(
        sample,
        "select table_name, column_name, comment from duckdb_columns()"
        " where not internal and schema_name = 'main'",
    )
    assert len(columns) > 100
    assert [c for c in columns if not c["comment"]] == []


def test_comments_are_the_words_of_the_file(sample: Warehouse) -> None:
    columns = rows(
        sample,
        "select comment from duckdb_columns() where table_name = 'daily_market_breadth'"
        " and column_name in ('trade_date', 'advancer_count', 'advance_decline_ratio')"
        " order by column_index",
    )
    assert [c["comment"] for c in columns] == [
        "session",
        "shares that rose",
        "risers for each faller; null without fallers",
    ]
    tables = rows(sample, "select comment from duckdb_tables() where table_name = 'daily_movers'")
    assert tables[0]["comment"] == (
        "One row per share and trading session: last price, change, rank among gainers and losers,"
        " and measures over the sessions before. Ties share a rank. A share that did not move keeps"
        " its row and has no rank among gainers or losers. Measures are of adjusted closes; one"
        " whose window lacks sessions is null."
    )


@pytest.mark.parametrize("source", ["read_csv('{}')", "glob('{}')", "'{}'"])
def test_a_model_that_reads_a_file_is_refused_by_its_path_and_what_it_reads(
    source: str, tmp_path: Path
) -> None:
    reads = source.format(tmp_path / "peek.csv")
    peek = model(tmp_path, f"-- A file.\n-- grain: a\nselect 1 as a from {reads}\n", "peek")
    with pytest.raises(UsageError) as refusal:
        load_models(tmp_path)
    assert str(peek) in str(refusal.value)
    assert "peek.csv" in str(refusal.value)


def test_a_model_cannot_reach_a_file_even_past_the_reading_of_its_query(
    sample: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "peek.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    query = f"select a from read_csv('{file}')"
    assert duckdb.sql(query).fetchall() == [(1,)]
    shutil.copytree(sql_folder() / "reference", tmp_path / "reference")
    peek = model(tmp_path, f"-- A file.\n-- grain: a\n{query}\n", "peek")
    monkeypatch.setattr(run, "load_models", lambda _: [read_sql_file(peek)])
    with pytest.raises(UsageError, match="disabled") as refusal:
        build_database(
            tmp_path / "market.duckdb", tmp_path, Inputs(Lake(sample.lake), Settings()), IDENTITY
        )
    assert str(peek) in str(refusal.value)


def test_a_model_that_reads_an_input_which_is_not_there_is_refused(
    sample: Warehouse, tmp_path: Path
) -> None:
    sql = tmp_path / "sql"
    shutil.copytree(sql_folder(), sql)
    peek = model(sql, "-- Words.\n-- grain: a\nselect a from lake.nothing\n", "peek")
    with pytest.raises(UsageError) as refusal:
        build_database(
            tmp_path / "market.duckdb", sql, Inputs(Lake(sample.lake), Settings()), IDENTITY
        )
    assert str(refusal.value).startswith(f"{peek}:3: ")
    assert "nothing does not exist" in str(refusal.value)
    assert str(refusal.value).endswith("in: select a from lake.nothing")
