"""Large files go on where a killed run stopped; many small batches become one."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from jobs.models.build import build
from jobs.settings import Settings, Warehouse
from jobs.snapshot.ingest import Options, Progress, ingest, plan
from jobs.snapshot.lake import MOST_SMALL_BATCHES, Lake
from jobs.snapshot.sources import Selection
from jobs.snapshot.versions import TABLES
from tests.conftest import ROOT, rows
from tests.support.containers import warc_record
from tests.support.pages import Quote, article, page, ticker

MEGABYTE = 1 << 20


def text(number: int) -> str:
    return page(ticker([Quote(f"S{number}", "110.00", "10.00", "10")]), number)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WET file of some twenty megabytes, which is streamed: sixty pages."""
    folder = tmp_path_factory.mktemp("landing")
    pages = (text(n) + article(n, 3) + "kites " * 60_000 for n in range(60))
    (folder / "a.wet").write_bytes(b"".join(warc_record(p.encode()) for p in pages))
    return folder


def tables(lake: Lake) -> dict[str, pl.DataFrame]:
    """The rows of the lake that count, in one order."""
    found = {name: pl.read_parquet(lake.parquet_files(name)) for name in TABLES}
    return {name: table.sort(table.columns) for name, table in found.items()}


KILLED_BEHIND_A_BATCH = """
import os, signal, sys
from pathlib import Path
from jobs.snapshot.ingest import Options, ingest
from jobs.snapshot.lake import Lake, Writer

commit, commits = Writer.commit, 0

def killed(self):
    global commits
    commit(self)
    commits += 1
    if commits == 3:
        os.kill(os.getpid(), signal.SIGKILL)

Writer.commit = killed
home = Path(sys.argv[2])
ingest([Path(sys.argv[1])], Lake(home / "lake"), home, Options(batch_megabytes=1))
"""


def test_a_run_killed_within_a_large_file_goes_on_behind_what_it_committed(
    archive: Path, tmp_path: Path
) -> None:
    whole = Lake(tmp_path / "whole" / "lake")
    ingest([archive], whole, tmp_path / "whole", Options(batch_megabytes=1))
    assert len(whole.batches()) > 4

    home = tmp_path / "killed"
    command = [sys.executable, "-c", KILLED_BEHIND_A_BATCH, archive, home]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    lake = Lake(home / "lake")
    ((file_id, committed),) = lake.begun_files().items()
    assert 0 < committed < 60
    assert lake.known_files().is_empty()
    found = ingest([archive], lake, home, Options(batch_megabytes=1))
    assert (found.files_parsed, found.documents) == (1, 60 - committed)
    assert lake.begun_files() == {}
    for name, table in tables(whole).items():
        assert tables(lake)[name].equals(table), name
    assert lake.known_files()["file_id"].to_list() == [file_id]


def test_documents_of_a_file_that_was_not_ended_are_in_no_mart(
    archive: Path, tmp_path: Path
) -> None:
    home = tmp_path / "killed"
    command = [sys.executable, "-c", KILLED_BEHIND_A_BATCH, archive, home]
    subprocess.run(command, cwd=ROOT, check=False)
    build(Warehouse(home), Settings())
    assert rows(Warehouse(home), "select document_count, accepted_line_count from build_info") == [
        {"document_count": 0, "accepted_line_count": 0}
    ]


def small_nights(root: Path, *numbers: int) -> Lake:
    """A night for each number, with one new page."""
    lake = Lake(root / "lake")
    (root / "landing").mkdir(exist_ok=True)
    for number in numbers:
        (root / "landing" / f"{number}.txt").write_text(text(number), encoding="utf-8")
        ingest([root / "landing"], lake, root)
    return lake


def test_many_small_batches_become_one_and_lose_nothing(tmp_path: Path) -> None:
    lake = small_nights(tmp_path, *range(MOST_SMALL_BATCHES))
    before = tables(lake)
    assert len(lake.batches()) == MOST_SMALL_BATCHES

    small_nights(tmp_path, MOST_SMALL_BATCHES)
    one = f"batch-00000001-{MOST_SMALL_BATCHES + 1:08}"
    assert [batch.name for batch in lake.batches()] == [one]
    # Who was reading the small ones can go on, until the next run that writes.
    assert len(list(lake.folder.glob("batch-*"))) == MOST_SMALL_BATCHES + 2
    after = tables(lake)
    for name, table in before.items():
        assert after[name].join(table, on=table.columns, nulls_equal=True).equals(table), name
    assert after["documents"].height == MOST_SMALL_BATCHES + 1
    assert sorted(after["lines"]["symbol"]) == sorted(f"S{n}" for n in range(65))

    small_nights(tmp_path, MOST_SMALL_BATCHES + 1)
    assert [batch.name for batch in lake.batches()] == [one, "batch-00000066"]
    assert len(list(lake.folder.iterdir())) == 2


def test_a_compaction_that_was_killed_changes_nothing(tmp_path: Path) -> None:
    lake = small_nights(tmp_path, 0, 1, 2)
    before = tables(lake)
    shutil.copytree(lake.batches()[0], lake.folder / ".batch-00000001-00000003.tmp")
    for name, table in tables(lake).items():
        assert table.equals(before[name]), name
    small_nights(tmp_path, 3)
    assert len(list(lake.folder.iterdir())) == 4


def test_a_selection_takes_files_by_time_name_and_number(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    (landing / "may").mkdir(parents=True)
    for number, name in enumerate(["a.txt", "b.html", "may/c.txt", "may/d.txt"]):
        (landing / name).write_text(text(number), encoding="utf-8")
        moment = datetime(2024, 5, 1 + number).timestamp()
        os.utime(landing / name, (moment, moment))

    def names(selection: Selection) -> list[str]:
        planned = plan([landing], Lake(tmp_path / "lake"), landing, selection)
        return [file.path for file in planned]

    assert names(Selection(since=datetime(2024, 5, 3))) == ["may/c.txt", "may/d.txt"]
    assert names(Selection(glob="*.txt")) == ["a.txt", "may/c.txt", "may/d.txt"]
    assert names(Selection(glob="may/*")) == ["may/c.txt", "may/d.txt"]
    assert names(Selection(limit=2)) == ["a.txt", "b.html"]
    assert not (tmp_path / "lake").exists()

    lake = Lake(tmp_path / "lake")
    taken = [ingest([landing], lake, landing, Options(selection=Selection(limit=3))) for _ in "123"]
    assert [found.documents for found in taken] == [3, 1, 0]


def test_progress_counts_bytes_and_documents_up_to_the_whole(archive: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    ingest([archive], Lake(tmp_path), tmp_path, Options(batch_megabytes=1), told.append)
    size = (archive / "a.wet").stat().st_size
    assert told[0] == (0, size, 0)
    assert [p.bytes_done for p in told] == sorted(p.bytes_done for p in told)
    assert told[-1].bytes_done == size
    assert {p.bytes_in_all for p in told} == {size}
    assert 0 < told[-1].documents <= 60
