"""The order in which files arrive changes nothing: not within a night, not over several nights."""

import random
from pathlib import Path

import duckdb
import pytest

from jobs.models.build import build
from jobs.models.graph import mart_keys
from jobs.settings import Settings, Warehouse, sql_folder
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake
from tests.conftest import ROOT, run_night

LANDING = ROOT / "warehouse" / "landing"

Marts = dict[str, list[dict[str, object]]]


def marts(warehouse: Warehouse) -> Marts:
    """Every row of every mart, but for the name and the time of the build."""
    with duckdb.connect(warehouse.database, read_only=True) as connection:
        names = connection.sql(
            "select table_name from duckdb_tables() where schema_name = 'main' order by table_name"
        ).fetchall()
        found = {
            name: connection.sql(f"from {name} order by all").to_arrow_table().to_pylist()
            for (name,) in names
        }
    for about_builds in ("restatements", "build_history", "model_runs"):
        del found[about_builds]  # they depend on the builds before, and on the clock
    for build_row in found["build_info"]:
        for of_this_run in ("build_id", "built_at", "took_seconds", "code_commit"):
            del build_row[of_this_run]
    return found


def snapshot_files() -> list[Path]:
    return sorted(path for path in LANDING.rglob("*") if ".txt" in path.suffixes)


@pytest.fixture(scope="module")
def expected(sample: Warehouse) -> Marts:
    found = marts(sample)
    assert len(found) == len(mart_keys(sql_folder())) - 3  # those about builds are left out
    empty = {name for name, found_rows in found.items() if not found_rows}
    assert empty == {"damaged_spans", "price_adjustments"}
    return found


def test_files_in_another_order_give_the_same_marts(expected: Marts, tmp_path: Path) -> None:
    files = snapshot_files()
    random.Random(1).shuffle(files)
    warehouse = Warehouse(tmp_path)
    for file in files:  # a batch each, in this order
        ingest([file], Lake(warehouse.lake), warehouse.root)
    build(warehouse, Settings())
    assert marts(warehouse) == expected


def test_two_halves_on_two_nights_give_the_same_marts(expected: Marts, tmp_path: Path) -> None:
    files = snapshot_files()
    random.Random(3).shuffle(files)
    run_night(tmp_path, *files[: len(files) // 2])
    warehouse = run_night(tmp_path, *files[len(files) // 2 :])
    assert marts(warehouse) == expected


def test_a_second_night_without_new_files_changes_nothing(expected: Marts, tmp_path: Path) -> None:
    run_night(tmp_path, LANDING)
    assert marts(run_night(tmp_path, LANDING)) == expected
