"""The order in which files arrive changes nothing: not within a night, not over several nights."""

import random
from pathlib import Path

import pytest

from jobs.models.build import build
from jobs.models.graph import mart_keys
from jobs.settings import Settings, Warehouse, sql_folder
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake
from tests.conftest import ROOT, run_night
from tests.support.nights import Marts, marts

LANDING = ROOT / "warehouse" / "landing"


def snapshot_files() -> list[Path]:
    return sorted(path for path in LANDING.rglob("*") if ".txt" in path.suffixes)


@pytest.fixture(scope="module")
def expected(sample: Warehouse) -> Marts:
    found = marts(sample.root)
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
    assert marts(warehouse.root) == expected


def test_two_halves_on_two_nights_give_the_same_marts(expected: Marts, tmp_path: Path) -> None:
    files = snapshot_files()
    random.Random(3).shuffle(files)
    run_night(tmp_path, *files[: len(files) // 2])
    warehouse = run_night(tmp_path, *files[len(files) // 2 :])
    assert marts(warehouse.root) == expected


def test_a_second_night_without_new_files_changes_nothing(expected: Marts, tmp_path: Path) -> None:
    run_night(tmp_path, LANDING)
    assert marts(run_night(tmp_path, LANDING).root) == expected
