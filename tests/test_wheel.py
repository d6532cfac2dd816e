"""The wheel holds all that psx needs, and works from any folder; `make wheel` installs it anew."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bench.wheel import build_sample, build_wheel
from jobs.settings import Warehouse
from tests.conftest import ROOT, rows


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the wheel, as an installer puts it into place."""
    wheel = build_wheel(tmp_path_factory.mktemp("dist"))
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_the_wheel_holds_every_file_of_the_package_and_of_the_models(unpacked: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "jobs", "sql"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(listed) > 100
    for name in listed:
        place = unpacked / ("jobs" if name.startswith("sql/") else "") / name
        assert place.read_bytes() == (ROOT / name).read_bytes(), name


def test_the_wheel_builds_the_sample_from_any_folder(unpacked: Path, tmp_path: Path) -> None:
    python = [sys.executable, "-P"]
    where = subprocess.run(
        [*python, "-c", "import jobs; print(jobs.__file__)"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.strip() == str(unpacked / "jobs" / "__init__.py")
    warehouse = Warehouse(build_sample(python, tmp_path, PYTHONPATH=str(unpacked)))
    assert (warehouse.report / "index.html").is_file()
    ((count,),) = [tuple(row.values()) for row in rows(warehouse, "select count(*) from captures")]
    assert count > 50
