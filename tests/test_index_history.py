"""The user's own index history, and the exchange's calendar: what is read, and what is refused."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.errors import InputError
from jobs.models.inputs import exchange_days, read_index_history
from tests.conftest import rows, run_night


def history(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "history.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_an_index_history_may_come_in_any_order_with_other_columns(tmp_path: Path) -> None:
    file = history(
        tmp_path,
        "volume,Close,date,low",
        '5,"71,902.09",2024-05-03,"70,000"',
        "6,70657.64,2024-05-02,",
        "7,,2024-05-01,",
    )
    assert read_index_history(file).sort_by("trade_date").to_pylist() == [
        {
            "trade_date": date(2024, 5, 2),
            "close": Decimal("70657.64"),
            "low": None,
            "high": None,
        },
        {
            "trade_date": date(2024, 5, 3),
            "close": Decimal("71902.09"),
            "low": Decimal(70000),
            "high": None,
        },
    ]


@pytest.mark.parametrize(
    "header", ["date,close,low,high", "Date,Close,Low,High", " DATE , CLOSE , LOW , HIGH "]
)
def test_names_of_columns_are_understood_in_any_case(header: str, tmp_path: Path) -> None:
    file = history(tmp_path, header, "2024-05-03,71902.09,70700,72000.5")
    assert read_index_history(file).to_pylist() == [
        {
            "trade_date": date(2024, 5, 3),
            "close": Decimal("71902.09"),
            "low": Decimal(70700),
            "high": Decimal("72000.5"),
        }
    ]


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_an_index_history_may_be_compressed(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"history.csv.{suffix}"
    with pa.output_stream(str(file)) as written:
        written.write(b"date,close\n2024-05-03,71902.09\n")
    assert read_index_history(file)["close"].to_pylist() == [Decimal("71902.09")]


def test_a_folder_is_no_index_history(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder; name the CSV file"):
        read_index_history(tmp_path)


def test_an_index_history_without_rows_is_empty(tmp_path: Path) -> None:
    assert read_index_history(history(tmp_path, "date,close")).num_rows == 0


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["day,close", "2024-05-03,1"], "found the columns day, close; expected date, close"),
        (["date,close", "2024-05-03,1", "3 May,2"], "line 3: date '3 May', close '2'"),
        (["date,close", "2024-05-03,many"], "line 2: date '2024-05-03', close 'many'"),
        (["date,close", ",5"], "line 2: date None, close '5'"),
        (["date,close", "2024-05-03"], "not a CSV file"),
        (["date,close" + 200_000 * "x"], "not a CSV file"),
        (["date,close", "2024-05-01,", "3 May,2"], "line 3: date '3 May', close '2'"),
        (["line,date,close", "77,2024-05-03,many"], "line 2: date '2024-05-03', close 'many'"),
        (["date,close,low", "2024-05-03,2,many"], "line 2: "),
        (["date,close", "2024-05-03,1", "2024-05-06,-5"], "line 3: date '2024-05-06', close '-5'"),
        (["date,close,low", "2024-05-03,1,0"], "line 2: "),
        (["date,close,low,high", "2024-05-03,2,1,3", "2024-05-06,3,4,2"], "line 3: "),
    ],
)
def test_an_index_history_that_cannot_be_read_says_where(
    lines: list[str], complaint: str, tmp_path: Path
) -> None:
    file = history(tmp_path, *lines)
    with pytest.raises(InputError) as refusal:
        read_index_history(file)
    assert str(refusal.value).startswith(str(file))
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_history_with_two_closes_of_one_day_is_refused(tmp_path: Path) -> None:
    file = history(tmp_path, "date,close", "2024-05-03,1", "2024-05-03,2")
    with pytest.raises(InputError, match="2024-05-03"):
        read_index_history(file)


def test_a_history_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.csv: there is no such index history"):
        read_index_history(tmp_path / "gone.csv")


def test_the_users_history_takes_the_place_of_the_shipped_closes(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    file = history(tmp_path, "date,close", "2024-05-03,1.5")
    (tmp_path / "landing" / "a.txt").write_text("nothing\n", encoding="utf-8")
    warehouse = run_night(tmp_path, history=file)
    assert rows(warehouse, "select trade_date, close from staging.index_history") == [
        {"trade_date": date(2024, 5, 3), "close": Decimal("1.5")},
    ]


HOLIDAYS = [
    date(2022, 3, 23),  # Pakistan Day, a Wednesday
    date(2023, 3, 23),
    date(2023, 8, 14),  # Independence Day, a Monday
    date(2023, 12, 25),
    date(2024, 5, 1),
    date(2024, 8, 14),
    date(2024, 12, 25),
]


def test_the_exchange_rests_on_weekends_and_holidays() -> None:
    days = exchange_days(2022, 2024)["trade_date"].to_pylist()
    assert days == sorted(set(days))
    assert {day.year for day in days} == {2022, 2023, 2024}
    assert {day.weekday() for day in days} == {0, 1, 2, 3, 4}
    assert [day for day in HOLIDAYS if day in days] == []
    assert date(2024, 5, 3) in days
