"""The forms in which a user's index history is read, and what is not understood."""

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.errors import InputError
from jobs.history.load import load_history
from tests.support.histories import (
    BUILT_IN,
    FORMS,
    MARKET,
    MAY,
    TODAY,
    Day,
    between,
    closes,
    load,
    own,
    plain,
    refusal,
    whole,
)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_form_of_a_known_source_is_read_to_the_last_digit(
    form: Callable[[Sequence[Day]], str], tmp_path: Path
) -> None:
    assert load(tmp_path, form(MAY)) == whole(MAY)


@pytest.mark.parametrize(
    "date_format",
    [
        "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y",
        "%d-%b-%y", "%d-%b-%Y", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m/%d/%y",
        "%a %d %b %Y", "%Y-%m-%d 00:00:00", "%Y-%m-%d 00:00:00+05:00", "%Y-%m-%dT00:00:00Z",
        "%m/%d/%Y 16:00:00",
    ],
)  # fmt: skip
def test_a_way_of_writing_dates_is_understood(date_format: str, tmp_path: Path) -> None:
    text = plain(MAY, date_format).replace(", 2024", " 2024")
    assert load(tmp_path, text) == closes(MAY)


def test_a_moment_of_another_zone_is_its_day_in_karachi(tmp_path: Path) -> None:
    # Midnight in Karachi is 19:00 in Greenwich, on the day before.
    days = [d.moved(-1) for d in MAY]
    assert load(tmp_path, plain(days, "%Y-%m-%d 19:00:00+00:00")) == closes(MAY)


@pytest.mark.parametrize("date_format", ["%d/%m/%Y", "%m/%d/%Y"])
def test_trading_days_decide_on_the_order_of_dates_that_all_have_small_days(
    date_format: str, tmp_path: Path
) -> None:
    days = [d for d in between("2024-01-01", "2024-12-31") if d.day.day <= 12]
    assert load(tmp_path, plain(days, date_format)) == closes(days)


def test_an_order_of_dates_that_nothing_decides_is_refused(tmp_path: Path) -> None:
    # 3 May and 5 March of 2024 were both trading days.
    said = refusal(tmp_path, "date,close\n03/05/2024,71902.09\n")
    assert said.startswith("line 2")
    assert "2024-05-03 and 2024-03-05" in said


def test_two_orders_of_dates_in_one_file_are_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, "date,close\n05/13/2024,1\n13/05/2024,1\n")
    assert "line 2" in said
    assert "line 3" in said


@pytest.mark.parametrize(
    "content",
    [
        own(MAY).encode("utf-8-sig"),
        own(MAY).encode("utf-16"),
        own(MAY).replace("high\n", "high\n\n\n").encode(),
        own(MAY).replace("\n", "\r\n").encode(),
        "".join(
            f"{line},{'Turnover (£)' if n == 0 else 1}\n"
            for n, line in enumerate(own(MAY).splitlines())
        ).encode("cp1252"),
        own([*reversed(MAY)]).encode(),
        own([*MAY, *MAY]).encode(),
    ],
    ids=["bom", "utf-16", "blank lines", "crlf", "cp1252", "newest first", "equal rows"],
)
def test_an_odd_file_is_read(content: bytes, tmp_path: Path) -> None:
    assert load(tmp_path, content) == whole(MAY)


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_a_compressed_history_is_read_and_a_cut_one_refused(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"history.csv.{suffix}"
    with pa.output_stream(str(file)) as written:
        written.write(own(BUILT_IN).encode())
    assert load_history(file, MARKET).rows.rows() == whole(BUILT_IN)
    content = file.read_bytes()
    assert "cannot be read" in refusal(tmp_path, content[: len(content) // 2])


@pytest.mark.parametrize(
    ("cells", "close"),
    [
        ('2024-05-03,"71,902.09"', "71902.09"),
        ('2024-05-03,"71902,09"', "71902.09"),
        ('2024-05-03,"71.902,09"', "71902.09"),
        ("2024-05-03,71 902.09", "71902.09"),
        ("2024-05-03,71902.0859375", "71902.0859"),
        ("2024-05-03,71902.09,", "71902.09"),
    ],
)
def test_a_way_of_writing_numbers_is_understood(cells: str, close: str, tmp_path: Path) -> None:
    assert load(tmp_path, f"date,close\n{cells}\n")[0][1] == Decimal(close)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,close\n2024-05-03,71902,09\n", ["line 2", "3 cells"]),
        ("date,close\n2024-05-03\n", ["line 2", "1 cells"]),
        ("date;close\n2024-05-03;71.902\n", ["line 2", "'71.902'", "thousands"]),
        ('date,close\n2024-05-03,71902.09\n2024-05-06,"72764,24"\n', ["line 3", "line 2", "comma"]),
        ("date,close\n2024-05-03,many\n", ["line 2", "close 'many'"]),
        ("date,close\n2024-05-03,-5\n", ["line 2", "close '-5'"]),
        ("date,close\n2024-05-03,0\n", ["line 2", "close '0'"]),
        ("date,close,low\n2024-05-03,71902.09,x\n", ["line 2", "low 'x'"]),
        ("date,low,high,close\n2024-05-03,2,1,2\n", ["line 2", "low '2'", "high '1'"]),
        ("date,close\n,5\n", ["line 2", "''"]),
        ("date,close\n2024-05-01,\n3 Mai 2024,2\n", ["line 3", "3 Mai 2024"]),
        ("date,close\n2024-02-30,5\n", ["line 2", "2024-02-30"]),
        ("date,close\n\n\n\n2024-05-03,71902.09\nbad,1\n", ["line 6", "'bad'"]),
        ("date,close\n2024-05-03,71902.09\n2024-05-03,71902.10\n", ["line 3", "line 2"]),
        ("date,close\n", ["no close"]),
        ("date,close\n2024-05-03,null\n", ["no close"]),
        ("date,close,Close\n2024-05-03,1,2\n", ["close twice"]),
        ("date,close\n2024-05-03,\x1b[31m\n", ["line 2", "\\x1b"]),
        ("date,close\n0202-05-03,1\n", ["line 2", "0202", "before 1991"]),
        ("date,close\n1990-12-31,1\n", ["line 2", "before 1991"]),
        ("date,close\n9999-12-31,1\n", ["line 2", "future"]),
        (f"date,close\n{TODAY + timedelta(4)},1\n", ["line 2", "future"]),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, words: list[str], tmp_path: Path) -> None:
    said = refusal(tmp_path, text)
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize("secret", ["root:$6$hash:19000::\n", "day,price level\n1,hash\n", ""])
def test_a_file_that_is_no_history_is_refused_without_its_content(
    secret: str, tmp_path: Path
) -> None:
    said = refusal(tmp_path, secret)
    assert "date,close" in said
    assert "hash" not in said


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(InputError, match="name the CSV file"):
            load_history(place, MARKET)
    with pytest.raises(InputError, match=r"gone\.csv: there is no such index history"):
        load_history(tmp_path / "gone.csv", MARKET)
