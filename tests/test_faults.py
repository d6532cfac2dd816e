"""A disk that is full, folders that may not be touched, input that goes away or grows, odd names.

Each ends with the right exit code and one line; the last good warehouse stays whole, and the next
run is a good one.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.faults import FAULTS, Fault, suffered
from bench.kill import Stage, copy
from jobs.errors import ExitCode
from jobs.models import build as build_module
from jobs.models.build import build
from jobs.models.publish import GRACE_SECONDS, earlier_build, kept_builds, published_build
from jobs.settings import Settings, Warehouse
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake
from tests.conftest import rows
from tests.support.commands import PSX, psx, run, stopped
from tests.support.nights import arrived, leftovers, marts, not_whole, page_of
from tests.support.shim import NO_SHIM

NOBODY = 65534


@pytest.fixture(scope="module")
def one_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse after one night; the pages of the next have arrived."""
    root = tmp_path_factory.mktemp("faults") / "warehouse"
    arrived(root)
    return root


@pytest.fixture
def home(one_night: Path, tmp_path: Path) -> Path:
    """A copy of it, for one test."""
    copy(one_night, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many kilobytes in memory."""
    place = tmp_path / "disk"
    place.mkdir()

    def mounted(kilobytes: int) -> Path:
        words = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", place]
        try:
            made = run(*words)
        except FileNotFoundError:
            pytest.skip("there is no mount command here")
        if made.returncode:
            pytest.skip(f"no disk may be mounted here ({made.stderr.strip()})")
        return place

    yield mounted
    if place.is_mount():
        run("umount", "--lazy", place)


def fill(place: Path, leave: int) -> Path:
    """A file that leaves so many kilobytes of a disk."""
    free = shutil.disk_usage(place).free - leave * 1024
    ballast = place / "ballast"
    ballast.write_bytes(bytes(free))
    return ballast


@pytest.mark.parametrize(("command", "leave"), [("parse", 40), ("build", 0), ("build", 6000)])
def test_a_full_disk_leaves_the_last_night_and_room_is_all_that_the_next_run_needs(
    command: str, leave: int, one_night: Path, small_disk: Callable[[int], Path]
) -> None:
    disk = small_disk(120_000)
    root = disk / "home"
    copy(one_night, root)
    if command == "build":
        assert psx("parse", "-w", root).returncode == 0
    before = published_build(Warehouse(root))
    ballast = fill(disk, leave)
    code, said = stopped(command, "-w", root)
    assert (code, said.endswith("No space left on device; make room and run again")) == (3, True)
    assert list(not_whole(root)) == []
    assert published_build(Warehouse(root)) == before
    ballast.unlink()
    assert psx("parse", "-w", root).returncode == 0
    assert psx("build", "-w", root).returncode == 0
    assert leftovers(root) == []


@pytest.mark.skipif(bool(NO_SHIM), reason=NO_SHIM)
@pytest.mark.parametrize("what", FAULTS)
def test_whichever_write_fails_a_parse_ends_with_one_line_and_is_made_good(
    what: str, tmp_path: Path
) -> None:
    """The short form of `make faults`."""
    stage = Stage.set_up("compaction", tmp_path)
    tried = [("data", at) for at in (1, 2, 9, 30)] + [("names", at) for at in range(1, 16, 3)]
    outcomes = [suffered(Fault(stage, what, kind, at)) for kind, at in tried]
    assert [problem for _, _, problems in outcomes for problem in problems] == []
    assert {code for _, code, _ in outcomes} <= {ExitCode.DONE, ExitCode.INPUT}
    assert sum(code == ExitCode.INPUT for _, code, _ in outcomes) >= len(tried) - 2


def as_nobody(*words: object) -> tuple[int, str]:
    """The exit code and the first line of a command of a user without rights."""
    if os.geteuid():
        pytest.skip("only root can try out another user")
    if not shutil.which("setpriv"):
        pytest.skip("there is no setpriv here to try out another user")
    change = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if run(*change, PSX, "--help").returncode:
        pytest.skip("another user may not run psx here")
    done = run(*change, PSX, *words)
    lines = done.stderr.splitlines()
    assert all(line.startswith("psx: ") for line in lines), done.stderr
    return done.returncode, lines[0].removeprefix("psx: ")


@pytest.fixture
def shared_home(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same where another user can pass to it."""
    top = tmp_path_factory.getbasetemp()
    while not top.name.startswith("pytest-of-") and top != top.parent:
        top = top.parent
    for parent in home.parents:
        if parent.is_relative_to(top):
            parent.chmod(0o755)
    return home


@pytest.mark.parametrize("command", ["parse", "build", "rollback"])
def test_a_folder_that_may_not_be_written_to_is_named(command: str, shared_home: Path) -> None:
    code, said = as_nobody(command, "-w", shared_home)
    assert (code, said) == (
        3,
        f"{shared_home / '.lock'}: Permission denied; let psx's user do that and run again",
    )
    assert list(not_whole(shared_home)) == []


def test_whoever_may_read_can_read_and_cannot_export_into_it(shared_home: Path) -> None:
    code, said = as_nobody("export", shared_home / "out", "-w", shared_home)
    assert (code, str(shared_home / "out") in said, "Permission denied" in said) == (3, True, True)


def test_a_file_that_may_not_be_read_waits_and_a_folder_that_may_not_be_listed_stops(
    shared_home: Path,
) -> None:
    for path in [shared_home, *shared_home.rglob("*")]:
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False) if not os.geteuid() else None
    secret = shared_home / "landing" / "s1.txt"
    secret.write_text("another text", encoding="utf-8")
    os.chown(secret, 0, 0) if not os.geteuid() else None
    secret.chmod(0o600)
    code, said = as_nobody("parse", "-w", shared_home)
    assert (code, said) == (
        0,
        "refused landing/s1.txt: cannot be read (Permission denied); it is tried again next time",
    )
    locked = shared_home / "landing" / "below"
    locked.mkdir(mode=0o700)
    assert as_nobody("parse", "-w", shared_home) == (
        3,
        f"{locked}: cannot be listed (Permission denied)",
    )


def test_a_read_only_disk_is_named(one_night: Path, small_disk: Callable[[int], Path]) -> None:
    disk = small_disk(60_000)
    root = disk / "home"
    copy(one_night, root)
    assert run("mount", "-o", "remount,ro", disk).returncode == 0
    for command in ("parse", "build"):
        code, said = stopped(command, "-w", root)
        assert code == 3
        assert said == f"{root / '.lock'}: Read-only file system; make it writable and run again"
    assert psx("check", "-w", root).returncode == 0
    assert psx("status", "-w", root).returncode == 0


class Meddled:
    """Does something to files at the moment at which `ingest` first opens one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, file: Path, deed: Callable[[], object]):
        from jobs.snapshot import portions  # noqa: PLC0415 - the module itself is changed

        def opens(location: bytes, *arguments: object, **named: object) -> object:
            if os.fsdecode(location) == str(file) and not self.done:
                self.done = True
                deed()
            return open(location, *arguments, **named)  # type: ignore[call-overload]  # noqa: PTH123

        self.done = False
        monkeypatch.setattr(portions, "open", opens, raising=False)


def test_input_that_vanishes_is_told_and_costs_nothing_else(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = home / "landing" / "s12.txt"
    Meddled(monkeypatch, gone, gone.unlink)
    found = ingest([home / "landing"], Lake(home / "lake"), home)
    assert found.refused == [
        "landing/s12.txt: cannot be read (No such file or directory); it is tried again next time"
    ]
    assert found.files_parsed == 6
    shutil.rmtree(home / "landing")
    assert stopped("parse", "-w", home)[0] == 3
    assert list(not_whole(home)) == []


@pytest.mark.parametrize("kilobytes", [1, 20_000], ids=["small", "large"])
def test_a_file_that_grows_while_it_is_read_waits_for_the_next_run(
    kilobytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    growing, line = landing / "pages.jsonl", '{"content": "%s"}\n'
    text = page_of(1).replace("\n", "\\n").replace('"', "'")
    growing.write_text(line % text + line % ("x" * 1024) * kilobytes, encoding="utf-8")
    (landing / "s2.txt").write_text(page_of(2), encoding="utf-8")

    def grow() -> None:
        with growing.open("a", encoding="utf-8") as more:
            more.write(line % page_of(3).replace("\n", "\\n").replace('"', "'"))

    Meddled(monkeypatch, growing, grow)
    lake = Lake(tmp_path / "lake")
    found = ingest([landing], lake, tmp_path)
    assert found.refused == [
        "landing/pages.jsonl: cannot be read (it changed while it was read);"
        " it is tried again next time"
    ]
    assert lake.known_files()["path"].to_list() == ["landing/s2.txt"]
    found = ingest([landing], lake, tmp_path)
    assert (found.files_parsed, found.refused) == (1, [])
    warehouse = Warehouse(tmp_path)
    build(warehouse, Settings())
    assert rows(warehouse, "select file_count, ticker_line_count from build_info") == [
        {"file_count": 2, "ticker_line_count": 72}
    ]


def test_half_a_page_that_was_read_while_it_was_written_is_no_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "landing" / "page.txt"
    page.parent.mkdir()
    whole = page_of(1)
    page.write_text(whole[:700], encoding="utf-8")
    Meddled(monkeypatch, page, lambda: page.write_text(whole, encoding="utf-8"))
    lake = Lake(tmp_path / "lake")
    assert len(ingest([page.parent], lake, tmp_path).refused) == 1
    assert ingest([page.parent], lake, tmp_path).documents == 1
    warehouse = Warehouse(tmp_path)
    build(warehouse, Settings())
    assert rows(warehouse, "select count(*) as n from core.blocks") == [{"n": 1}]
    assert rows(
        warehouse, "select count(*) as n from staging.lines where rejected_because = 'cut_off'"
    ) == [{"n": 0}]


def test_links_that_lead_in_circles_are_passed_by(home: Path) -> None:
    landing = home / "landing"
    (landing / "circle.txt").symlink_to("circle.txt")
    (landing / "up").symlink_to(landing)
    (landing / "nowhere.txt").symlink_to("gone.txt")
    done = psx("parse", "-w", home)
    assert (done.returncode, done.stdout.splitlines()[0].split(" (")[0]) == (
        0,
        "parsed 7 new of 11 files",
    )
    assert stopped("parse", "-w", home, landing / "circle.txt")[0] == 3
    circle = home.with_name("round")
    circle.symlink_to("round")
    code, said = stopped("build", "-w", circle)
    assert (code, said.startswith(f"{circle}")) == (3, True)


ODD = "the \"house\"\nof [1]* {a,b} 'مارکیٹ' #%41"


def test_any_name_will_do_for_the_folder_of_a_warehouse_and_for_a_page(
    one_night: Path, tmp_path: Path
) -> None:
    plain, odd = tmp_path / "plain", tmp_path / ODD
    copy(one_night, plain)
    copy(one_night, odd)
    renamed = "a \"b\"\n[c]* 'صفحہ' ?.txt"
    (odd / "landing" / "s12.txt").rename(odd / "landing" / renamed)
    for root in (plain, odd):
        for command in ("parse", "build", "check"):
            done = psx(command, "-w", root)
            assert done.returncode == 0, done.stderr
    said = rows(Warehouse(odd), "select count(*) as n from captures where source like '%صفحہ%'")
    assert said == [{"n": 1}]
    without = [
        {k: v for k, v in found.items() if k != "captures"} for found in map(marts, (plain, odd))
    ]
    places = ("rejected_lines", "set_aside_lines", "damaged_spans", "unplaced_captures")
    assert without[0].keys() == without[1].keys()
    assert {n: t for n, t in without[0].items() if n not in places} == {
        n: t for n, t in without[1].items() if n not in places
    }
    for words in (["export", odd / "out"], ["report", "-o", odd / "page.html"], ["status"]):
        assert psx(*words, "-w", odd).returncode == 0
    assert leftovers(odd) == []


def test_a_line_break_in_a_path_stays_in_one_line_of_error(tmp_path: Path) -> None:
    code, said = stopped("parse", "-w", tmp_path, tmp_path / "no\nsuch")
    assert (code, said) == (3, f"{tmp_path}/no\\nsuch: there is no such file or folder")


def test_a_question_mark_that_duckdb_would_misread_is_refused(tmp_path: Path) -> None:
    code, said = stopped("parse", "-w", tmp_path / "really?")
    assert (code, said.endswith("name another folder")) == (2, True)


def test_after_the_clock_is_set_back_builds_go_on_in_order(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(home)
    first = published_build(warehouse)
    assert first is not None

    class SetBack(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(2020, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(build_module, "datetime", SetBack)
    settings = Settings(index_history=home / "history.csv", built_in_history=False)
    names = [build(warehouse, settings).build_id for _ in range(2)]
    assert [first.name, *names] == sorted([first.name, *names])
    assert published_build(warehouse) == warehouse.generations / names[-1]
    earlier = earlier_build(warehouse)
    assert earlier is not None
    assert earlier.name == names[0]
    assert psx("rollback", "-w", home).stdout == f"published {names[0]} again\n"
    built = rows(warehouse, "select built_at from build_info")
    assert built[0]["built_at"].year == 2020  # type: ignore[attr-defined] - the clock as it was


def test_builds_of_a_clock_that_was_ahead_do_not_stay_for_ever(home: Path) -> None:
    warehouse = Warehouse(home)
    settings = Settings(
        keep_generations=1, index_history=home / "history.csv", built_in_history=False
    )
    build(warehouse, settings)
    ahead = datetime.now(UTC) + timedelta(days=400)
    old = kept_builds(warehouse)[0]
    os.utime(old, (ahead.timestamp(), ahead.timestamp()))
    soon = datetime.now(UTC).timestamp() + GRACE_SECONDS / 2
    build(warehouse, settings)
    assert old not in kept_builds(warehouse)
    os.utime(kept_builds(warehouse)[0], (soon, soon))
    build(warehouse, settings)
    assert len(kept_builds(warehouse)) == 3
