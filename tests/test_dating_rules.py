"""Every rule of dating, each in a market in which it alone decides."""

from datetime import date
from pathlib import Path

import pytest

from jobs.history.calendar import exchange_days
from jobs.settings import Warehouse
from tests.conftest import rows, run_night
from tests.support.pages import Quote, share_quote
from tests.support.scenes import INDICES, MARKET, SHARES, Scene, day, night, write

NEAR = -9.0
"""Points by which the base of a page is off on a near session."""

Found = dict[str, tuple[date | None, date | None]]


def sessions(warehouse: Warehouse) -> Found:
    """The session of the shares and of the indices of each page, by the name of its file."""
    query = "select source, share_trade_date as share, index_trade_date as index from captures"
    return {Path(str(r["source"])).stem: (r["share"], r["index"]) for r in rows(warehouse, query)}  # type: ignore[misc]


def dense_history(file: Path, closes: dict[date, int]) -> Path:
    """A whole history whose other closes are far from those given."""
    days = exchange_days(min(closes).year, max(closes).year)["trade_date"].to_pylist()
    lines = [f"{d},{closes.get(d, 30_000 + 20 * n)}" for n, d in enumerate(days)]
    file.write_text("\n".join(["date,close", *lines]) + "\n", encoding="utf-8")
    return file


def reasons(warehouse: Warehouse) -> set[tuple[object, object]]:
    found = rows(warehouse, "select part, reason from unplaced_captures")
    return {(row["part"], row["reason"]) for row in found}


def test_an_exact_base_alone_places_a_page(tmp_path: Path) -> None:
    warehouse = night(tmp_path, {"a": MARKET.page(7, at="noon")})
    assert sessions(warehouse) == {"a": (day(7), day(7))}
    (evidence,) = rows(
        warehouse,
        "select method, distance, is_chosen from date_evidence where part = 'index'"
        " and trade_date = date '2024-01-17'",
    )
    assert (evidence["method"], evidence["is_chosen"]) == ("index_history", True)
    assert float(evidence["distance"]) <= 0.65  # type: ignore[arg-type]


def test_a_near_base_alone_places_nothing(tmp_path: Path) -> None:
    page = MARKET.share_lines(7, at="noon") + MARKET.index_lines(7, at="noon", off=NEAR)
    warehouse = night(tmp_path, {"a": page})
    assert sessions(warehouse) == {"a": (None, None)}
    assert reasons(warehouse) == {("index", "not_confirmed"), ("share", "not_confirmed")}
    (listed,) = rows(warehouse, "select best_date from unplaced_captures where part = 'index'")
    assert listed["best_date"] == day(7)


def test_a_near_base_counts_beside_a_level_that_is_the_official_close(tmp_path: Path) -> None:
    page = MARKET.share_lines(7) + MARKET.index_lines(7, off=NEAR)
    assert sessions(night(tmp_path, {"a": page})) == {"a": (day(7), day(7))}


def test_a_near_base_counts_beside_a_capture_time(tmp_path: Path) -> None:
    page = MARKET.share_lines(7, at="noon") + MARKET.index_lines(7, at="noon", off=NEAR)
    warehouse = night(tmp_path, {f"{day(7)}": page})
    assert sessions(warehouse) == {f"{day(7)}": (day(7), day(7))}


def test_a_near_base_counts_beside_a_neighbour_of_the_chain(tmp_path: Path) -> None:
    odd = MARKET.share_lines(7, at="noon") + MARKET.index_lines(7, at="noon", off=NEAR)
    warehouse = night(tmp_path, {"odd": odd, "before": MARKET.page(6)})
    assert sessions(warehouse)["odd"] == (day(7), day(7))


def test_pages_of_one_session_date_each_other(tmp_path: Path) -> None:
    pages = {"a": MARKET.page(7), "b": MARKET.share_lines(7, SHARES[:12], at="noon")}
    found = sessions(night(tmp_path, pages))
    assert found == {"a": (day(7), day(7)), "b": (day(7), None)}


def test_a_chain_dates_sessions_without_any_history(tmp_path: Path) -> None:
    pages = {f"s{n}": MARKET.share_lines(n) for n in (3, 4, 6, 7, 8, 9)}
    pages[f"{day(8)}T1800"] = MARKET.share_lines(8, SHARES[:15])
    found = sessions(night(tmp_path, pages, known=[]))
    # The chain reaches from 6 to 9; session 5 was not captured, so 3 and 4 are out of reach.
    assert {name: share for name, (share, _) in found.items()} == {
        "s3": None,
        "s4": None,
        "s6": day(6),
        "s7": day(7),
        "s8": day(8),
        "s9": day(9),
        f"{day(8)}T1800": day(8),
    }
    methods = rows(
        Warehouse(tmp_path), "select distinct placed_by from captures where trade_date is not null"
    )
    assert {row["placed_by"] for row in methods} == {"chain", "capture_time"}


def test_a_page_seen_shortly_before_the_end_is_a_neighbour_too(tmp_path: Path) -> None:
    late = [
        share_quote(s, MARKET.close(s, 6) * (1 + (-1) ** i * 0.002), MARKET.base(s, 6))
        for i, s in enumerate(SHARES)
    ]
    found = sessions(night(tmp_path, {"late": late, "next": MARKET.page(7)}))
    assert found["late"] == (day(6), None)


def test_a_page_of_another_day_is_no_neighbour(tmp_path: Path) -> None:
    found = sessions(night(tmp_path, {"a": MARKET.share_lines(5), "b": MARKET.page(7)}))
    assert found["a"] == (None, None)


def test_flat_indices_are_those_of_the_session_before(tmp_path: Path) -> None:
    page = MARKET.share_lines(6) + MARKET.index_lines(7, at="flat")
    warehouse = night(tmp_path, {"a": page, "b": MARKET.page(6)})
    assert sessions(warehouse)["a"] == (day(6), day(6))
    indices = rows(
        warehouse, "select distinct trade_date, capture_count, origin from daily_index_summary"
    )
    captured = {r["trade_date"]: r["capture_count"] for r in indices if r["origin"] == "captured"}
    assert captured == {day(6): 1}


def test_flat_shares_are_those_of_the_session_before_and_add_no_quote(tmp_path: Path) -> None:
    page = MARKET.share_lines(7, at="flat") + MARKET.index_lines(7, at="noon")
    warehouse = night(tmp_path, {"a": page, "b": MARKET.page(7)})
    assert sessions(warehouse)["a"] == (day(6), day(7))
    (state,) = rows(warehouse, "select share_state from captures where source like '%/a.txt'")
    assert state["share_state"] == "carried_over"
    aside = rows(warehouse, "select distinct reason, trade_date from set_aside_lines")
    assert aside == [{"reason": "carried_over", "trade_date": day(6)}]
    quoted = rows(
        warehouse, "select distinct trade_date from daily_quotes where origin = 'captured'"
    )
    assert quoted == [{"trade_date": day(7)}]


def test_shares_set_back_before_the_open_are_of_the_session_to_come(tmp_path: Path) -> None:
    moving = MARKET.share_lines(7, SHARES[:5], at="noon")
    page = moving + MARKET.share_lines(7, SHARES[5:], at="flat") + MARKET.index_lines(6)
    warehouse = night(tmp_path, {"a": page, "b": MARKET.page(7), "c": MARKET.page(6)})
    assert sessions(warehouse)["a"] == (day(7), day(6))
    aside = rows(warehouse, "select distinct reason from set_aside_lines")
    assert aside == [{"reason": "before_the_open"}]


@pytest.mark.parametrize("spoilt", ["KSE100", "SC"])
def test_one_bad_figure_moves_neither_a_page_nor_a_price(spoilt: str, tmp_path: Path) -> None:
    page = MARKET.page(7)
    bad = [
        Quote(q.symbol, "55000" if spoilt == "KSE100" else "90.00", "10.00", q.pct)
        if q.symbol == spoilt
        else q
        for q in MARKET.page(7, at="noon")
    ]
    bad = [
        Quote(q.symbol, q.price, q.change, "0.02" if spoilt == "KSE100" else "12.5")
        if q.symbol == spoilt
        else q
        for q in bad
    ]
    pages = {"bad": bad, "good": page, "other": MARKET.page(7, at="noon")}
    warehouse = night(tmp_path, pages)
    assert set(sessions(warehouse).values()) == {(day(7), day(7))}
    aside = rows(warehouse, "select symbol, reason from set_aside_lines")
    assert aside == [{"symbol": spoilt, "reason": "outvoted"}]
    table = "daily_index_summary" if spoilt == "KSE100" else "daily_quotes"
    key, price = ("index_code", "level") if spoilt == "KSE100" else ("symbol", "last_price")
    (quote,) = rows(
        warehouse,
        f"select low_seen, high_seen, {price} as price from {table}"
        f" where {key} = '{spoilt}' and trade_date = date '{day(7)}'",
    )
    seen = {MARKET.noon(spoilt, 7), MARKET.close(spoilt, 7)}
    digits = 0 if spoilt == "KSE100" else 2
    assert {float(quote["low_seen"]), float(quote["high_seen"])} == {  # type: ignore[arg-type]
        round(value, digits) for value in seen
    }
    assert float(quote["price"]) == round(MARKET.close(spoilt, 7), digits)  # type: ignore[arg-type]


def test_kse100_that_moves_unlike_the_indices_beside_it_dates_nothing(tmp_path: Path) -> None:
    lines = MARKET.index_lines(7)
    true = MARKET.close("KSE100", 6)
    lines[0] = Quote("KSE100", f"{true * 1.05:.0f}", f"{true * 0.05:.1f}", "5.00")
    warehouse = night(tmp_path, {"a": MARKET.share_lines(7) + lines})
    assert sessions(warehouse) == {"a": (None, None)}


TWICE = Scene(overrides={(code, 15): MARKET.close(code, 6) for code in INDICES})
"""A market in which sessions 7 and 16 follow one and the same close."""


def twice(lines: list[Quote]) -> list[Quote]:
    """A page that fits both sessions; its level is no official close."""
    return lines + TWICE.index_lines(7, at="noon")


def test_two_sessions_that_fit_leave_a_page_unplaced_with_its_candidates(tmp_path: Path) -> None:
    warehouse = night(tmp_path, {"a": twice(TWICE.share_lines(7, at="noon"))}, market=TWICE)
    assert sessions(warehouse) == {"a": (None, None)}
    found = rows(warehouse, "select part, reason, best_date, runner_up_date from unplaced_captures")
    assert {row["reason"] for row in found} == {"several_sessions_match"}
    assert {frozenset((row["best_date"], row["runner_up_date"])) for row in found} == {
        frozenset((day(7), day(16)))
    }


def test_a_neighbour_decides_between_two_sessions_that_fit(tmp_path: Path) -> None:
    pages = {"a": twice(TWICE.share_lines(7, at="noon")), "next": TWICE.page(8)}
    pages["before"] = TWICE.page(6)
    assert sessions(night(tmp_path, pages, market=TWICE))["a"] == (day(7), day(7))


def test_a_capture_day_decides_between_two_sessions_that_fit(tmp_path: Path) -> None:
    name = f"{day(7)}"
    pages = {name: twice(TWICE.share_lines(7, at="noon"))}
    assert sessions(night(tmp_path, pages, market=TWICE)) == {name: (day(7), day(7))}


def test_a_page_is_not_of_a_session_after_its_capture(tmp_path: Path) -> None:
    # Seen when neither session 7 nor 16 was the last one, but 16 was still to come.
    name = f"{day(11)}T1200"
    pages = {name: twice(TWICE.share_lines(7, at="noon"))}
    warehouse = night(tmp_path, pages, market=TWICE)
    weights = rows(
        warehouse,
        "select sum(weight) as total from date_evidence where part = 'share'"
        f" and trade_date in (date '{day(7)}', date '{day(16)}')"
        " group by trade_date order by trade_date",
    )
    assert float(weights[0]["total"]) - float(weights[1]["total"]) == pytest.approx(8)  # type: ignore[arg-type]


def test_shares_that_were_not_listed_decide_between_two_sessions_that_fit(tmp_path: Path) -> None:
    # Both fit the figures; PIAA and GTECH had gone by the later one.
    early, late = date(2022, 10, 18), date(2024, 6, 11)
    closes = {date(2022, 10, 17): 63_000, date(2024, 6, 10): 63_000}
    history = dense_history(tmp_path / "history.csv", closes)
    shares = [*SHARES[:12], "PIAA", "GTECH"]
    market = Scene(shares=shares, overrides={("KSE100", 6): 63_000.0})
    page = market.share_lines(7, at="noon") + market.index_lines(7, at="noon")
    write(tmp_path / "landing", {"a.txt": page})
    warehouse = run_night(tmp_path, history=history)
    assert sessions(warehouse) == {"a": (early, early)}
    against = rows(
        warehouse, "select trade_date, match_count from date_evidence where method = 'not_listed'"
    )
    assert against == [{"trade_date": late, "match_count": 2}]


@pytest.mark.parametrize(
    ("has_arrows", "session"), [(True, date(2021, 3, 2)), (False, date(2023, 3, 2))]
)
def test_the_way_of_writing_decides_between_two_sessions_that_fit(
    has_arrows: bool, session: date, tmp_path: Path
) -> None:
    closes = {date(2021, 3, 1): 63_000, date(2023, 3, 1): 63_000}
    history = dense_history(tmp_path / "history.csv", closes)
    market = Scene(overrides={("KSE100", 6): 63_000.0})
    page = market.share_lines(7, at="noon") + market.index_lines(7, at="noon")
    write(tmp_path / "landing", {"a.txt": page}, has_arrows=has_arrows)
    warehouse = run_night(tmp_path, history=history)
    assert sessions(warehouse) == {"a": (session, session)}


def test_a_capture_day_alone_places_only_what_has_too_few_figures(tmp_path: Path) -> None:
    name = f"{day(7)}"
    pages = {f"{name}_one": MARKET.share_lines(7, SHARES[:1]), f"{name}_all": MARKET.page(7)}
    warehouse = night(tmp_path, pages, known=[])
    assert sessions(warehouse) == {f"{name}_one": (day(7), None), f"{name}_all": (None, None)}
    (one,) = rows(warehouse, "select confidence from captures where trade_date is not null")
    assert one["confidence"] == pytest.approx(0.68, abs=0.01)
    assert reasons(warehouse) == {
        ("share", "capture_day_alone"),
        ("index", "capture_day_alone"),
    }


def test_a_time_after_the_open_places_a_whole_page(tmp_path: Path) -> None:
    name = f"{day(7)}T1200"
    warehouse = night(tmp_path, {name: MARKET.page(7, at="noon")}, known=[])
    assert sessions(warehouse) == {name: (day(7), day(7))}


def test_the_earliest_capture_of_a_session_counts(tmp_path: Path) -> None:
    early, late = f"{day(7)}T1400", f"{day(11)}T1400"
    pages = {early: MARKET.page(7, at="noon"), late: MARKET.share_lines(7, SHARES[:15])}
    found = sessions(night(tmp_path, pages, known=[]))
    assert (found[early], found[late]) == ((day(7), day(7)), (day(7), None))
    (lag,) = rows(
        Warehouse(tmp_path),
        f"select stale_session_count from captures where source like '%{late}%'",
    )
    assert lag["stale_session_count"] == 4


def test_indices_of_the_day_before_are_placed_apart_from_new_shares(tmp_path: Path) -> None:
    page = MARKET.share_lines(7, at="noon") + MARKET.index_lines(6)
    pages = {"a": page, "b": MARKET.page(7), "c": MARKET.page(7, at="noon")}
    assert sessions(night(tmp_path, pages))["a"] == (day(7), day(6))


def test_a_page_with_more_zero_prices_than_sound_ones_is_left_out(tmp_path: Path) -> None:
    zero = [Quote(s, "0.00", "0.00", "0") for s in SHARES[:15]]
    page = zero + MARKET.share_lines(7, SHARES[15:]) + MARKET.index_lines(7)
    warehouse = night(tmp_path, {"a": page})
    assert sessions(warehouse) == {"a": (None, None)}
    assert {reason for _, reason in reasons(warehouse)} == {"mostly_zero_prices"}
