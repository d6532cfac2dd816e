"""Dating by the prices of the sessions around, and index lines a session ahead of their shares."""

from pathlib import Path

import pytest

from tests.conftest import rows
from tests.support.pages import Quote
from tests.support.scenes import ALL, INDICES, MARKET, SHARES, Scene, day, night
from tests.test_dating_rules import NEAR, reasons, sessions

RISEN = Scene(
    overrides={
        **{(code, 15): MARKET.close(code, 6) for code in INDICES},
        **{(s, n): round(1.3 * MARKET.close(s, n), 2) for s in SHARES for n in range(9, 20)},
    }
)
"""Sessions 7 and 16 follow one and the same close; from session 9 on shares cost 30 % more."""

AROUND = {f"{name}{n}": RISEN.page(n, at=name) for n in (5, 14) for name in ("noon", "close")}
"""Two pages each of a session before and of one after."""

ALONE = RISEN.share_lines(7, at="noon") + RISEN.index_lines(7, at="noon")
"""A page that fits both, and shows the end of no session."""


def test_prices_of_the_sessions_around_decide_between_two_sessions_that_fit(tmp_path: Path) -> None:
    warehouse = night(tmp_path, {"alone": ALONE} | AROUND, market=RISEN)
    assert sessions(warehouse)["alone"] == (day(7), day(7))
    weights = rows(
        warehouse,
        "select evidence.trade_date, weight, distance"
        " from date_evidence as evidence join captures using (block_id)"
        " where method = 'nearby_prices' and source like '%/alone.txt'"
        " order by evidence.trade_date",
    )
    assert [(row["trade_date"], row["weight"]) for row in weights] == [(day(7), 2.5), (day(16), -4)]
    # From 14 to 16 the root of two; what cost 30 % less differs by ln(1.3), give or take a wave.
    assert weights[1]["distance"] == pytest.approx(100 * 0.262 / 2**0.5, abs=3)


def test_a_session_that_fits_by_chance_is_refused_by_the_prices_around_it(tmp_path: Path) -> None:
    known = [n for n in ALL if n != 6]  # the true one's close before is missing
    warehouse = night(tmp_path, {"alone": ALONE} | AROUND, known, RISEN)
    assert sessions(warehouse)["alone"] == (None, None)
    assert reasons(warehouse) == {("share", "not_confirmed"), ("index", "not_confirmed")}


def test_indices_that_the_neighbours_contradict_are_of_the_session_after(tmp_path: Path) -> None:
    # The base is near only, which alone places nothing.
    ahead = MARKET.share_lines(6, at="noon") + MARKET.index_lines(7, at="noon", off=NEAR)
    pages = {f"{at}{n}": MARKET.page(n, at=at) for n in (5, 6) for at in ("noon", "close")}
    pages["ahead"] = ahead
    assert sessions(night(tmp_path, pages))["ahead"] == (day(6), day(7))


def test_one_page_alone_may_show_indices_of_the_session_after(tmp_path: Path) -> None:
    # One index line beside the neighbour's shares is too few to compare the page's indices with.
    ahead = MARKET.share_lines(6, at="noon") + MARKET.index_lines(7, at="noon")
    pages = {
        at: MARKET.share_lines(5, at=at) + MARKET.index_lines(5, at=at)[:1]
        for at in ("noon", "close")
    }
    pages |= {f"{at}4": MARKET.page(4, at=at) for at in ("noon", "close")}
    found = sessions(night(tmp_path, {"ahead": ahead} | pages))
    assert found["ahead"] == (day(6), day(7))


def noons(*numbers: int) -> dict[str, list[Quote]]:
    """Two pages from noon of each session: they show no session's end, so no chain joins them."""
    return {
        f"{name}{n}": MARKET.share_lines(n, SHARES[skipped:], at="noon")
        + MARKET.index_lines(n, at="noon")
        for n in numbers
        for skipped, name in enumerate(("noon", "short"))
    }


def test_a_page_that_nothing_dates_takes_the_only_free_session_that_it_fits(
    tmp_path: Path,
) -> None:
    # The history lacks the close of session 5, so it dates no page of 6; but it knows those before
    # 5 and 7, which are others. That of 11 is left out since it is ten points from that of 5.
    warehouse = night(tmp_path, noons(3, 4, 6, 8, 9), [n for n in ALL if n not in (5, 11)])
    assert sessions(warehouse)["noon6"] == (day(6), day(6))
    said = rows(
        warehouse,
        "select evidence.trade_date, method, is_chosen from date_evidence as evidence"
        " join captures using (block_id) where source like '%/noon6.txt' and part = 'share'",
    )
    assert {"trade_date": day(6), "method": "free_session", "is_chosen": True} in said


def test_of_several_free_sessions_that_a_page_fits_none_is_chosen(tmp_path: Path) -> None:
    warehouse = night(tmp_path, noons(3, 4, 6, 8, 9), [n for n in ALL if n not in (4, 5, 6, 11)])
    assert sessions(warehouse)["noon6"] == (None, None)


def test_a_capture_time_after_the_build_is_not_believed(tmp_path: Path) -> None:
    warehouse = night(tmp_path, {"page_2099-05-05": MARKET.share_lines(6, at="noon")})
    assert sessions(warehouse) == {"page_2099-05-05": (None, None)}
    assert reasons(warehouse) == {("share", "no_index_line")}
