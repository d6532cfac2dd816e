"""Every rule of closing, each in a market in which it alone decides."""

from datetime import date
from pathlib import Path

import pytest

from jobs.settings import Warehouse
from tests.conftest import rows
from tests.support.pages import Quote, share_quote
from tests.support.scenes import ALL, MARKET, SHARES, Scene, day, night

SHARE = "SG"
"""A share that the tests ask for."""


def quote(warehouse: Warehouse, number: int, symbol: str = SHARE) -> dict[str, object]:
    """The one row of a share on a session."""
    query = f"select * from daily_quotes where symbol = '{symbol}' and trade_date = '{day(number)}'"
    (row,) = rows(warehouse, query)
    return row


def page_of(warehouse: Warehouse, row: dict[str, object]) -> str:
    """The name of the file that holds the row's line."""
    query = f"select source from captures where capture_id = '{row['capture_id']}'"
    return Path(str(rows(warehouse, query)[0]["source"])).stem


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
    # Half of its shares stand unmoved yet, so it was seen early, though nothing states when.
    flat = MARKET.share_lines(7, SHARES[:10], at="flat")
    moved = MARKET.share_lines(7, SHARES[10:], at="noon")
    whole = MARKET.share_lines(7, at="noon") + MARKET.index_lines(7, at="noon")
    for first, second in (("a", "z"), ("z", "a")):
        pages = {first: flat + moved + MARKET.index_lines(7, at="noon"), second: whole}
        root = tmp_path / first
        warehouse = night(root, pages, known=range(7))
        assert page_of(warehouse, quote(warehouse, 7, "SA")) == second


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


def adjustments(warehouse: Warehouse) -> list[dict[str, object]]:
    return rows(warehouse, "select * from price_adjustments")


def test_a_lower_base_after_a_confirmed_close_is_an_ex_date(tmp_path: Path) -> None:
    # Sessions 7 and 8 are shown at their ends; SG begins session 8 at 90 % of its last price.
    close = MARKET.close(SHARE, 7)
    market = Scene(bases={(SHARE, 8): round(close * 0.9, 2)})
    warehouse = night(tmp_path, {"a": market.page(7), "b": market.page(8)}, market=market)
    (found,) = adjustments(warehouse)
    assert (found["symbol"], found["trade_date"], found["kind"]) == (
        SHARE,
        day(8),
        "ex_entitlement",
    )
    factor = round(close * 0.9, 2) / close
    assert float(found["factor"]) == pytest.approx(factor, abs=1e-8)  # type: ignore[arg-type]
    before, after = quote(warehouse, 7), quote(warehouse, 8)
    assert float(before["last_price"]) == close  # type: ignore[arg-type]
    assert float(before["adjusted_price"]) == pytest.approx(round(close * 0.9, 2), abs=1e-4)  # type: ignore[arg-type]
    assert after["adjusted_price"] == float(after["last_price"])  # type: ignore[arg-type]


def test_a_higher_base_is_recorded_and_adjusts_nothing(tmp_path: Path) -> None:
    market = Scene(bases={(SHARE, 8): round(MARKET.close(SHARE, 7) * 1.05, 2)})
    warehouse = night(tmp_path, {"a": market.page(7), "b": market.page(8)}, market=market)
    assert [row["kind"] for row in adjustments(warehouse)] == ["unexplained"]
    before = quote(warehouse, 7)
    assert before["adjusted_price"] == float(before["last_price"])  # type: ignore[arg-type]


def test_another_base_after_an_unconfirmed_price_is_no_ex_date(tmp_path: Path) -> None:
    # Session 7 was seen at noon, so its prices differ from the next session's bases as they may.
    market = Scene(bases={(SHARE, 8): round(MARKET.close(SHARE, 7) * 0.9, 2)})
    pages = {"a": market.page(7, at="noon"), "b": market.page(8)}
    assert adjustments(night(tmp_path, pages, market=market)) == []


def test_a_renamed_share_keeps_one_series_and_a_merged_one_its_own(tmp_path: Path) -> None:
    shares = [*SHARES, "BYCO", "CNERGY", "FFBL"]
    market = Scene(shares=shares)
    old = [s for s in shares if s != "CNERGY"]
    new = [s for s in shares if s != "BYCO"]
    pages = {
        "old": market.share_lines(7, old) + market.index_lines(7),
        "new": market.share_lines(8, new) + market.index_lines(8),
    }
    warehouse = night(tmp_path, pages, market=market)
    assert quote(warehouse, 7, "BYCO")["security_id"] == "CNERGY"
    assert quote(warehouse, 8, "CNERGY")["security_id"] == "CNERGY"
    assert quote(warehouse, 8, "FFBL")["security_id"] == "FFBL"


def test_a_share_shown_while_it_is_not_listed_is_flagged_and_not_counted(tmp_path: Path) -> None:
    # PIAHCLA took over from PIAA in May 2024; the market of these tests is of January.
    market = Scene(shares=[*SHARES, "PIAHCLA"])
    pages = {"a": market.page(7), "b": market.page(8)}
    warehouse = night(tmp_path, pages, market=market)
    found = quote(warehouse, 7, "PIAHCLA")
    assert (found["flag"], found["is_counted"]) == ("not_listed", False)
    movers = rows(warehouse, "select symbol from daily_movers")
    assert {row["symbol"] for row in movers} == set(SHARES)
    # On sessions 7 and 8, and on 6, whose close the pages of 7 imply.
    assert rows(warehouse, "select flagged_quote_count from build_info") == [
        {"flagged_quote_count": 3}
    ]


def test_a_move_beyond_the_daily_limit_is_flagged_and_counted(tmp_path: Path) -> None:
    # The limit was 7.5 % in January 2024; up to one percent more can be true.
    far, near = MARKET.close(SHARE, 6) * 1.09, MARKET.close("SD", 6) * 1.08
    market = Scene(overrides={(SHARE, 7): round(far, 2), ("SD", 7): round(near, 2)})
    warehouse = night(tmp_path, {"a": market.page(7)}, market=market)
    assert (quote(warehouse, 7)["flag"], quote(warehouse, 7)["is_counted"]) == (
        "beyond_limit",
        True,
    )
    assert quote(warehouse, 7, "SD")["flag"] is None


def test_a_move_that_the_limit_allows_in_rupees_is_plain(tmp_path: Path) -> None:
    market = Scene(overrides={(SHARE, 6): 2.0, (SHARE, 7): 2.9})
    warehouse = night(tmp_path, {"a": market.page(7)}, market=market)
    assert float(quote(warehouse, 7)["change_pct"]) == 45  # type: ignore[arg-type]
    assert quote(warehouse, 7)["flag"] is None


def test_a_large_move_on_an_ex_date_is_plain(tmp_path: Path) -> None:
    last = MARKET.close(SHARE, 7)
    market = Scene(
        bases={(SHARE, 8): round(last * 0.7, 2)}, overrides={(SHARE, 8): round(last * 0.8, 2)}
    )
    warehouse = night(tmp_path, {"a": market.page(7), "b": market.page(8)}, market=market)
    assert quote(warehouse, 8)["flag"] is None


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


def test_days_are_those_of_the_calendar() -> None:
    """The market of these tests lies in January 2024, which the limits above rely on."""
    assert {day(n).year for n in ALL} == {2024}
    assert day(0) == date(2024, 1, 8)
