"""A run may be killed at any moment: the next one finds whole batches, and no lock in its way."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from jobs.errors import ExitCode, LockedError
from jobs.files import commit_folder, exclusive, remove_leftovers, swap_link
from jobs.snapshot.ingest import Options, ingest
from jobs.snapshot.lake import Lake
from jobs.snapshot.schemas import LINES
from jobs.snapshot.versions import TABLES
from tests.conftest import ROOT
from tests.support.pages import Quote, page, ticker

KILLED_AT_A_RENAME = """
import os, signal, sys
from pathlib import Path
from jobs.snapshot.ingest import Options, ingest
from jobs.snapshot.schemas import LINES
from jobs.snapshot.lake import Lake

moment, fatal, landing, home = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
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
ingest([landing], Lake(home / "lake"), home, Options(batch_megabytes=1))
"""

HOLDS_THE_LOCK = """
import sys
from pathlib import Path
from jobs.files import exclusive

with exclusive(Path(sys.argv[1]), "parse"):
    print("held", flush=True)
    sys.stdin.read()
"""


def child(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pages of more than a megabyte, a batch each when a batch is one megabyte."""
    folder = tmp_path_factory.mktemp("landing")
    for number, symbol in enumerate(["AAA", "BBB", "CCC"]):
        block = ticker([Quote(symbol, "110.00", "10.00", "10")])
        (folder / f"{number}.txt").write_text(page(block, number) + "kites " * 200_000, "utf-8")
    return folder


def tables(lake: Lake) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the lake, batch by batch."""
    return {
        name: [row for file in lake.parquet_files(name) for row in pl.read_parquet(file).rows()]
        for name in TABLES
    }


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("fatal", [1, 2, 3])
def test_a_run_killed_at_a_commit_is_made_good_by_the_next(
    moment: str, fatal: int, landing: Path, tmp_path: Path
) -> None:
    undisturbed, home = Lake(tmp_path / "undisturbed" / "lake"), tmp_path / "home"
    ingest([landing], undisturbed, tmp_path / "undisturbed", Options(batch_megabytes=1))
    assert len(undisturbed.batches()) == 3

    killed = subprocess.run(
        child(KILLED_AT_A_RENAME, moment, fatal, landing, home), cwd=ROOT, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    lake = Lake(home / "lake")
    committed = fatal if moment == "after" else fatal - 1
    assert len(lake.batches()) == committed
    assert len(list(lake.folder.glob(".*.tmp"))) == (moment == "before")
    assert lake.known_files().height == committed

    found = ingest([landing], lake, home, Options(batch_megabytes=1))
    assert (found.files_unchanged, found.files_parsed) == (committed, 3 - committed)
    assert tables(lake) == tables(undisturbed)
    assert [line[3] for line in tables(lake)["lines"]] == ["AAA", "BBB", "CCC"]
    if committed < 3:
        assert list(lake.folder.glob(".*")) == []


def test_leftovers_of_a_killed_run_are_never_read_and_go_with_the_next_batch(
    landing: Path, tmp_path: Path
) -> None:
    lake = Lake(tmp_path / "lake")
    for name in [".batch-00000001.tmp", ".batch-00000007.tmp"]:
        (lake.folder / name).mkdir(parents=True)
        (lake.folder / name / "files.parquet").write_bytes(b"PAR1 and no more")
    assert lake.batches() == []
    assert lake.known_files().height == 0
    ingest([landing], lake, tmp_path)
    assert [entry.name for entry in lake.folder.iterdir()] == ["batch-00000001"]


def test_a_batch_whose_writing_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")

    def fail() -> None:
        with lake.writer(1) as writer:
            writer.append(0, lines=LINES.empty_table())
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        fail()
    assert list(lake.folder.iterdir()) == []


def test_batches_are_numbered_on_from_the_newest(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for _ in range(11):
        with lake.writer(1) as writer:
            writer.append(1, lines=LINES.empty_table())
    lake.batches()[0].rename(tmp_path / "away")
    with lake.writer(1) as writer:
        writer.append(1, lines=LINES.empty_table())
    assert [batch.name for batch in lake.batches()] == [f"batch-{n:08}" for n in range(2, 13)]


def test_only_hidden_folders_that_end_in_tmp_are_leftovers(tmp_path: Path) -> None:
    for name in [".a.tmp/deep", "b.tmp", ".c", "batch-00000001"]:
        (tmp_path / name).mkdir(parents=True)
    remove_leftovers(tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".c", "b.tmp", "batch-00000001"]


def test_a_committed_folder_is_there_under_its_final_name_alone(tmp_path: Path) -> None:
    written = tmp_path / ".new.tmp"
    (written / "deep").mkdir(parents=True)
    (written / "deep" / "file").write_text("whole", "utf-8")
    commit_folder(written, tmp_path / "new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["new"]
    assert (tmp_path / "new" / "deep" / "file").read_text("utf-8") == "whole"


def test_a_second_process_is_told_who_holds_the_lock_until_the_holder_is_dead(
    tmp_path: Path,
) -> None:
    lock = tmp_path / ".lock"
    command = child(HOLDS_THE_LOCK, lock)
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(LockedError) as caught, exclusive(lock, "build"):
                pass
            message = str(caught.value)
            assert str(lock.parent) in message
            assert f"psx parse (process {holder.pid} on {os.uname().nodename}, since " in message
            assert "\n" not in message
            assert caught.value.exit_code == ExitCode.LOCKED == 5
        finally:
            holder.kill()
        assert holder.wait() == -signal.SIGKILL
    assert json.loads(lock.read_text("utf-8"))["pid"] == holder.pid
    with exclusive(lock, "build"):  # the dead holder's name stands there still, and bars no one
        assert json.loads(lock.read_text("utf-8"))["pid"] == os.getpid()


def test_the_lock_is_free_again_after_its_block_however_that_ends(tmp_path: Path) -> None:
    def fail() -> None:
        with exclusive(tmp_path / ".lock", "build"):
            raise RuntimeError("a check failed")

    for _ in range(2):
        with pytest.raises(RuntimeError, match="a check failed"):
            fail()


def generations(folder: Path, *names: str) -> list[Path]:
    made = [folder / "generations" / name for name in names]
    for generation in made:
        generation.mkdir(parents=True)
        (generation / "name").write_text(generation.name, "utf-8")
    return made


def test_a_link_is_made_and_then_swapped_and_moves_with_its_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    old, new = generations(home, "old", "new")
    link = home / "current"
    swap_link(link, old)
    assert (link / "name").read_text("utf-8") == "old"
    with (link / "name").open(encoding="utf-8") as reader:
        swap_link(link, new)
        assert reader.read() == "old"
    assert link.readlink() == Path("generations/new")
    home.rename(tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "current" / "name").read_text("utf-8") == "new"
    assert sorted(p.name for p in (tmp_path / "elsewhere").iterdir()) == ["current", "generations"]


SWAPS_AND_IS_KILLED = """
import os, signal, sys
from pathlib import Path
from jobs.files import swap_link

rename = Path.rename

def killed(self, target):
    if sys.argv[1] == "after":
        rename(self, target)
    os.kill(os.getpid(), signal.SIGKILL)

Path.rename = killed
swap_link(Path(sys.argv[2]), Path(sys.argv[3]))
"""


@pytest.mark.parametrize(("moment", "shown"), [("before", "old"), ("after", "new")])
def test_a_swap_that_is_killed_leaves_the_old_link_or_the_new(
    moment: str, shown: str, tmp_path: Path
) -> None:
    old, new, newest = generations(tmp_path, "old", "new", "newest")
    link = tmp_path / "current"
    swap_link(link, old)
    killed = subprocess.run(child(SWAPS_AND_IS_KILLED, moment, link, new), cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (link / "name").read_text("utf-8") == shown
    swap_link(link, newest)
    assert (link / "name").read_text("utf-8") == "newest"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current", "generations"]
