"""Publishing: whole or not there, old readers undisturbed, a refused night leaves the last one."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from jobs.errors import DataRefusedError, ExitCode, InputError
from jobs.models import build as build_module
from jobs.models.build import build
from jobs.models.graph import load_models
from jobs.settings import Settings, Warehouse, sql_folder
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake
from tests.conftest import ROOT, rows, run_night
from tests.support.commands import DUCKDB, psx, stopped
from tests.support.pages import Quote, page, ticker


def add_page(root: Path, name: str, price: str) -> None:
    """A page of 2024-01-09 with one share."""
    (root / "landing").mkdir(exist_ok=True)
    text = page(ticker([Quote("HBL", price, "1.00", f"{100 / (float(price) - 1):.2f}")]), 1)
    (root / "landing" / f"2024-01-09T{name}.txt").write_text(text, encoding="utf-8")


@pytest.fixture
def night(tmp_path: Path) -> Warehouse:
    """A warehouse after one night."""
    add_page(tmp_path, "1000", "101.00")
    return run_night(tmp_path)


def price(warehouse: Warehouse) -> float:
    ((row),) = rows(warehouse, "select last_price from daily_quotes")
    return float(row["last_price"])  # type: ignore[arg-type]


def next_night(warehouse: Warehouse) -> None:
    add_page(warehouse.root, "1500", "111.00")
    run_night(warehouse.root)


def test_links_lead_to_one_generation(night: Warehouse) -> None:
    (generation,) = night.generations.iterdir()
    assert night.current.readlink() == Path("generations", generation.name)
    assert night.database.readlink() == Path("current/market.duckdb")
    assert night.export.readlink() == Path("current/export")
    assert rows(night, "select build_id from build_info") == [{"build_id": generation.name}]


def test_the_warehouse_can_be_moved_as_a_whole(night: Warehouse, tmp_path: Path) -> None:
    moved = tmp_path.parent / f"{tmp_path.name}-moved"
    shutil.move(tmp_path, moved)
    assert price(Warehouse(moved)) == 101
    next_night(Warehouse(moved))
    assert price(Warehouse(moved)) == 111
    documents = rows(Warehouse(moved), "select source from captures order by source")
    assert [d["source"] for d in documents] == [
        "landing/2024-01-09T1000.txt",
        "landing/2024-01-09T1500.txt",
    ]


def two_hours_pass(warehouse: Warehouse) -> None:
    """All that was published seems to have been so two hours ago."""
    for generation in warehouse.generations.iterdir():
        then = generation.stat().st_mtime - 7200
        os.utime(generation, (then, then))


def test_the_last_generations_are_kept_and_the_published_one_always(night: Warehouse) -> None:
    # The one that a build replaces is young at that moment, and stays even where one is to be kept.
    for keep, expected in [(2, 2), (2, 2), (1, 2)]:
        two_hours_pass(night)
        build(night, Settings(keep_generations=keep))
        present = sorted(generation.name for generation in night.generations.iterdir())
        assert len(present) == expected
        assert night.current.resolve().name == present[-1]
        assert price(night) == 101


def test_a_generation_stays_for_an_hour_after_another_took_its_place(night: Warehouse) -> None:
    first = night.current.resolve()
    two_hours_pass(night)  # it was made long ago, and published until now
    exports = night.export.resolve()
    for _ in range(3):
        build(night, Settings(keep_generations=1))
    assert pl.read_parquet(exports / "daily_quotes.parquet")["last_price"].to_list() == [101]
    assert len(list(night.generations.iterdir())) == 4
    two_hours_pass(night)
    build(night, Settings(keep_generations=1))
    assert not first.exists()
    assert len(list(night.generations.iterdir())) == 2


def refusing_sql(tmp_path: Path) -> Path:
    sql = tmp_path / "sql"
    shutil.copytree(sql_folder(), sql)
    (sql / "checks" / "prices_stay_below_105.sql").write_text(
        "-- A promise that the next night breaks.\n-- severity: error\n"
        "select symbol, last_price from daily_quotes where last_price > 105\n",
        encoding="utf-8",
    )
    return sql


def test_a_refused_night_names_the_rows_and_leaves_the_last_one_in_place(
    night: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = night.database.read_bytes()
    exported = (night.export / "daily_quotes.parquet").read_bytes()
    sql = refusing_sql(tmp_path)
    monkeypatch.setattr(build_module, "sql_folder", lambda: sql)
    with pytest.raises(DataRefusedError) as refusal:
        next_night(night)
    assert str(refusal.value) == (
        "check failed: prices stay below 105: 1 offending row(s), such as"
        " (symbol=HBL, last_price=111.0000)"
    )
    assert night.database.read_bytes() == before
    assert (night.export / "daily_quotes.parquet").read_bytes() == exported
    assert len(list(night.generations.iterdir())) == 1
    monkeypatch.undo()
    build(night, Settings())
    assert price(night) == 111


def test_unsaved_work_of_a_reader_stops_the_night(night: Warehouse) -> None:
    log = night.database.resolve().with_name("market.duckdb.wal")
    for place in (log, night.root / "market.duckdb.wal"):
        place.write_bytes(b"somebody's")
        with pytest.raises(DataRefusedError, match="read-write session left unsaved work"):
            next_night(night)
        assert place.read_bytes() == b"somebody's"
        place.unlink()
        assert price(night) == 101
    next_night(night)
    assert price(night) == 111


OPEN_FOR_WRITING = """
import duckdb, sys
with duckdb.connect(sys.argv[1]) as connection:
    print("open", flush=True)
    sys.stdin.read()
"""


def test_an_open_read_write_session_stops_the_night_and_a_rollback(night: Warehouse) -> None:
    next_night(night)
    command = [sys.executable, "-c", OPEN_FOR_WRITING, night.database]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as session:
        assert session.stdout.readline() == "open\n"
        said = f"{night.database}: a read-write session (.*PID {session.pid}.*) holds it; close"
        for words in (["build"], ["rollback"]):
            code, line = stopped(*words, "-w", night.root)
            assert (code, re.match(said, line) is not None) == (ExitCode.REFUSED, True)
        code, line = stopped("status", "-w", night.root)
        assert (code, re.match(said, line) is not None) == (ExitCode.INPUT, True)
        session.stdin.close()
        assert session.wait() == 0
    assert psx("build", "-w", night.root).returncode == 0
    assert price(night) == 111


BUILD_THAT_WAITS = """
import sys
from jobs.models import build
from jobs.cli import main

export_marts = build.export_marts

def wait(*given):
    print("here", flush=True)
    sys.stdin.read()
    return export_marts(*given)

build.export_marts = wait
sys.argv = ["psx", "build", "-w", sys.argv[1]]
main()
"""


def test_a_second_build_is_told_of_the_first_and_a_dead_one_blocks_nobody(
    night: Warehouse,
) -> None:
    command = [sys.executable, "-c", BUILD_THAT_WAITS, night.root]
    with subprocess.Popen(command, cwd=ROOT, stdin=-1, stdout=-1, text=True) as first:
        assert first.stdout.readline() == "here\n"
        code, line = stopped("build", "-w", night.root)
        assert (code, f"psx build (process {first.pid} on " in line) == (ExitCode.LOCKED, True)
        first.kill()
    assert str(first.pid) in (night.root / ".lock").read_text(encoding="utf-8")
    assert psx("build", "-w", night.root).returncode == 0


def test_a_file_of_somebody_else_in_the_way_is_left_alone(tmp_path: Path) -> None:
    add_page(tmp_path, "1000", "101.00")
    (tmp_path / "market.duckdb").write_bytes(b"mine")
    with pytest.raises(InputError, match="is in the way"):
        run_night(tmp_path)
    assert (tmp_path / "market.duckdb").read_bytes() == b"mine"
    assert not (tmp_path / "current").is_symlink()
    assert list((tmp_path / "generations").iterdir()) == []


def test_a_folder_of_somebody_else_in_the_way_leaves_the_last_night_published(
    night: Warehouse,
) -> None:
    published = night.current.resolve()
    night.export.unlink()
    night.export.mkdir()
    for _ in range(2):
        with pytest.raises(InputError, match=r"export: .*is in the way"):
            next_night(night)
    assert price(night) == 101
    assert list(night.generations.iterdir()) == [published]


def test_a_link_to_somebody_elses_file_stops_the_night(night: Warehouse, tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    other.write_bytes(b"mine")
    night.database.unlink()
    night.database.symlink_to(other)
    with pytest.raises(InputError, match=r"market\.duckdb: .*is in the way"):
        next_night(night)
    assert night.database.readlink() == other


def test_what_a_killed_build_left_is_removed(night: Warehouse) -> None:
    left = night.generations / ".20240109T100000.000000Z.tmp"
    left.mkdir()
    (left / "market.duckdb").write_bytes(b"half")
    (night.root / ".current.new").symlink_to("nowhere")
    next_night(night)
    assert list(night.generations.glob(".*")) == []
    assert not (night.root / ".current.new").is_symlink()
    assert price(night) == 111


def cli(file: Path, query: str) -> str:
    command = [DUCKDB, "-readonly", "-noheader", "-list", file, "-c", query]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_reader_keeps_its_night_and_the_next_one_sees_the_new(night: Warehouse) -> None:
    query = "select cast(last_price as integer) from daily_quotes"
    with duckdb.connect(night.database, read_only=True) as reader:
        assert reader.sql(query).fetchall() == [(101,)]
        next_night(night)
        assert reader.sql(query).fetchall() == [(101,)]
        assert cli(night.database, query) == "111"
    assert pl.read_parquet(night.export / "daily_quotes.parquet")["last_price"].to_list() == [111]


def test_the_command_line_of_duckdb_reads_tables_views_and_comments(sample: Warehouse) -> None:
    assert cli(sample.database, "select version()") == "v1.5.6"
    assert cli(sample.database, "select count(*) from (from daily_movers)") != "0"
    assert cli(sample.database, "select count(*) from staging.files") == "72"
    said = cli(
        sample.database,
        "select comment from duckdb_columns() where table_name = 'daily_movers'"
        " and column_name = 'gainer_rank'",
    )
    assert said == "1 is the largest rise in percent"


KILLED_AT_A_RENAME = """
import os, signal, sys
from pathlib import Path
from jobs.models.build import build
from jobs.settings import Settings, Warehouse

moment, fatal = sys.argv[1], int(sys.argv[2])
rename, renames = Path.rename, 0

def killed(self, target):
    global renames
    renames += 1
    if renames < fatal:
        return rename(self, target)
    if moment == "after":
        rename(self, target)
    os.kill(os.getpid(), signal.SIGKILL)

Path.rename = killed
build(Warehouse(Path(sys.argv[3])), Settings())
"""


@pytest.fixture(scope="module")
def eves(tmp_path_factory: pytest.TempPathFactory) -> list[Warehouse]:
    """Warehouses with a page parsed and not yet built: before the first night, and after it."""
    roots = [tmp_path_factory.mktemp("eve") for _ in range(2)]
    for nights_before, root in enumerate(roots):
        add_page(root, "1000", "101.00")
        if nights_before:
            run_night(root)
        add_page(root, "1500", "111.00")
        ingest([root / "landing"], Lake(root / "lake"), root)
    return [Warehouse(root) for root in roots]


@pytest.fixture
def eve(eves: list[Warehouse], request: pytest.FixtureRequest) -> Warehouse:
    """That of `eves` which the test asks for."""
    return eves[request.param]


MARTS = sum(model.layer == "marts" for model in load_models(sql_folder()))


# The renames of a build: the marts, their manifest, the page, the generation, the link to it, and
# on the first night the three links of the readers.
@pytest.mark.parametrize(
    ("eve", "fatal", "moment", "published"),
    [
        (0, MARTS + 3, "before", None),
        (0, MARTS + 4, "before", None),
        (0, MARTS + 5, "before", None),
        (0, MARTS + 6, "before", 111),
        (0, MARTS + 6, "after", 111),
        (1, 5, "after", 101),
        (1, MARTS + 3, "before", 101),
        (1, MARTS + 3, "after", 101),
        (1, MARTS + 4, "before", 101),
        (1, MARTS + 4, "after", 111),
    ],
    indirect=["eve"],
)
def test_a_build_killed_at_a_rename_leaves_a_whole_warehouse(
    eve: Warehouse, fatal: int, moment: str, published: int | None, tmp_path: Path
) -> None:
    warehouse = Warehouse(tmp_path)
    shutil.copytree(eve.root, tmp_path, symlinks=True, dirs_exist_ok=True)
    command = [sys.executable, "-c", KILLED_AT_A_RENAME, moment, str(fatal), tmp_path]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    if published is None:
        assert not warehouse.database.exists()
    else:
        assert price(warehouse) == published
        if warehouse.export.exists():
            exported = pl.read_parquet(warehouse.export / "daily_quotes.parquet")
            assert exported["last_price"].to_list() == [published]
    build(warehouse, Settings())
    assert price(warehouse) == 111
    assert list(warehouse.generations.glob(".*")) == []
    assert list(tmp_path.glob(".*.new")) == []
    assert pl.read_parquet(warehouse.export / "daily_quotes.parquet")["last_price"].item() == 111
