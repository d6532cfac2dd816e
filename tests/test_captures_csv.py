"""A `captures.csv` dates the files of its folder, outranks their paths, and is read strictly."""

from pathlib import Path

import pytest

from jobs.errors import ExitCode, InputError
from jobs.snapshot.capture_times import from_sidecar
from jobs.snapshot.sources import Remarks, Selection, find_files
from tests.test_sources_and_times import UNSTATED, put, stated_under, utc


def sidecar(folder: Path, *rows: str) -> Path:
    return put(folder / "captures.csv", "\n".join(["file,captured_at", *rows]) + "\n")


def test_a_captures_csv_outranks_the_path_and_leaves_other_files_alone(tmp_path: Path) -> None:
    for name in ["2020-01-01 a.txt", "2020-01-01 b.txt", "c.txt", "d.txt"]:
        put(tmp_path / name)
    sidecar(
        tmp_path, "2020-01-01 a.txt,2024-05-03T14:00", "c.txt,2024-05-03", "gone.txt,2024-05-03"
    )
    assert stated_under(tmp_path) == {
        "2020-01-01 a.txt": (utc(2024, 5, 3, 9), "second", "captures.csv"),
        "2020-01-01 b.txt": (utc(2019, 12, 31, 19), "day", "path"),
        "c.txt": (utc(2024, 5, 2, 19), "day", "captures.csv"),
        "d.txt": UNSTATED,
    }


@pytest.mark.parametrize(
    "written", ["./may/a.txt", "may\\a.txt", ".\\may\\a.txt", "may//a.txt", "june/../may/a.txt"]
)
def test_a_file_can_be_written_in_other_ways_than_its_own(written: str, tmp_path: Path) -> None:
    put(tmp_path / "may" / "a.txt")
    sidecar(tmp_path, f"{written},2024-05-03")
    assert stated_under(tmp_path)["may/a.txt"][2] == "captures.csv"


def test_a_file_can_be_written_with_its_whole_path_or_with_backslashes_of_its_own(
    tmp_path: Path,
) -> None:
    put(tmp_path / "a.txt")
    put(tmp_path / "b\\c.txt")
    sidecar(tmp_path, f"{tmp_path}/a.txt,2024-05-03", "b\\c.txt,2024-05-03")
    assert {said[2] for said in stated_under(tmp_path).values()} == {"captures.csv"}


def test_rows_that_name_no_file_are_counted_and_named_with_their_lines(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    rows = [
        "a.txt,2024-05-03",
        *(f"gone{n}.txt,2024-05-03" for n in range(5)),
        "../a.txt,2024-05-03",
    ]
    file = sidecar(tmp_path, *rows)
    remarks = Remarks()
    find_files([tmp_path], tmp_path, remarks=remarks)
    (warning,) = remarks.warnings
    assert warning.startswith(f"{file}: 6 ")
    assert "line 3: gone0.txt, line 4: gone1.txt" in warning
    assert "gone4" not in warning


def test_a_row_of_a_file_that_was_not_selected_is_no_warning(tmp_path: Path) -> None:
    for name in ["a.txt", "b.txt", "c.css"]:
        put(tmp_path / name)
    sidecar(tmp_path, *(f"{name},2024-05-03" for name in ["a.txt", "b.txt", "c.css"]))
    for given, selection in [(tmp_path, Selection(glob="a*")), (tmp_path / "a.txt", Selection())]:
        remarks = Remarks()
        assert find_files([given], tmp_path, selection, remarks).height == 1
        assert remarks.warnings == []


def test_files_stay_sorted_by_their_names_beside_a_captures_csv(tmp_path: Path) -> None:
    everything = [f"{number:03}.txt" for number in range(300)]
    for name in reversed(everything):
        put(tmp_path / name)
    sidecar(tmp_path, *(f"{name},2024-05-03" for name in everything[::-7]))
    assert find_files([tmp_path], tmp_path)["path"].to_list() == everything


def test_each_captures_csv_dates_the_files_of_its_own_folder(tmp_path: Path) -> None:
    for folder, day in [("one", "2024-05-03"), ("two", "2024-05-06")]:
        put(tmp_path / folder / "a.txt")
        sidecar(tmp_path / folder, f"a.txt,{day}")
    put(tmp_path / "a.txt")
    assert stated_under(tmp_path) == {
        "a.txt": UNSTATED,
        "one/a.txt": (utc(2024, 5, 2, 19), "day", "captures.csv"),
        "two/a.txt": (utc(2024, 5, 5, 19), "day", "captures.csv"),
    }


def test_a_captures_csv_can_name_files_in_folders_below_it(tmp_path: Path) -> None:
    put(tmp_path / "may" / "a.txt")
    sidecar(tmp_path, "may/a.txt,2024-05-03")
    assert stated_under(tmp_path)["may/a.txt"][2] == "captures.csv"


def test_a_file_given_by_name_is_dated_by_the_captures_csv_beside_it(tmp_path: Path) -> None:
    page = put(tmp_path / "page.html")
    sidecar(tmp_path, "page.html,2024-05-03")
    (row,) = find_files([page], tmp_path).iter_rows(named=True)
    assert (row["path"], row["stated_at"]) == ("page.html", utc(2024, 5, 2, 19))


def test_odd_names_can_stand_in_a_captures_csv(tmp_path: Path) -> None:
    for name in ["a, b.txt", 'say "so".txt', "روزنامہ.txt"]:
        put(tmp_path / name)
    sidecar(
        tmp_path, '"a, b.txt",2024-05-03', '"say ""so"".txt",2024-05-03', "روزنامہ.txt,2024-05-03"
    )
    assert {said[2] for said in stated_under(tmp_path).values()} == {"captures.csv"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\ufefffile,captured_at\na.txt,2024-05-03\n", id="byte-order mark"),
        pytest.param("file,captured_at\r\na.txt,2024-05-03\r\n", id="carriage returns"),
        pytest.param("file,captured_at\na.txt,2024-05-03", id="no newline at the end"),
        pytest.param(" file , captured_at \n a.txt , 2024-05-03 \n", id="spaces"),
        pytest.param("\ufeff captured_at,note,file\n2024-05-03,ours,a.txt\n", id="more columns"),
        pytest.param('"file","captured_at"\n"a.txt","2024-05-03"\n', id="quotes"),
        pytest.param("file,captured_at\n\na.txt,2024-05-03\n,\n , \n\n", id="blank rows"),
        pytest.param("file,captured_at\nb.txt,\nc.txt\na.txt,2024-05-03\n", id="no time"),
        pytest.param("file,captured_at\na.txt,2020-01-01\na.txt,2024-05-03\n", id="twice"),
    ],
)
def test_a_captures_csv_is_read_in_whichever_form_it_comes(content: str, tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    put(tmp_path / "captures.csv", content)
    assert stated_under(tmp_path) == {"a.txt": (utc(2024, 5, 2, 19), "day", "captures.csv")}


def test_a_captures_csv_with_a_head_alone_states_nothing(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    sidecar(tmp_path)
    assert stated_under(tmp_path) == {"a.txt": UNSTATED}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("name,when\na.txt,2024-05-03\n", "name, when"),
        ("file,seen\na.txt,2024-05-03\n", "file, seen"),
        ("file;captured_at\na.txt;2024-05-03\n", "file;captured_at"),
    ],
)
def test_missing_columns_are_told_with_those_found_and_those_expected(
    content: str, found: str, tmp_path: Path
) -> None:
    file = put(tmp_path / "captures.csv", content)
    with pytest.raises(InputError) as caught:
        find_files([tmp_path], tmp_path)
    assert str(caught.value) == f"{file}: found the columns {found}; expected file, captured_at"


@pytest.mark.parametrize(
    ("rows", "line", "value"),
    [
        (["a.txt,yesterday"], 2, "yesterday"),
        (["a.txt,2024-05-03", "b.txt,03/05/2024"], 3, "03/05/2024"),
        (["a.txt,2024-02-30"], 2, "2024-02-30"),
        (["a.txt,2024-05-03T25:00"], 2, "2024-05-03T25:00"),
        (["a.txt,2024-05-03 noon"], 2, "2024-05-03 noon"),
        (["a.txt,seen 2024-05-03"], 2, "seen 2024-05-03"),
        (["a.txt,2024-05-03T14:00+99:99"], 2, "2024-05-03T14:00+99:99"),
        (["", "a.txt,2024-05-03", ",", "b.txt,20240503"], 5, "20240503"),
    ],
)
def test_a_bad_time_is_told_with_its_line_its_value_and_the_remedy(
    rows: list[str], line: int, value: str, tmp_path: Path
) -> None:
    file = sidecar(tmp_path, *rows)
    with pytest.raises(InputError) as caught:
        from_sidecar(file)
    message = str(caught.value)
    assert message.startswith(f"{file} line {line}: captured_at is {value!r}; expected")
    assert "such as 2024-05-03 " in message
    assert "\n" not in message
    assert caught.value.exit_code == ExitCode.INPUT


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("file,captured_at\na.txt,2024-05-03,more\n", id="a field too many"),
        pytest.param('file,captured_at\na.txt,"2024-05-03\n', id="an open quote"),
        pytest.param("file,file ,captured_at\na.txt,b.txt,2024-05-03\n", id="a column twice"),
    ],
)
def test_what_is_no_table_is_told_in_one_line(content: str, tmp_path: Path) -> None:
    file = put(tmp_path / "captures.csv", content)
    with pytest.raises(InputError) as caught:
        from_sidecar(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)
