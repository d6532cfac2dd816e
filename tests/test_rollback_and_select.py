"""An earlier build published again; some models built anew; a build tried without writing."""

import json
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from jobs.errors import ExitCode, UsageError
from jobs.models import build as build_module
from jobs.models.build import build, plan
from jobs.models.graph import load_models, select_models
from jobs.settings import Settings, Warehouse, sql_folder
from tests.conftest import rows, run_night
from tests.support.commands import psx, stopped
from tests.support.scenes import MARKET, day, night


@pytest.fixture
def nights(tmp_path: Path) -> Warehouse:
    """Three nights: sessions 5, then 6, then 7."""
    for number in (5, 6, 7):
        night(tmp_path, {f"s{number}": MARKET.page(number)})
    return Warehouse(tmp_path)


def newest(warehouse: Warehouse) -> object:
    """The newest session of the published file, and of the exports beside it."""
    (row,) = rows(warehouse, "select newest_trade_date from build_info")
    quotes = pl.read_parquet(warehouse.export / "daily_quotes.parquet")
    captured = quotes.filter(origin="captured")
    assert captured["trade_date"].max() == row["newest_trade_date"]
    return row["newest_trade_date"]


def test_a_rollback_publishes_the_build_before_and_its_exports(nights: Warehouse) -> None:
    first, second, _ = sorted(g.name for g in nights.generations.iterdir())
    done = psx("rollback", "-w", nights.root)
    assert (done.returncode, done.stdout) == (0, f"published {second} again\n")
    assert newest(nights) == day(6)
    assert psx("rollback", "-w", nights.root).returncode == 0
    assert newest(nights) == day(5)
    code, line = stopped("rollback", "-w", nights.root)
    assert (code, line) == (ExitCode.INPUT, f"{nights.root}: no earlier build is kept")
    assert (nights.current.resolve().name, newest(nights)) == (first, day(5))


def test_a_rollback_goes_forward_by_name_and_the_next_night_starts_from_the_lake(
    nights: Warehouse,
) -> None:
    first, _, third = sorted(g.name for g in nights.generations.iterdir())
    psx("rollback", first, "-w", nights.root)
    assert newest(nights) == day(5)
    psx("rollback", third, "-w", nights.root)
    assert newest(nights) == day(7)
    psx("rollback", first, "-w", nights.root)
    build(nights, Settings(index_history=nights.root / "history.csv", built_in_history=False))
    assert newest(nights) == day(7)


def test_a_rollback_to_a_build_that_is_not_whole_is_refused(nights: Warehouse) -> None:
    first, *_ = sorted(nights.generations.iterdir())
    (first / "market.duckdb").unlink()
    code, line = stopped("rollback", first.name, "-w", nights.root)
    assert (code, line.startswith(f"{first}/market.duckdb: is gone; ")) == (ExitCode.INPUT, True)
    assert newest(nights) == day(7)


def test_unsaved_work_stops_a_rollback(nights: Warehouse) -> None:
    log = nights.database.resolve().with_name("market.duckdb.wal")
    log.write_bytes(b"somebody's")
    code, line = stopped("rollback", "-w", nights.root)
    assert (code, "left unsaved work" in line) == (ExitCode.REFUSED, True)
    log.unlink()
    assert newest(nights) == day(7)


def test_the_history_of_builds_lists_every_night(nights: Warehouse) -> None:
    names = sorted(g.name for g in nights.generations.iterdir())
    found = rows(nights, "select build_id, newest_trade_date from build_history order by build_id")
    assert [(row["build_id"], row["newest_trade_date"]) for row in found] == list(
        zip(names, [day(5), day(6), day(7)], strict=True)
    )
    counts = rows(nights, "select * from build_info")[0]
    last = rows(nights, f"select * from build_history where build_id = '{names[-1]}'")[0]
    assert {name: counts[name] for name in last} == last
    quotes = rows(nights, "select count(*) as n from daily_quotes")[0]["n"]
    (run,) = rows(
        nights,
        "select row_count, sql_digest from model_runs where model_name = 'daily_quotes'"
        f" and build_id = '{names[-1]}'",
    )
    assert run["row_count"] == quotes
    per_build = rows(nights, "select count(*) as n from model_runs group by build_id")
    assert [row["n"] for row in per_build] == [len(load_models(sql_folder()))] * 3


def test_the_status_shows_the_last_nights_and_how_fresh_they_are(nights: Warehouse) -> None:
    names = sorted(g.name for g in nights.generations.iterdir())
    found = json.loads(psx("status", "--json", "-w", nights.root).stdout)
    assert [build["build_id"] for build in found["last_builds"]] == names[::-1]
    assert found["kept_builds"] == names
    # By the calendar there are more than 240 sessions a year from January 2024 on.
    assert found["sessions_since_newest"] > 240
    shown = psx("status", "-w", nights.root).stdout
    assert [line.split()[0] for line in shown.splitlines()[-3:]] == names[::-1]


@pytest.fixture
def sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Models of one's own, as builds in this process use them."""
    folder = tmp_path / "models"
    shutil.copytree(sql_folder(), folder)
    monkeypatch.setattr(build_module, "sql_folder", lambda: folder)
    return folder


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_plan_says_what_is_new_changed_same_or_gone(nights: Warehouse, sql: Path) -> None:
    assert {state for _, state in plan(nights)} == {"same"}
    change(
        sql / "marts" / "daily_movers.sql",
        "where quotes.is_counted",
        "where quotes.is_counted and true",
    )
    (sql / "marts" / "extra.sql").write_text(
        "-- One row per symbol.\n-- grain: symbol\nselect distinct symbol from daily_quotes\n",
        encoding="utf-8",
    )
    (sql / "marts" / "damaged_spans.sql").unlink()
    states = dict(plan(nights))
    assert {name: state for name, state in states.items() if state != "same"} == {
        "daily_movers": "changed",
        "extra": "new",
        "damaged_spans": "gone",
    }
    order = list(states)
    assert order.index("daily_quotes") < order.index("daily_movers")
    assert order.index("daily_quotes") < order.index("extra")


def test_the_plan_of_a_build_names_what_follows_a_changed_model(
    nights: Warehouse, sql: Path
) -> None:
    change(sql / "marts" / "daily_sector_summary.sql", "where is_counted", "where not is_counted")
    change(sql / "marts" / "price_adjustments.sql", "> 0.01", "> 0.02")
    states = dict(plan(nights))
    followers = {name for name, state in states.items() if state == "follows"}
    assert {states["daily_sector_summary"], states["price_adjustments"]} == {"changed"}
    assert {"daily_quotes", "daily_movers", "build_info", "build_history"} <= followers
    assert not followers & {"captures", "core.quotes", "daily_index_summary", "rejected_lines"}
    selected = plan(nights, ["daily_movers", "captures"])
    assert selected == [("captures", "same"), ("daily_movers", "same")]


def test_a_dry_run_writes_nothing(nights: Warehouse) -> None:
    before = sorted(nights.root.rglob("*"))
    published = nights.current.readlink()
    done = psx("build", "--dry-run", "-w", nights.root)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) == len(load_models(sql_folder()))
    assert "same     daily_movers" in lines
    assert (sorted(nights.root.rglob("*")), nights.current.readlink()) == (before, published)


def test_selected_models_are_built_anew_and_all_others_stay(nights: Warehouse, sql: Path) -> None:
    last = nights.current.resolve().name
    change(
        sql / "marts" / "daily_movers.sql",
        "where quotes.is_counted",
        "where quotes.is_counted and quotes.change > 0",
    )
    checks = sql / "checks" / "movers_and_flats_are_the_quotes_that_count.sql"
    checks.unlink()
    # The lake has moved on; what is not selected stays as it was.
    shutil.copy(nights.landing / "s7.txt", nights.landing / "copy.txt")
    movers = "select trade_date, symbol from daily_movers order by all"
    rising = "select trade_date, symbol from daily_quotes where is_counted and change > 0"
    breadth = rows(nights, "from daily_market_breadth order by all")
    build(nights, Settings().allowing(["max_shrink_rate"]), select=["daily_movers"])
    assert nights.current.resolve().name > last
    assert rows(nights, movers) == rows(nights, f"{rising} order by all")
    assert rows(nights, "from daily_market_breadth order by all") == breadth
    exported = pl.read_parquet(nights.export / "daily_movers.parquet")
    assert exported.height == len(rows(nights, movers))
    history = rows(nights, "select build_id from build_history order by build_id")
    assert [row["build_id"] for row in history][-2:] == [last, nights.current.resolve().name]
    runs = rows(
        nights,
        "select model_name from model_runs join build_info using (build_id)"
        " where sql_digest not in (select sql_digest from model_runs"
        f" where build_id = '{last}')",
    )
    assert runs == [{"model_name": "daily_movers"}]


def test_a_selection_takes_what_follows_if_asked() -> None:
    models = load_models(sql_folder())
    assert [model.name for model in select_models(models, ["core.quotes"])] == ["core.quotes"]
    followed = {model.name for model in select_models(models, ["daily_quotes+"])}
    assert {"daily_quotes", "daily_movers", "daily_market_breadth", "restatements"} <= followed
    assert not followed & {"captures", "core.quotes", "daily_index_summary"}
    with pytest.raises(UsageError, match="no model is called daily_moovers; near are daily_movers"):
        select_models(models, ["daily_moovers"])


def test_a_selection_that_needs_a_model_never_built_is_refused(
    nights: Warehouse, sql: Path
) -> None:
    (sql / "core" / "extra.sql").write_text(
        "-- One row per symbol.\n-- grain: symbol\nselect distinct symbol from core.quotes\n",
        encoding="utf-8",
    )
    with pytest.raises(UsageError, match=r"extra\.sql: has not been built yet; select it as well"):
        build(nights, Settings(), select=["daily_movers"])
    build(nights, Settings(), select=["core.extra", "daily_movers"])
    assert len(rows(nights, "from core.extra")) == 20 + 4


def test_checks_can_be_limited_to_some_models(nights: Warehouse) -> None:
    def count(*words: str) -> int:
        done = psx("check", *words, "-w", nights.root)
        assert done.returncode == 0, done.stderr
        return int(done.stdout.split()[0])

    one, with_followers, everything = count("--select", "daily_movers"), 0, count()
    with_followers = count("--select", "daily_movers+")
    assert 0 < one <= with_followers < everything
    code, line = stopped("check", "--select", "nothing", "-w", nights.root)
    assert (code, "no model is called nothing" in line) == (ExitCode.USAGE, True)


def test_an_error_in_a_model_names_its_line_and_shows_it(tmp_path: Path, sql: Path) -> None:
    file = sql / "marts" / "daily_movers.sql"
    change(file, "where quotes.is_counted", "where is_countd")
    number = file.read_text(encoding="utf-8").splitlines().index("where is_countd") + 1
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "a.txt").write_text("nothing\n", encoding="utf-8")
    with pytest.raises(UsageError) as refusal:
        run_night(tmp_path)
    said = str(refusal.value)
    assert said.startswith(f"{file}:{number}: Binder Error: ")
    assert said.endswith("in: where is_countd")
    assert '"is_countd"' in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("name", "words", "broken"),
    [
        ("marts/daily_movers.sql", "where quotes.is_counted", "where (is_counted"),
        ("marts/daily_movers.sql", "where quotes.is_counted", "where quotes.symbol = 'A"),
        ("checks/sectors_add_up_to_breadth.sql", "from daily_market_breadth", "from daily_breadth"),
        ("guards/max_shrink_rate.sql", "runs.row_count as", "runs.rows as"),
    ],
)
def test_an_error_in_any_sql_file_is_one_line_with_its_place(
    name: str, words: str, broken: str, tmp_path: Path, sql: Path
) -> None:
    file, warehouse = sql / name, night(tmp_path, {"s5": MARKET.page(5)})
    change(file, words, broken)
    lines = file.read_text(encoding="utf-8").splitlines()
    (number,) = [n for n, line in enumerate(lines, start=1) if broken in line]
    with pytest.raises(UsageError) as refusal:
        build(warehouse, Settings(built_in_history=False))
    complaint = str(refusal.value)
    assert " Error: " in complaint
    assert f"{file}:{number}: " in complaint
    assert complaint.endswith(f" in: {lines[number - 1].strip()}")
    assert "\n" not in complaint


def test_a_promise_that_cannot_be_checked_is_named(tmp_path: Path, sql: Path) -> None:
    file = sql / "marts" / "daily_movers.sql"
    change(file, "-- check: loser_rank is null or", "-- check: looser_rank is null or")
    with pytest.raises(UsageError) as refusal:
        night(tmp_path, {"s5": MARKET.page(5)})
    assert str(refusal.value).startswith(
        "a check cannot run: daily_movers: looser_rank is null or direction = 'down': Binder Error"
    )
    assert "\n" not in str(refusal.value)


def test_a_published_file_is_not_touched_by_a_selected_build_that_fails(
    nights: Warehouse, sql: Path
) -> None:
    published = nights.current.resolve()
    change(sql / "marts" / "daily_movers.sql", "where quotes.is_counted", "where 1 = 2")
    with pytest.raises(Exception, match="movers and flats are the quotes that count"):
        build(nights, Settings(), select=["daily_movers"])
    assert nights.current.resolve() == published
    with duckdb.connect(nights.database, read_only=True) as connection:
        assert connection.sql("select count(*) > 0 from daily_movers").fetchall() == [(True,)]
