"""The built-in index history; users' histories that are refused as false, and doubts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from jobs.errors import InputError
from jobs.history.calendar import exchange_days
from jobs.history.load import keep_history, load_history
from tests.support.histories import (
    BUILT_IN,
    FORMS,
    MARKET,
    MAY,
    Day,
    between,
    closes,
    exchange,
    load,
    notes,
    own,
    plain,
    refusal,
    whole,
    write,
)


def test_the_built_in_days_are_those_of_the_calendar_and_their_closes_lie_in_their_ranges() -> None:
    first, last = BUILT_IN[0].day, BUILT_IN[-1].day
    assert (first, last) == (date(2019, 12, 31), date(2026, 8, 18))
    calendar = exchange_days(2019, 2026)["trade_date"].to_pylist()
    assert [d.day for d in BUILT_IN] == [day for day in calendar if first <= day <= last]
    assert [d for d in BUILT_IN if not 0 < d.low <= d.close <= d.high] == []
    assert max(abs(b.close / a.close - 1) for a, b in pairwise(BUILT_IN)) < Decimal("0.1")


# False histories

YEAR = between("2023-01-01", "2024-12-31")


def beside(days: Sequence[Day], step: int) -> list[Day]:
    """The days with the closes of the sessions so many after them."""
    places = {d.day: n for n, d in enumerate(BUILT_IN)}
    return [replace(BUILT_IN[places[d.day] + step], day=d.day) for d in days]


def exchanged(days: Sequence[Day]) -> list[Day]:
    return [
        replace(d, day=d.day.replace(month=d.day.day, day=d.day.month)) if d.day.day <= 12 else d
        for d in days
    ]


SESSIONS = {d.day for d in BUILT_IN}
SWAPPED_INTO_SESSIONS = [d for d in YEAR if d.day.day <= 12 and exchanged([d])[0].day in SESSIONS]


def weekly(days: Sequence[Day]) -> list[Day]:
    """The last session of each week."""
    return [a for a, b in pairwise(days) if a.day.isocalendar().week != b.day.isocalendar().week]


def monthly(days: Sequence[Day]) -> list[Day]:
    return [a for a, b in pairwise(days) if a.day.month != b.day.month]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([d.moved(-1) for d in YEAR], ["one day early", "Sunday"]),
        ([d.moved(1) for d in YEAR], ["one day late", "Saturday"]),
        ([d.moved(-1) for d in between("2024-05-07", "2024-05-10")], ["next session"]),
        (beside(YEAR, 1), ["next session", "line "]),
        (beside(YEAR, -1), ["session before", "line "]),
        (beside(YEAR[:1], 1), ["next session"]),
        (exchanged(YEAR), ["day and month look exchanged"]),
        (exchanged(SWAPPED_INTO_SESSIONS), ["day and month look exchanged"]),
        (weekly(YEAR), ["weekly"]),
        (monthly(YEAR), ["monthly"]),
        ([d.times("0.3281") for d in YEAR], ["another index"]),
        ([d.times("0.64") for d in MAY], ["another index"]),
        ([*MAY[:5], MAY[5].times("10"), *MAY[6:]], ["line 7", "contradicts"]),
        ([*MAY[:5], MAY[5].times("1.02"), *MAY[6:]], ["line 7", "contradicts"]),
    ],
    ids="early late short next before one swapped few weekly monthly kse30 all digit two".split(),
)
def test_a_false_history_is_refused_by_its_kind(
    days: Sequence[Day], words: list[str], tmp_path: Path
) -> None:
    said = refusal(tmp_path, plain(days))
    assert [word for word in words if word not in said] == []


LATER = [d for d in exchange_days(2026, 2026)["trade_date"].to_pylist() if d > BUILT_IN[-1].day]


def after(count: int, factor: str = "1.001") -> list[Day]:
    """Sessions after the built-in ones, each by a factor above the one before."""
    last, found = BUILT_IN[-1], []
    for session in LATER[:count]:
        last = replace(last.times(factor), day=session)
        found.append(last)
    return found


def test_later_closes_are_added(tmp_path: Path) -> None:
    later = after(4)
    assert load(tmp_path, own(later)) == whole(later)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (after(1, "1.2"), ["line 2", "limits"]),
        ([*after(2), *[d.times("0.5") for d in after(4)[2:]]], ["line 4", "limits"]),
        ([d.times("0.33") for d in after(30)[4:]], ["line 2", "limits"]),
        ([d.moved(-1) for d in after(40)], ["one day early"]),
    ],
)
def test_later_closes_that_the_limits_or_the_calendar_forbid_are_refused(
    days: list[Day], words: list[str], tmp_path: Path
) -> None:
    said = refusal(tmp_path, own(days))
    assert [word for word in words if word not in said] == []


def test_closes_of_before_the_built_in_ones_are_held_to_weekdays_and_limits(
    tmp_path: Path,
) -> None:
    crash = [
        Day(date(2008, 6, 23 + n), Decimal(11162 + n), Decimal(11000), Decimal(11900))
        for n in (0, 1, 2)
    ]
    assert len(load(tmp_path, own(crash))) == 3
    wrong = [*crash[:2], crash[2].times("1.3")]
    assert "line 4" in refusal(tmp_path, own(wrong))
    sunday = [*crash, replace(crash[0], day=date(2008, 6, 29))]
    assert "2008-06-29 (Sunday)" in refusal(tmp_path, own(sunday))


# Doubts


def test_small_differences_are_counted_and_the_users_rows_are_used(tmp_path: Path) -> None:
    changed = [replace(d, close=d.close + 3) if d.day.day < 10 else d for d in MAY]
    changed[1] = replace(changed[1], close=MAY[1].close + 139)
    file = write(tmp_path, plain(changed))
    history = load_history(file, MARKET)
    (note,) = history.notes
    count = sum(d.day.day < 10 for d in MAY)
    for word in (f"{count} of {len(MAY)}", "139.00", str(MAY[1].day), "line 3"):
        assert word in note
    assert history.rows["close"].to_list() == [d.close for d in changed]


def test_a_stray_row_on_a_day_known_to_be_closed_is_left_out_and_said(tmp_path: Path) -> None:
    stray = replace(MAY[0], day=date(2024, 5, 1))  # Labour Day; some sources repeat a close there
    days = sorted([*YEAR, stray], key=lambda d: d.day)
    file = write(tmp_path, plain(days))
    history = load_history(file, MARKET)
    assert history.rows.rows() == closes(YEAR)
    (note,) = history.notes
    assert "2024-05-01 (Wednesday)" in note
    assert "left out" in note


def test_a_stray_session_on_a_later_saturday_is_kept_and_said(tmp_path: Path) -> None:
    later = after(30)
    saturday = later[-1].moved(1)
    while saturday.day.weekday() != 5:
        saturday = saturday.moved(1)
    file = write(tmp_path, own([*later, saturday]))
    history = load_history(file, MARKET)
    assert history.rows.rows()[-1] == whole([saturday])[0]
    assert ["kept" in note and "Saturday" in note for note in history.notes] == [True]


def test_a_session_on_a_later_holiday_is_kept_for_its_date_is_an_estimate(tmp_path: Path) -> None:
    holiday = BUILT_IN[-1].moved(8)
    assert holiday.day.weekday() < 5
    assert holiday.day not in LATER
    history = load_history(write(tmp_path, own([holiday])), MARKET)
    assert history.rows.rows() == whole([holiday])
    assert ["kept" in note for note in history.notes] == [True]


def test_a_range_that_excludes_its_close_is_left_out_and_said(tmp_path: Path) -> None:
    days = [*MAY[:2], replace(MAY[2], low=MAY[2].high), *MAY[3:]]
    file = write(tmp_path, own(days))
    history = load_history(file, MARKET)
    assert history.rows.rows() == [*whole(MAY[:2]), *closes([MAY[2]]), *whole(MAY[3:])]
    (note,) = history.notes
    assert "line 4" in note


def test_rows_without_a_close_are_counted(tmp_path: Path) -> None:
    assert ["1 row(s) without a close" in n for n in notes(tmp_path, FORMS["yahoo"](MAY))] == [True]


def test_what_is_kept_is_read_again_alike(tmp_path: Path) -> None:
    history = load_history(write(tmp_path, FORMS["investing"](MAY)), MARKET)
    keep_history(history, tmp_path / "kept.csv")
    again = load_history(tmp_path / "kept.csv", MARKET)
    assert again.rows.equals(history.rows)
    assert (tmp_path / "kept.csv").read_text().startswith("trade_date,close,low,high\n2024-05-02,")


def test_of_a_made_up_market_the_years_alone_are_verified(tmp_path: Path) -> None:
    made_up = exchange([])
    file = write(tmp_path, "date,close\n2024-05-04,1.5\n2024-05-05,900\n")
    assert load_history(file, made_up).rows.height == 2
    file.write_text("date,close\n2099-05-04,1.5\n", encoding="utf-8")
    with pytest.raises(InputError, match="future"):
        load_history(file, made_up)


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
