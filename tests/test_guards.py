"""Guards: a night that differs too much from the last one is refused, and let through once."""

import shlex
from pathlib import Path

import pytest

from jobs.errors import ExitCode, GuardError, UsageError
from jobs.models.build import build
from jobs.models.graph import load_guards
from jobs.settings import Settings, Warehouse, sql_folder
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake
from tests.support.commands import run, stopped
from tests.support.pages import Quote
from tests.support.scenes import MARKET, Scene, day, night, write

STRANGERS = Scene(shares=[f"X{letter}" for letter in "ABCDEFGHIJ"])
"""A market whose figures fit no session of the history."""


def sound_night(root: Path) -> Warehouse:
    """Sessions 5 to 8, each from one page."""
    return night(root, {f"s{n}": MARKET.page(n) for n in range(5, 9)})


def next_night(root: Path, pages: dict[str, list[Quote]], settings: Settings) -> None:
    write(root / "landing", {f"{name}.txt": page for name, page in pages.items()})
    ingest([root / "landing"], Lake(root / "lake"), root)
    build(Warehouse(root), settings)


def settings(root: Path, **given: float) -> Settings:
    file = root / "history.csv"
    history = file if file.exists() else None
    return Settings(index_history=history, built_in_history=False, **given)  # type: ignore[arg-type]


def refused(root: Path, pages: dict[str, list[Quote]], guard: str, **given: float) -> str:
    """What the guard says of a night that it refuses and, allowed once, lets through."""
    published = Warehouse(root).current.resolve()
    with pytest.raises(GuardError, match=f"^guard {guard}: ") as refusal:
        next_night(root, pages, settings(root, **given))
    assert Warehouse(root).current.resolve() == published
    assert refusal.value.guards == [guard]
    build(Warehouse(root), settings(root, **given).allowing([guard]))
    assert Warehouse(root).current.resolve() != published
    return str(refusal.value)


def lost_pages(count: int) -> dict[str, list[Quote]]:
    return {f"lost{n}": STRANGERS.share_lines(30 + 2 * n) for n in range(count)}


def test_many_new_pages_without_a_session_are_refused(tmp_path: Path) -> None:
    sound_night(tmp_path)
    said = refused(tmp_path, lost_pages(20), "max_unplaced_rate")
    assert "1 is more than 0.5" in said


def test_fewer_than_twenty_new_pages_say_nothing_of_the_rate(tmp_path: Path) -> None:
    sound_night(tmp_path)
    next_night(tmp_path, lost_pages(19), settings(tmp_path))


def test_a_warehouse_that_always_had_such_pages_goes_on(tmp_path: Path) -> None:
    night(tmp_path, {"a": MARKET.share_lines(1), "b": MARKET.share_lines(9)}, known=[])
    next_night(tmp_path, lost_pages(20), settings(tmp_path))


def test_many_rejected_lines_on_new_pages_are_refused(tmp_path: Path) -> None:
    # The lines of session 9 are one short of consistent: their percent says another change.
    sound_night(tmp_path)
    broken = [Quote(q.symbol, q.price, q.change, "77") for q in MARKET.share_lines(9)]
    pages = {f"b{n}": [*MARKET.index_lines(9), *broken[n:]] for n in range(12)}
    said = refused(tmp_path, pages, "max_reject_rate")
    assert "is more than 0.2" in said


def forget(root: Path) -> None:
    """Take the history away, and the kept one: nothing names a session any more."""
    (root / "history.csv").unlink()
    Warehouse(root).index_history.unlink()


def test_a_table_that_loses_its_rows_is_refused(tmp_path: Path) -> None:
    sound_night(tmp_path)
    forget(tmp_path)
    given = {"max_sessions_back": 10_000, "max_vanished_symbols": 99}
    said = refused(tmp_path, {}, "max_shrink_rate", **given)
    assert "1 is more than 0.1, such as daily_index_summary" in said


def test_a_newest_session_that_goes_back_is_refused(tmp_path: Path) -> None:
    sound_night(tmp_path)
    forget(tmp_path)
    said = refused(tmp_path, {}, "max_sessions_back", max_shrink_rate=1, max_vanished_symbols=99)
    assert f"is more than 0, such as {day(8)}" in said


def test_a_share_that_vanishes_is_refused_by_name(tmp_path: Path) -> None:
    # The page of session 12 alone shows ZZZ; without the close that dates it, nobody does.
    market = Scene(shares=[*MARKET.shares, "ZZZ"])
    only = {"z": market.page(12)}
    write(tmp_path / "landing", {"z.txt": only["z"]})
    night(tmp_path, {f"s{n}": MARKET.page(n) for n in (5, 6, 15)})
    MARKET.history([4, 5, 6, 14, 15], tmp_path / "history.csv")
    said = refused(tmp_path, {}, "max_vanished_symbols", max_shrink_rate=1)
    assert "1 is more than 0, such as ZZZ" in said


def test_every_guard_has_its_setting_and_a_test() -> None:
    guards = {f.path.stem for f in load_guards(sql_folder()) if f.severity == "error"}
    assert guards == {name for name in Settings.__dataclass_fields__ if name.startswith("max_")}
    tests = Path(__file__).read_text(encoding="utf-8")
    assert [
        name for name in guards if f'"{name}"' not in tests and f"guard {name}" not in tests
    ] == []


def test_a_guard_that_does_not_exist_cannot_be_allowed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--allow max_fun: no such guard; there are max_reject"):
        Settings().allowing(["max_fun"])
    code, line = stopped("build", "--allow", "max_fun", "-w", tmp_path)
    assert (code, line.startswith("--allow max_fun: ")) == (ExitCode.USAGE, True)


def test_the_command_refuses_with_its_code_and_lets_through_once(tmp_path: Path) -> None:
    sound_night(tmp_path)
    forget(tmp_path)
    command = ["build", "-w", tmp_path]
    code, line = stopped(*command)
    assert (code, line.startswith("guard max_sessions_back: ")) == (ExitCode.REFUSED, True)
    # The remedy is a whole command, to be pasted as it stands.
    remedy = shlex.split(line.partition("publish them once: ")[2])
    assert remedy[1:] == [
        *map(str, command),
        *("--allow", "max_sessions_back", "--allow", "max_shrink_rate"),
        *("--allow", "max_vanished_symbols"),
    ]
    done = run(*remedy)
    assert done.returncode == 0, done.stderr
