"""Which files a run finds, what they are called in the lake, and when they say they were captured.

Karachi is five hours ahead of UTC; the instants below are worked out by hand.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from jobs.errors import ExitCode, InputError
from jobs.snapshot.capture_times import from_paths
from jobs.snapshot.sources import find_files

Stated = tuple[datetime | None, str | None, str | None]
UNSTATED: Stated = (None, None, None)


def put(file: Path, content: str = "x") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    return file


def names(found: pl.DataFrame) -> list[str]:
    return found["path"].to_list()


def stated(path: str) -> Stated:
    (row,) = from_paths(pl.Series([path])).rows()
    return row


def stated_under(folder: Path) -> dict[str, Stated]:
    """What each file under `folder` is said to be, by its name."""
    found = find_files([folder], folder)
    return {
        row["path"]: (row["stated_at"], row["stated_precision"], row["stated_by"])
        for row in found.iter_rows(named=True)
    }


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_a_folder_gives_its_files_of_a_known_suffix_at_any_depth(tmp_path: Path) -> None:
    for name in ["b.txt", "a/deep/down/c.TXT", "a/d.txt.gz", "a/E.Txt.Gz"]:
        put(tmp_path / name)
    for name in ["page.pdf", "b.txt.bak", "a/captures.csv.old", "e.txt~", ".hidden", "a.tar.gz"]:
        put(tmp_path / name)
    (tmp_path / "folder.txt").mkdir()
    found = find_files([tmp_path], tmp_path)
    assert names(found) == ["a/E.Txt.Gz", "a/d.txt.gz", "a/deep/down/c.TXT", "b.txt"]


def test_an_empty_folder_gives_no_files(tmp_path: Path) -> None:
    assert find_files([tmp_path], tmp_path).height == 0


def test_a_file_named_explicitly_is_taken_whatever_its_name(tmp_path: Path) -> None:
    page, other = put(tmp_path / "page.html"), put(tmp_path / "no-suffix")
    assert names(find_files([page, other], tmp_path)) == ["no-suffix", "page.html"]


def test_a_file_found_in_two_ways_stands_once(tmp_path: Path) -> None:
    file = put(tmp_path / "in" / "a.txt")
    assert names(find_files([file, file.parent, tmp_path, file], tmp_path)) == ["in/a.txt"]


def test_size_and_modification_time_are_those_on_disk(tmp_path: Path) -> None:
    file = put(tmp_path / "a.txt", "▲▼")  # three bytes each
    os.utime(file, ns=(1, 1_700_000_000_123_456_789))
    (row,) = find_files([tmp_path], tmp_path).iter_rows(named=True)
    assert row["size"] == 6
    assert row["modified_ns"] == 1_700_000_000_123_456_789
    assert Path(os.fsdecode(row["location"])).samefile(file)


def test_a_missing_path_is_named_in_one_line(tmp_path: Path) -> None:
    missing = tmp_path / "landnig"
    with pytest.raises(InputError) as caught:
        find_files([tmp_path, missing], tmp_path)
    assert str(missing) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == ExitCode.INPUT == 3


def test_a_dangling_link_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    assert names(find_files([tmp_path], tmp_path)) == ["a.txt"]


def test_a_dangling_link_given_by_name_is_missing(tmp_path: Path) -> None:
    link = tmp_path / "gone.txt"
    link.symlink_to(tmp_path / "nowhere.txt")
    with pytest.raises(InputError, match=r"gone\.txt"):
        find_files([link], tmp_path)


ODD_NAMES = [
    "two words.txt",
    'it\'s "quoted" `so`.txt',
    "two\nlines.txt",
    "روزنامہ 3 مئی.txt",
    "semi;colon, comma & $HOME.txt",
    "#%41*?[x].txt",
    "-rf.txt",
    " leading and trailing .txt",
]


def test_odd_names_come_through_as_they_are(tmp_path: Path) -> None:
    for name in ODD_NAMES:
        put(tmp_path / "odd \n'folder'" / name, name)
    found = find_files([tmp_path], tmp_path)
    contents = {
        row["path"]: Path(os.fsdecode(row["location"])) for row in found.iter_rows(named=True)
    }
    assert set(contents) == {f"odd \n'folder'/{name}" for name in ODD_NAMES}
    assert all(path.endswith(file.read_text("utf-8")) for path, file in contents.items())


def test_a_date_counts_in_an_odd_name_too(tmp_path: Path) -> None:
    put(tmp_path / "two\nlines" / "2024-05-03 \n'مئی'.txt")
    assert list(stated_under(tmp_path).values()) == [(utc(2024, 5, 2, 19), "day", "path")]


def test_a_name_that_is_no_utf8_does_not_end_the_run(tmp_path: Path) -> None:
    put(tmp_path / "good.txt")
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).touch()
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    try:
        found = names(find_files([tmp_path], tmp_path))
    except InputError:  # refusing it by name would do as well
        return
    assert "good.txt" in found


def test_files_below_home_are_named_relative_to_it_and_others_are_not(tmp_path: Path) -> None:
    home = tmp_path / "warehouse"
    inside = put(home / "landing" / "a.txt")
    beside = put(tmp_path / "warehouse2" / "b.txt")
    found = find_files([home / "landing", beside], home)
    assert set(names(found)) == {"landing/a.txt", str(beside)}
    assert {Path(os.fsdecode(location)) for location in found["location"]} == {inside, beside}


def test_a_moved_warehouse_keeps_the_names_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "old" / "landing" / "a.txt")
    monkeypatch.chdir(tmp_path)
    before = names(find_files([Path("old/landing")], Path("old")))
    (tmp_path / "old").rename(tmp_path / "new")
    assert names(find_files([tmp_path / "new"], Path("new"))) == before == ["landing/a.txt"]


MIDNIGHT = utc(2024, 5, 2, 19)  # 2024-05-03 00:00 in Karachi
TWO_O_CLOCK = utc(2024, 5, 3, 9)  # 2024-05-03 14:00 in Karachi


@pytest.mark.parametrize(
    ("path", "at", "precision"),
    [
        ("2024-05-03.txt", MIDNIGHT, "day"),
        ("2024-05-03/000_3bb5.txt", MIDNIGHT, "day"),
        ("/a/seen-2024-05-03-late/b.txt.gz", MIDNIGHT, "day"),
        ("2020-01-01/old/2024-05-03/page.txt", MIDNIGHT, "day"),
        ("2020-01-01T10:00/2024-05-03.txt", MIDNIGHT, "day"),
        ("2024-05-03T14:00.txt", TWO_O_CLOCK, "second"),
        ("2024-05-03T14:00:00.txt", TWO_O_CLOCK, "second"),
        ("2024-05-03_14-00-00.txt", TWO_O_CLOCK, "second"),
        ("2024-05-03 1400.txt", TWO_O_CLOCK, "second"),
        ("2024-05-03T140000_page.txt", TWO_O_CLOCK, "second"),
        ("2024-05-03T14:00+05:00.txt", TWO_O_CLOCK, "second"),
        ("2024-05-03T09:00Z.txt", TWO_O_CLOCK, "second"),
        ("2024-05-03T09:00:00.123Z.txt", TWO_O_CLOCK, "second"),
        ("2024-05-03T14:30+0530.txt", TWO_O_CLOCK, "second"),
        ("2024-05-03T05:30-03:30.txt", TWO_O_CLOCK, "second"),
        ("2024-05-02T23:00-10:00.txt", TWO_O_CLOCK, "second"),
        ("2024-05-03T14:00:59.txt", utc(2024, 5, 3, 9, 0, 59), "second"),
        ("2024-02-29.txt", utc(2024, 2, 28, 19), "day"),
        ("2024-05-03T25:00.txt", MIDNIGHT, "day"),
        ("2024-05-03 1234567.txt", MIDNIGHT, "day"),
        ("20240503.txt", MIDNIGHT, "day"),
        ("20240503/000_3bb5.txt", MIDNIGHT, "day"),
        ("20200101/20240503/page_7.txt", MIDNIGHT, "day"),
        ("pages/2024/05/03/b.txt", MIDNIGHT, "day"),
        ("2024/05/03/14/b.txt", MIDNIGHT, "day"),
        ("p_20240503_1400.txt", MIDNIGHT, "day"),
        ("20240503140000.txt", utc(2024, 5, 3, 14), "second"),
        ("web/20240503140000id_/a.html", utc(2024, 5, 3, 14), "second"),
        ("p_20240503T090000Z.txt", TWO_O_CLOCK, "second"),
        ("20240503T1400.txt", TWO_O_CLOCK, "second"),
        ("20240503T140000+0500/a.txt", TWO_O_CLOCK, "second"),
        ("2024-05-03/20230101.txt", MIDNIGHT, "day"),
        ("2024-05-03/20240230.txt", MIDNIGHT, "day"),
        ("2020-01-01/20240503T1400.txt", TWO_O_CLOCK, "second"),
    ],
)
def test_a_path_states_its_last_date_or_time(path: str, at: datetime, precision: str) -> None:
    assert stated(path) == (at, precision, "path")


@pytest.mark.parametrize(
    "path",
    [
        "page.txt",
        "2024-02-30/page.txt",
        "2023-02-29.txt",
        "2024-13-01.txt",
        "2024-00-10.txt",
        "2024-05-00.txt",
        "2024-05-031.txt",
        "12024-05-03.txt",
        "40191815/index-rises",
        "20191815.txt",
        "20240230.txt",
        "20230229140000.txt",
        "120240503.txt",
        "202405031.txt",
        "202405031400.txt",
        "20240503ab.txt",
        "19890503.txt",
        "2024/5/3.txt",
        "12024/05/03/a.txt",
        "2024/05/03",
        "2024/05/031/a.txt",
        "2024/02/30/a.txt",
        "03-05-2024.txt",
        "2024-5-3.txt",
    ],
)
def test_what_is_no_calendar_date_states_nothing(path: str) -> None:
    assert stated(path) == UNSTATED


@pytest.mark.parametrize(
    ("path", "at"),
    [
        # clocks went forward at that midnight: the day began at 01:00, six hours ahead of UTC
        ("2009-04-15/page.txt", utc(2009, 4, 14, 19)),
        ("2008-06-01/page.txt", utc(2008, 5, 31, 19)),
        # they went back an hour at the end of this one, so that 23:30 came twice; either may do
        ("2008-10-31T22:30.txt", utc(2008, 10, 31, 16, 30)),
    ],
)
def test_days_on_which_karachi_changed_its_clocks_can_be_stated(path: str, at: datetime) -> None:
    assert stated(path)[0] == at


@pytest.mark.parametrize("path", ["2008-10-31T23:30.txt", "0000-01-01.txt", "9999-12-31.txt"])
def test_strange_times_in_a_path_do_not_end_the_run(path: str, tmp_path: Path) -> None:
    put(tmp_path / path)
    assert list(stated_under(tmp_path)) == [path]


def test_paths_keep_their_order_and_do_not_influence_one_another() -> None:
    found = from_paths(pl.Series(["2024-05-03", "no", "2024-02-30", "2024-05-03T14:00"]))
    assert found["stated_at"].to_list() == [MIDNIGHT, None, None, TWO_O_CLOCK]
    assert from_paths(pl.Series([], dtype=pl.String)).height == 0
