"""Every rule of ex dates, renamings, listings and limits, each where it alone decides."""

from datetime import date
from pathlib import Path

import pytest

from jobs.settings import Warehouse
from tests.conftest import rows, run_night
from tests.support.pages import Quote
from tests.support.scenes import (
    ALL,
    MARKET,
    SHARE,
    SHARES,
    Scene,
    day,
    night,
    page_of,
    quote,
    write,
)


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


def test_an_ex_date_is_seen_though_the_last_page_of_the_session_lacks_the_share(
    tmp_path: Path,
) -> None:
    close = MARKET.close(SHARE, 7)
    market = Scene(bases={(SHARE, 8): round(close * 0.9, 2)})
    others = [s for s in SHARES if s != SHARE]
    pages = {
        f"{day(7)}T1800": market.page(7),
        f"{day(7)}T1900": market.share_lines(7, others) + market.index_lines(7),
        f"{day(8)}T1800": market.page(8),
    }
    warehouse = night(tmp_path, pages, market=market)
    (found,) = adjustments(warehouse)
    assert (found["symbol"], found["trade_date"], found["kind"]) == (
        SHARE,
        day(8),
        "ex_entitlement",
    )
    assert page_of(warehouse, found) == f"{day(7)}T1800"
    assert float(quote(warehouse, 7)["adjusted_price"]) == round(close * 0.9, 2)  # type: ignore[arg-type]


RENAMED = Scene(shares=[*SHARES, "BYCO", "CNERGY"])
"""A market in which BYCO is called CNERGY from session 8 on; both are listed without a date."""


def renamed(base: float | None = None) -> Scene:
    """That market, with CNERGY's base on session 8: BYCO's close, if no other is told."""
    base = RENAMED.close("BYCO", 7) if base is None else base
    return Scene(shares=RENAMED.shares, bases={("CNERGY", 8): base})


def named(market: Scene, number: int, *symbols: str, at: str = "close") -> list[Quote]:
    """A page that shows, beside all other shares, `symbols`."""
    return market.share_lines(number, [*SHARES, *symbols], at=at) + market.index_lines(
        number, at=at
    )


def series(warehouse: Warehouse) -> list[tuple[object, ...]]:
    """Session, symbol and origin of each row of CNERGY's series."""
    query = (
        "select trade_date, symbol, origin from daily_quotes where security_id = 'CNERGY'"
        " order by all"
    )
    return [tuple(row.values()) for row in rows(warehouse, query)]


def test_the_day_before_a_renaming_has_one_row_and_its_close(tmp_path: Path) -> None:
    market = renamed()
    pages = {
        "old": named(market, 7, "BYCO"),
        "gap": named(market, 7, at="noon"),
        "new": named(market, 8, "CNERGY"),
    }
    warehouse = night(tmp_path, pages, market=market, known=range(7))
    assert series(warehouse)[1:] == [
        (day(7), "BYCO", "captured"),
        (day(8), "CNERGY", "captured"),
    ]
    before = quote(warehouse, 7, "BYCO")
    assert before["price_status"] == "close"
    assert float(before["implied_close"]) == market.close("BYCO", 7)  # type: ignore[arg-type]
    assert adjustments(warehouse) == []


def test_an_implied_close_after_a_renaming_knows_the_close_before_it(tmp_path: Path) -> None:
    market = Scene(shares=RENAMED.shares)
    pages = {"old": named(market, 7, "BYCO"), "new": named(market, 9, "CNERGY")}
    warehouse = night(tmp_path, pages, market=market)
    assert series(warehouse)[1:] == [
        (day(7), "BYCO", "captured"),
        (day(8), "CNERGY", "implied"),
        (day(9), "CNERGY", "captured"),
    ]
    between = quote(warehouse, 8, "CNERGY")
    assert float(between["previous_price"]) == market.close("BYCO", 7)  # type: ignore[arg-type]


def test_an_ex_date_on_the_day_of_a_renaming_adjusts_the_older_symbol(tmp_path: Path) -> None:
    close = RENAMED.close("BYCO", 7)
    base = round(close * 0.8, 2)
    market = renamed(base)
    # A move that only an ex date explains: it is measured from BYCO's close, 20 % higher.
    market.overrides["CNERGY", 8] = round(base * 1.12, 2)
    pages = {"old": named(market, 7, "BYCO"), "new": named(market, 8, "CNERGY")}
    warehouse = night(tmp_path, pages, market=market)
    (found,) = adjustments(warehouse)
    assert (found["trade_date"], found["symbol"], found["security_id"], found["kind"]) == (
        day(8),
        "CNERGY",
        "CNERGY",
        "ex_entitlement",
    )
    assert (float(found["last_price"]), float(found["base_price"])) == (close, base)  # type: ignore[arg-type]
    assert float(quote(warehouse, 7, "BYCO")["adjusted_price"]) == pytest.approx(base, abs=1e-4)  # type: ignore[arg-type]
    assert quote(warehouse, 8, "CNERGY")["flag"] is None


def test_of_two_symbols_of_one_security_the_older_is_set_aside(tmp_path: Path) -> None:
    market = renamed()
    pages = {
        f"{day(7)}T1800": named(market, 7, "BYCO"),
        # The site goes on showing BYCO, even on a later page without CNERGY.
        f"{day(8)}T1200": named(market, 8, "BYCO", "CNERGY", at="noon"),
        f"{day(8)}T1300": named(market, 8, "BYCO"),
    }
    warehouse = night(tmp_path, pages, market=market, known=range(7))
    assert series(warehouse)[1:] == [
        (day(7), "BYCO", "captured"),
        (day(8), "CNERGY", "captured"),
    ]
    assert float(quote(warehouse, 8, "CNERGY")["last_price"]) == market.noon("CNERGY", 8)  # type: ignore[arg-type]
    implied = quote(warehouse, 7, "BYCO")["implied_close"]
    assert float(implied) == market.base("CNERGY", 8)  # type: ignore[arg-type]
    aside = rows(warehouse, "select symbol, reason, trade_date from set_aside_lines")
    assert aside == [{"symbol": "BYCO", "reason": "renamed", "trade_date": day(8)}] * 2


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


def test_a_share_shown_after_its_last_day_is_flagged(tmp_path: Path) -> None:
    # FFBL was last traded on 2024-12-26; the page is a made-up one of Friday 2025-01-10.
    market = Scene(shares=[*SHARES, "FFBL"])
    history = tmp_path / "history.csv"
    closes = f"date,close\n2025-01-09,{market.close('KSE100', 6):.2f}\n"
    history.write_text(closes, encoding="utf-8")
    write(tmp_path / "landing", {"2025-01-10T1700.txt": market.page(7)})
    warehouse = run_night(tmp_path, history=history)
    found = rows(
        warehouse,
        "select symbol, trade_date, is_counted from daily_quotes where flag = 'not_listed'",
    )
    assert found == [
        {"symbol": "FFBL", "trade_date": date(2025, 1, n), "is_counted": False} for n in (9, 10)
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


def test_days_are_those_of_the_calendar() -> None:
    """The market of these tests lies in January 2024, which the limits above rely on."""
    assert {day(n).year for n in ALL} == {2024}
    assert day(0) == date(2024, 1, 8)
