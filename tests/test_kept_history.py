"""A history that was given once: added to the built-in one, kept, and used by later builds."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from jobs.errors import InputError
from jobs.models.build import build
from jobs.settings import Settings, Warehouse
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake
from tests.conftest import rows
from tests.support.commands import psx, stopped
from tests.support.histories import BUILT_IN, between, own, plain, write
from tests.support.scenes import MARKET, day, night

GIVEN = [replace(d, close=d.close + 3) for d in between("2024-05-02", "2024-05-10")]
BEFORE = [replace(BUILT_IN[0], day=date(2019, 12, 30))]
ADDED = "select trade_date, close, low, high, origin from staging.index_history order by trade_date"


@pytest.fixture
def parsed(tmp_path: Path) -> Warehouse:
    """A warehouse of one page without a ticker, not built yet."""
    warehouse = Warehouse(tmp_path / "warehouse")
    warehouse.landing.mkdir(parents=True)
    (warehouse.landing / "a.txt").write_text("no ticker here\n", encoding="utf-8")
    ingest([warehouse.landing], Lake(warehouse.lake), warehouse.root)
    return warehouse


def test_rows_are_added_one_by_one_kept_and_used_until_another_history_is_given(
    parsed: Warehouse, tmp_path: Path
) -> None:
    history = write(tmp_path, plain([*BEFORE, *GIVEN]))
    built = build(parsed, Settings(index_history=history))
    assert ["differ" in warning and "3.00" in warning for warning in built.warnings] == [True]
    first = rows(parsed, ADDED)
    of_user = {d.day: d.close for d in [*BEFORE, *GIVEN]}
    expected = {d.day: d.close for d in BUILT_IN} | of_user
    assert {row["trade_date"]: row["close"] for row in first} == expected
    assert {row["trade_date"] for row in first if row["origin"] == "user"} == set(of_user)
    # Its rows have no range: those of the built-in rows stand, if they do not exclude the close.
    ranges = {row["trade_date"]: (row["low"], row["high"]) for row in first}
    assert ranges[BEFORE[0].day] == (None, None)
    given = GIVEN[0]
    assert given.low <= given.close <= given.high
    assert ranges[given.day] == (given.low, given.high)

    history.unlink()
    build(parsed, Settings())
    assert rows(parsed, ADDED) == first
    (info,) = rows(
        parsed,
        "select built_in_history_first_date, built_in_history_last_date,"
        " user_history_first_date, user_history_last_date, user_history_close_count"
        " from build_info",
    )
    assert list(info.values()) == [
        date(2019, 12, 31),
        date(2026, 8, 18),
        date(2019, 12, 30),
        date(2024, 5, 10),
        len(of_user),
    ]

    # Another one takes its place, with ranges of its own.
    build(parsed, Settings(index_history=write(tmp_path, own(GIVEN[:1]))))
    last = rows(parsed, f"from ({ADDED}) where origin = 'user'")
    (row,) = last
    assert list(row.values()) == [given.day, given.close, given.low, given.high, "user"]
    assert parsed.index_history.read_text(encoding="utf-8").count("\n") == 2


def test_a_user_close_outside_the_built_in_range_has_no_range_on_that_side(
    parsed: Warehouse, tmp_path: Path
) -> None:
    day = next(d for d in BUILT_IN[1000:] if 0 < d.high - d.close < 50)  # points
    close = day.high + Decimal("1.5")
    build(parsed, Settings(index_history=write(tmp_path, plain([replace(day, close=close)]))))
    (row,) = rows(parsed, f"from ({ADDED}) where origin = 'user'")
    assert list(row.values()) == [day.day, close, day.low, None, "user"]


def test_a_kept_history_that_was_edited_is_verified_again(
    parsed: Warehouse, tmp_path: Path
) -> None:
    build(parsed, Settings(index_history=write(tmp_path, plain(GIVEN))))
    published = parsed.current.resolve()
    edited = parsed.index_history.read_text(encoding="utf-8").replace(
        "2024-05-03,7", "2024-05-03,8"
    )
    parsed.index_history.write_text(edited, encoding="utf-8")
    with pytest.raises(
        InputError, match=r"index_history\.csv line 3: .*2024-05-03.*--index-history"
    ):
        build(parsed, Settings())
    assert parsed.current.resolve() == published
    parsed.index_history.unlink()
    build(parsed, Settings())
    assert rows(parsed, "select distinct origin from staging.index_history") == [
        {"origin": "built_in"}
    ]


def test_a_history_of_the_users_own_in_its_place_is_read_and_not_rewritten(
    parsed: Warehouse,
) -> None:
    text = plain(GIVEN)
    parsed.index_history.write_text(text, encoding="utf-8")
    build(parsed, Settings(index_history=parsed.index_history))
    assert parsed.index_history.read_text(encoding="utf-8") == text
    (info,) = rows(parsed, "select user_history_close_count as n from build_info")
    assert info == {"n": len(GIVEN)}


def test_the_command_keeps_it_only_when_a_whole_build_is_published(
    parsed: Warehouse, tmp_path: Path
) -> None:
    where = ["-w", parsed.root]
    good = write(tmp_path, plain(GIVEN))
    bad = write(tmp_path, plain([d.moved(-1) for d in BUILT_IN]), "bad.csv")
    code, said = stopped("build", *where, "--index-history", bad)
    assert (code, "one day early" in said) == (3, True)
    assert not parsed.index_history.exists()

    done = psx("build", *where, PSX_INDEX_HISTORY=str(good))
    assert (done.returncode, "psx: warning: " in done.stderr) == (0, True)
    kept = parsed.index_history.read_bytes()
    other = write(tmp_path, plain(GIVEN[:2]), "other.csv")
    for words in (["--dry-run"], ["--select", "daily_movers"]):
        assert psx("build", *where, "--index-history", other, *words).returncode == 0
        assert parsed.index_history.read_bytes() == kept

    told = json.loads(psx("status", *where, "--json").stdout)
    assert told["user_history_first_date"] == "2024-05-02"
    assert told["user_history_close_count"] == len(GIVEN)
    assert "built_in_history_last_date" in psx("status", *where).stdout


def test_a_made_up_market_has_the_users_closes_alone(parsed: Warehouse, tmp_path: Path) -> None:
    history = write(tmp_path, "date,close\n2024-05-04,1.5\n")
    parsed.settings_file.write_text("built_in_history = false\n", encoding="utf-8")
    settings = replace(Settings.load(parsed), index_history=history)
    build(parsed, settings)
    assert rows(parsed, "select trade_date, close, origin from staging.index_history") == [
        {"trade_date": date(2024, 5, 4), "close": Decimal("1.5"), "origin": "user"}
    ]


def test_pages_with_capture_times_go_on_where_every_history_ends(tmp_path: Path) -> None:
    # The history knows sessions 4 to 6. Of 7 to 12 a page is saved after each close; one page of
    # session 11 has no time, and the sessions around it date it.
    pages = {f"{day(n)}T1730": MARKET.page(n) for n in range(5, 13)}
    undated = MARKET.page(11, at="noon")
    warehouse = night(tmp_path, pages | {"undated": undated}, known=[4, 5, 6])
    placed = rows(
        warehouse, "select source, trade_date from captures where trade_date is not null order by 1"
    )
    named = {f"landing/{day(n)}T1730.txt": day(n) for n in range(5, 13)}
    assert {row["source"]: row["trade_date"] for row in placed} == named | {
        "landing/undated.txt": day(11)
    }
    (facts,) = rows(warehouse, "select own_session_count, user_history_last_date from build_info")
    assert facts == {"own_session_count": 6, "user_history_last_date": day(6)}
