"""What earlier versions wrote opens, builds to the same marts, and is not parsed again."""

import shutil
import subprocess
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from jobs.models.checksums import verify_checksums
from jobs.models.publish import published_build
from jobs.settings import Warehouse
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake
from jobs.snapshot.versions import STEPS, TABLES, VERSION
from tests.conftest import rows
from tests.fixtures.make import FIXTURES, SETTINGS, unpack
from tests.support.commands import DUCKDB, psx, stopped
from tests.support.nights import lake_rows, leftovers, marts, page_of
from tests.support.shim import NO_SHIM, shimmed

RELEASES = sorted(folder.name for folder in FIXTURES.iterdir() if folder.name.startswith("v"))
OF_FIGURES = ("daily_", "weekly_", "monthly_", "symbol_summary")
"""Marts that a release may add columns to, and whose figures it may not change."""


@pytest.fixture(params=RELEASES)
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The warehouse folder of a release."""
    unpack(FIXTURES / request.param / "warehouse.tar.xz", tmp_path / "home")
    (tmp_path / "home" / "tmp").mkdir()
    # Its market is made up; the release had no history of its own to leave out.
    (tmp_path / "home" / "psx.toml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path / "home"


@pytest.fixture
def version_0(tmp_path: Path) -> Path:
    """A warehouse folder of before the first release, with the lake of those days."""
    unpack(FIXTURES / "lake-version-0.tar.xz", tmp_path / "old")
    (tmp_path / "old" / "tmp").mkdir()
    return tmp_path / "old"


def figures(root: Path) -> dict[str, list[dict[str, object]]]:
    return {name: table for name, table in marts(root).items() if name.startswith(OF_FIGURES)}


def test_a_published_warehouse_opens_with_this_version_and_with_the_command_line(
    released: Path,
) -> None:
    build = published_build(Warehouse(released))
    assert build is not None
    assert verify_checksums(build) > 20
    for words in (["status"], ["movers"], ["explain", "SA", "2024-01-09"]):
        assert psx(*words, "-w", released).returncode == 0
    query = "select count(distinct trade_date), min(trade_date) from daily_movers"
    command = [DUCKDB, "-readonly", "-noheader", "-list", released / "market.duckdb", "-c", query]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert shown == "6|2024-01-09\n"


def test_a_lake_builds_to_the_marts_that_were_published_and_can_be_rolled_back_to(
    released: Path,
) -> None:
    before, build = figures(released), published_build(Warehouse(released))
    assert build is not None
    parsed = psx("parse", "-w", released)
    assert (parsed.returncode, parsed.stdout.startswith("parsed 0 new of 7")) == (0, True)
    assert psx("build", "-w", released).returncode == 0
    after = figures(released)
    assert before.keys() <= after.keys()
    assert len(before) >= 12
    for name, expected in before.items():
        columns = expected[0].keys() if expected else ()
        assert [{c: row[c] for c in columns} for row in after[name]] == expected, name
    assert rows(Warehouse(released), "from restatements") == []
    assert psx("diff", "-w", released).returncode == 0
    assert psx("rollback", "-w", released).stdout == f"published {build.name} again\n"
    assert figures(released) == before
    assert leftovers(released) == []


def test_the_lake_of_before_the_first_release_is_brought_forward_and_not_parsed_again(
    version_0: Path, released: Path
) -> None:
    lake = Lake(version_0 / "lake")
    (old,) = lake.batches()
    assert "member" not in pq.read_schema(old / "documents.parquet").names
    found = ingest([version_0 / "landing"], lake, version_0)
    assert found.files_parsed == 0
    upgraded = lake.batches()[0]
    assert upgraded.name == f"batch-00000001-v{VERSION}"
    for table, schema in TABLES.items():
        assert pq.read_schema(upgraded / f"{table}.parquet").equals(schema)
    brought, written = lake_rows(version_0), lake_rows(released)
    assert sorted(map(str, brought["lines"])) == sorted(map(str, without_keys(brought, written)))
    assert [d["outcome"] for d in brought["documents"]] == [
        d["outcome"] for d in written["documents"]
    ]
    assert brought["damage"] == []
    for name in ("history.csv", "psx.toml"):
        shutil.copy(released / name, version_0)
    assert psx("build", "-w", version_0).returncode == 0
    expected = figures(released)
    assert {name: without_blocks(t) for name, t in figures(version_0).items()} == {
        name: without_blocks(t) for name, t in expected.items()
    }


def without_keys(
    brought: dict[str, list[dict[str, object]]], written: dict[str, list[dict[str, object]]]
) -> list[dict[str, object]]:
    """The lines that this version wrote, under the keys that blocks had in the old lake."""
    keys = {
        new["block_id"]: old["block_id"]
        for old, new in zip(brought["documents"], written["documents"], strict=True)
    }
    return [{**line, "block_id": keys[line["block_id"]]} for line in written["lines"]]


def without_blocks(table: list[dict[str, object]]) -> list[dict[str, object]]:
    """Rows but for the keys of blocks, which were made in another way."""
    return [{c: v for c, v in row.items() if c != "capture_id"} for row in table]


def test_what_an_upgrade_replaced_goes_a_run_later(version_0: Path) -> None:
    lake = Lake(version_0 / "lake")
    lake.upgrade()
    both = ["batch-00000001", f"batch-00000001-v{VERSION}"]
    assert sorted(path.name for path in lake.folder.iterdir()) == both
    lake.upgrade()
    assert [batch.name for batch in lake.batches()] == both[1:]
    (version_0 / "landing" / "s7.txt").write_text(page_of(7), encoding="utf-8")
    found = ingest([version_0 / "landing"], lake, version_0)
    assert found.files_parsed == 1
    assert sorted(path.name for path in lake.folder.iterdir()) == [both[1], "batch-00000002"]


@pytest.mark.skipif(bool(NO_SHIM), reason=NO_SHIM)
@pytest.mark.parametrize("at", range(1, 8))
def test_an_upgrade_that_is_killed_is_done_by_the_next_run(at: int, version_0: Path) -> None:
    from tests.support.nights import Scene, run  # noqa: PLC0415 - only here

    scene = Scene(("parse",), lambda _: None, lake_rows)
    before = lake_documents(version_0)
    run(version_0, scene, **shimmed(version_0, at=at, do="before"))
    assert run(version_0, scene).code == 0
    assert lake_documents(version_0) == before
    assert next(batch.name for batch in Lake(version_0 / "lake").batches()).endswith("-v1")
    assert leftovers(version_0) == []


def lake_documents(root: Path) -> list[object]:
    files = Lake(root / "lake").parquet_files("documents")
    return [key for file in files for key in pq.read_table(file)["document_id"].to_pylist()]


def test_there_is_a_step_from_each_version_to_the_next() -> None:
    assert len(STEPS) == VERSION


def test_a_lake_of_a_newer_program_is_refused(released: Path) -> None:
    lake = released / "lake"
    shutil.copytree(lake / "batch-00000001", lake / f"batch-00000002-v{VERSION + 1}")
    for command in ("parse", "build"):
        code, said = stopped(command, "-w", released)
        assert (code, said) == (
            3,
            f"{lake / f'batch-00000002-v{VERSION + 1}'}: of version {VERSION + 1} of the lake, and"
            f" this psx knows {VERSION}; install the psx that wrote it, or remove the lake and"
            " parse anew",
        )
    checked = psx("check", "-w", released)
    assert checked.returncode == 0, checked.stderr
    assert "ticker_lines" in checked.stderr  # which the release did not have


def test_a_table_that_somebody_lost_is_no_older_version(released: Path) -> None:
    (released / "lake" / "batch-00000001" / "damage.parquet").unlink()
    code, said = stopped("build", "-w", released)
    assert (code, "damage.parquet" in said) == (3, True)


def test_a_database_without_a_table_of_today_still_builds(released: Path) -> None:
    """As one of an older release: what it does not have counts as empty."""
    with duckdb.connect(Warehouse(released).database.resolve()) as connection:
        connection.execute("drop table model_runs; alter table build_history drop warning_count")
    assert psx("build", "-w", released).returncode == 0
