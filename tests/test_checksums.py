"""What was published stays as it was: a list of checksums says so, and psx check reads it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from jobs.errors import ExitCode
from jobs.models.checksums import verify_checksums
from jobs.settings import Warehouse
from tests.conftest import run_night
from tests.support.commands import psx, stopped
from tests.support.scenes import MARKET, night


@pytest.fixture
def copy(sample: Warehouse, tmp_path: Path) -> Warehouse:
    """The sample, to be damaged."""
    shutil.copytree(sample.root, tmp_path, symlinks=True, dirs_exist_ok=True)
    return Warehouse(tmp_path)


def test_the_list_names_every_file_and_the_standard_tool_agrees(sample: Warehouse) -> None:
    folder = sample.current.resolve()
    listed = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    names = [line.split("  ", 1)[1] for line in listed]
    exported = sorted(f"export/{file.name}" for file in sample.export.iterdir())
    assert names == [*exported, "market.duckdb", "report/index.html"]
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=True)
    assert verify_checksums(folder) == len(names)


def test_the_check_counts_the_files_that_are_as_they_were(copy: Warehouse) -> None:
    count = len(list(copy.export.iterdir())) + 2  # the database and the page
    done = psx("check", "-w", copy.root)
    assert done.stdout.splitlines()[-1] == f"{count} files are as they were published"
    assert "files are" not in psx("check", "--select", "daily_movers", "-w", copy.root).stdout


def spoil(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def write(database: Path) -> None:
    with duckdb.connect(database) as connection:
        connection.execute("create table mine as select 1 as i")


@pytest.mark.parametrize(
    ("name", "harm", "problem"),
    [
        ("export/daily_movers.parquet", spoil, "is not as it was published"),
        ("export/daily_movers.parquet", Path.unlink, "is gone"),
        ("export/mine.csv", Path.touch, "is no file of the build"),
        ("market.duckdb", write, "is not as it was published"),
        ("SHA256SUMS", Path.unlink, "there is no such file"),
    ],
)
def test_whatever_is_not_as_it_was_published_is_told(
    name: str, harm: Callable[[Path], object], problem: str, copy: Warehouse
) -> None:
    file = copy.current.resolve() / name
    harm(file)
    done = psx("check", "-w", copy.root)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, line.startswith(f"psx: {file}: {problem}; ")) == (ExitCode.INPUT, True)


def test_a_published_file_that_somebody_changed_is_no_ground_to_build_on(copy: Warehouse) -> None:
    write(copy.database)
    code, line = stopped("build", "--select", "daily_movers", "-w", copy.root)
    assert (code, "market.duckdb: is not as it was" in line) == (ExitCode.INPUT, True)


def test_a_changed_generation_is_not_published_again(tmp_path: Path) -> None:
    first = night(tmp_path, {"a": MARKET.page(5)}).current.resolve()
    run_night(tmp_path, history=tmp_path / "history.csv")
    spoil(first / "export" / "daily_quotes.parquet")
    code, line = stopped("rollback", "-w", tmp_path)
    assert (code, "daily_quotes.parquet: is not as it was" in line) == (ExitCode.INPUT, True)
    assert Warehouse(tmp_path).current.resolve() != first
