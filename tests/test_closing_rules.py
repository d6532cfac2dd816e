"""Every rule of closing, each in a market in which it alone decides."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.settings import sql_folder
from tests.conftest import rows
from tests.support.pages import Quote, index_quote, share_quote
from tests.support.scenes import MARKET, SHARE, SHARES, day, night, page_of, quote


def test_the_page_that_the_next_session_confirms_is_the_close(tmp_path: Path) -> None:
    pages = {
        "a": MARKET.page(7),
        "z": MARKET.page(7, at="noon"),
        "next": MARKET.page(8, at="noon"),
    }
    # The history stops before session 7: only the pages of session 8 can tell.
    warehouse = night(tmp_path, pages, known=range(7))
    found = quote(warehouse, 7)
    assert (float(found["last_price"]), found["price_status"]) == (  # type: ignore[arg-type]
        MARKET.close(SHARE, 7),
        "close",
    )
    assert (page_of(warehouse, found), found["capture_count"]) == ("a", 2)
    assert float(found["implied_close"]) == MARKET.close(SHARE, 7)  # type: ignore[arg-type]


def test_the_page_at_the_official_close_is_the_close(tmp_path: Path) -> None:
    pages = {"a": MARKET.page(7), "z": MARKET.page(7, at="noon")}
    found = quote(warehouse := night(tmp_path, pages), 7)
    assert (page_of(warehouse, found), found["price_status"]) == ("a", "close")
    assert found["implied_close"] is None


def test_a_page_away_from_the_official_close_is_intraday(tmp_path: Path) -> None:
    found = quote(night(tmp_path, {"a": MARKET.page(7, at="noon")}), 7)
    assert found["price_status"] == "intraday"


def test_pages_that_nothing_orders_are_called_so(tmp_path: Path) -> None:
    pages = {"a": MARKET.page(7), "z": MARKET.page(7, at="noon")}
    found = quote(night(tmp_path, pages, known=range(7)), 7)
    assert found["price_status"] == "unordered"


def test_of_pages_with_a_time_the_later_counts(tmp_path: Path) -> None:
    early, late = f"{day(7)}T1000", f"{day(7)}T1200"
    changed = MARKET.share_lines(7, at="noon")
    pages = {early: MARKET.page(7, at="noon"), late: changed[3:] + MARKET.index_lines(7, at="noon")}
    warehouse = night(tmp_path, pages, known=[])
    assert page_of(warehouse, quote(warehouse, 7, "SD")) == late
    assert page_of(warehouse, quote(warehouse, 7, "SA")) == early


def test_a_page_caught_half_refreshed_comes_first_of_all(tmp_path: Path) -> None:
    # Half of its shares stand unmoved yet, so it was seen early, though nothing states when. What
    # nothing orders is ordered by its key; the spread of the whole pages brings keys on both sides.
    flat = MARKET.share_lines(7, SHARES[:10], at="flat")
    moved = MARKET.share_lines(7, SHARES[10:], at="noon")
    half = flat + moved + MARKET.index_lines(7, at="noon")
    is_half_first = set()
    for dropped in range(8):
        whole = MARKET.share_lines(7, SHARES[: 20 - dropped], at="noon")
        pages = {"half": half, "whole": whole + MARKET.index_lines(7, at="noon")}
        warehouse = night(tmp_path / str(dropped), pages, known=range(7))
        first, _ = rows(warehouse, "select source from captures order by block_id")
        is_half_first.add(Path(str(first["source"])).stem == "half")
        assert page_of(warehouse, quote(warehouse, 7, "SA")) == "whole"
        if len(is_half_first) == 2:
            return
    pytest.fail("every key of a whole page fell on one side of that of the half refreshed one")


def test_a_session_without_a_page_gets_the_closes_that_the_next_one_implies(tmp_path: Path) -> None:
    pages = {"before": MARKET.page(7), "after": MARKET.page(9)}
    warehouse = night(tmp_path, pages)
    found = quote(warehouse, 8)
    assert (found["origin"], found["price_status"], found["capture_count"]) == (
        "implied",
        "implied",
        0,
    )
    assert float(found["last_price"]) == MARKET.close(SHARE, 8)  # type: ignore[arg-type]
    assert float(found["previous_price"]) == MARKET.close(SHARE, 7)  # type: ignore[arg-type]
    change = MARKET.close(SHARE, 8) - MARKET.close(SHARE, 7)
    assert float(found["change"]) == pytest.approx(change)  # type: ignore[arg-type]
    assert page_of(warehouse, found) == "after"
    indices = rows(
        warehouse,
        "select index_code, level from daily_index_summary"
        f" where trade_date = '{day(8)}' and origin = 'implied'",
    )
    assert {str(row["index_code"]): float(row["level"]) for row in indices} == {  # type: ignore[arg-type]
        code: pytest.approx(MARKET.close(code, 8), abs=1)
        for code in ("KSE100", "KSE30", "BR100", "BR30")
    }


@pytest.mark.parametrize("count_implied", [False, True])
def test_implied_closes_take_part_only_if_the_setting_says_so(
    count_implied: bool, tmp_path: Path
) -> None:
    pages = {"before": MARKET.page(7), "after": MARKET.page(9)}
    warehouse = night(tmp_path, pages, count_implied=count_implied)
    for mart in ("daily_movers", "daily_market_breadth", "daily_sector_summary"):
        found = rows(warehouse, f"select distinct trade_date from {mart} order by all")
        expected = [day(7), day(8), day(9)] if count_implied else [day(7), day(9)]
        assert [row["trade_date"] for row in found] == expected, mart


def test_an_implied_close_beside_captured_ones_is_never_counted(tmp_path: Path) -> None:
    pages = {
        "before": MARKET.page(6),
        "some": MARKET.share_lines(7, SHARES[8:]) + MARKET.index_lines(7),
        "after": MARKET.page(8),
    }
    warehouse = night(tmp_path, pages, count_implied=True)
    assert (quote(warehouse, 7)["origin"], quote(warehouse, 7)["is_counted"]) == ("implied", False)
    assert quote(warehouse, 7, "SN")["is_counted"] is True
    movers = rows(warehouse, f"select symbol from daily_movers where trade_date = '{day(7)}'")
    assert {row["symbol"] for row in movers} == set(SHARES[8:])


def test_flat_shares_beside_moving_indices_are_of_the_session_before(tmp_path: Path) -> None:
    flat = MARKET.share_lines(8, at="flat") + MARKET.index_lines(8, at="noon")
    warehouse = night(tmp_path, {"a": MARKET.page(7), "b": flat, "c": MARKET.page(8)})
    found = rows(
        warehouse,
        "select trade_date, reason, count(*) as line_count from set_aside_lines group by all",
    )
    assert found == [{"trade_date": day(7), "reason": "carried_over", "line_count": len(SHARES)}]
    assert float(quote(warehouse, 8)["last_price"]) == MARKET.close(SHARE, 8)  # type: ignore[arg-type]
    assert quote(warehouse, 8)["capture_count"] == 1


def test_an_outvoted_line_is_set_aside_and_the_others_of_its_page_count(tmp_path: Path) -> None:
    wrong: list[Quote] = [share_quote(SHARE, 77.0, 76.0)]
    spoilt = wrong + [q for q in MARKET.page(7) if q.symbol != SHARE]
    pages = {"a": spoilt, "b": MARKET.page(7, at="noon"), "c": MARKET.page(7, at="noon")[5:]}
    warehouse = night(tmp_path, {**pages, "d": MARKET.page(8)})
    (aside,) = rows(warehouse, "select symbol, reason, agreed_price from set_aside_lines")
    assert (aside["symbol"], aside["reason"]) == (SHARE, "outvoted")
    assert float(aside["agreed_price"]) == MARKET.base(SHARE, 7)  # type: ignore[arg-type]
    assert float(quote(warehouse, 7)["last_price"]) == MARKET.noon(SHARE, 7)  # type: ignore[arg-type]
    assert float(quote(warehouse, 7, "SD")["last_price"]) == MARKET.close("SD", 7)  # type: ignore[arg-type]


def test_kse100_that_moves_unlike_the_other_indices_is_set_aside(tmp_path: Path) -> None:
    # Its level is 3 % off, and the change printed with it fits: only the others speak against it.
    base = MARKET.base("KSE100", 7)
    wrong = index_quote("KSE100", MARKET.noon("KSE100", 7) * 1.03, base)
    others = [q for q in MARKET.index_lines(7, at="noon") if q.symbol != "KSE100"]
    page = [*MARKET.share_lines(7, at="noon"), wrong, *others]
    warehouse = night(tmp_path, {"a": page, "b": MARKET.page(7, at="noon")[1:]})
    (aside,) = rows(warehouse, "select symbol, reason, agreed_price from set_aside_lines")
    assert aside == {"symbol": "KSE100", "reason": "unlike_other_indices", "agreed_price": None}


def test_a_friday_ends_an_hour_later(tmp_path: Path) -> None:
    # Session 4 is a Friday, session 6 the Tuesday after; nothing but the clock tells their ends.
    pages = {f"{day(n)}T1600": MARKET.share_lines(n) for n in (4, 6)}
    warehouse = night(tmp_path, pages, known=[])
    found = {n: quote(warehouse, n)["price_status"] for n in (4, 6)}
    assert found == {4: "intraday", 6: "close"}


@pytest.mark.parametrize(("time", "status"), [("T1800", "close"), ("T1200", "intraday")])
def test_the_clock_tells_the_end_where_nothing_else_does(
    time: str, status: str, tmp_path: Path
) -> None:
    warehouse = night(tmp_path, {f"{day(7)}{time}": MARKET.page(7)}, known=[])
    assert quote(warehouse, 7)["price_status"] == status


def test_a_day_of_the_override_file_is_closed_or_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Session 8 was none, says the file, and Saturday was one: neighbours move accordingly.
    sql = tmp_path / "sql"
    shutil.copytree(sql_folder(), sql)
    saturday = day(4) + timedelta(days=1)
    (sql / "reference" / "calendar_overrides.csv").write_text(
        f"trade_date,is_open,reason\n{day(8)},false,closed\n{saturday},true,opened\n",
        encoding="utf-8",
    )
    monkeypatch.setattr("jobs.models.build.sql_folder", lambda: sql)
    # History up to session 4, and pages of 5 and 9 whose bases are the closes of the days before.
    pages = {f"{day(5)}T1800": MARKET.page(5), f"{day(9)}T1800": MARKET.page(9)}
    warehouse = night(tmp_path / "night", pages, known=[])
    implied = rows(
        warehouse,
        "select distinct trade_date from daily_quotes where origin = 'implied' order by all",
    )
    assert [row["trade_date"] for row in implied] == [saturday, day(7)]
