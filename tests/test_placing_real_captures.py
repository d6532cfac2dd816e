"""Real captures find their true session: by their figures, and with the day they were seen."""

import csv
from datetime import date
from pathlib import Path

import pytest

from jobs.settings import Warehouse
from tests.conftest import rows, run_night
from tests.support.pages import page
from tests.support.sample import Figures

OFF_BASE = {"A019", "A101", "B001", "B044", "B060"}
"""Captures of 2024-05-03, whose implied previous close is nine points off the official one."""


def write_captures(real: Figures, folder: Path) -> None:
    """Every capture as an undated page of its own name."""
    folder.mkdir(parents=True)
    for seed, capture_id in enumerate(real.quotes):
        text = page(real.block(capture_id), seed)
        (folder / f"{capture_id}.txt").write_text(text, encoding="utf-8")


def placed(warehouse: Warehouse) -> dict[str, date | None]:
    """The session of each capture."""
    found = rows(warehouse, "select source, trade_date from captures")
    return {Path(str(row["source"])).stem: row["trade_date"] for row in found}  # type: ignore[misc]


def known_sessions(real: Figures) -> dict[str, date]:
    return {
        capture_id: date.fromisoformat(row["session"])
        for capture_id, row in real.captures.items()
        if row["session"]
    }


@pytest.fixture(scope="module")
def undated(
    real: Figures, history: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, date | None]:
    root = tmp_path_factory.mktemp("undated")
    write_captures(real, root / "landing")
    return placed(run_night(root, history=history))


def test_no_undated_capture_is_placed_on_a_wrong_session(
    undated: dict[str, date | None], real: Figures
) -> None:
    truth = known_sessions(real)
    wrong = {c: day for c, day in undated.items() if day is not None and truth.get(c) != day}
    assert wrong == {}
    assert undated["B027"] is None


def test_all_undated_captures_with_an_exact_base_are_placed(
    undated: dict[str, date | None], real: Figures
) -> None:
    with_kse100 = {c for c, quotes in real.quotes.items() if "KSE100" in {q.symbol for q in quotes}}
    assert len(with_kse100) == 98
    unplaced = {c for c in with_kse100 if undated[c] is None}
    # B026 was seen before the open, B027 holds no session's figures, B068 fits two sessions.
    assert unplaced == OFF_BASE | {"B026", "B027", "B068"}


def test_captures_are_placed_by_the_day_they_were_seen_where_figures_cannot_tell(
    real: Figures, history: Path, tmp_path: Path
) -> None:
    write_captures(real, tmp_path / "landing")
    seen = {c: row["seen_on"] for c, row in real.captures.items() if row["seen_on"]}
    with (tmp_path / "landing" / "captures.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(
            [("file", "captured_at"), *((f"{c}.txt", day) for c, day in seen.items())]
        )
    found = placed(run_night(tmp_path, history=history))
    one_liners = {c for c in seen if len(real.quotes[c]) == 1}
    assert len(one_liners) == 9
    assert all(found[c] is not None for c in one_liners)
    truth = known_sessions(real)
    known = truth.keys() & found.keys()
    assert {c for c in known if found[c] not in (truth[c], None)} == set()
    assert found["B026"] == date(2024, 9, 20)
    assert found["B068"] == date(2020, 11, 17)


def test_every_line_of_the_real_captures_is_accepted_but_for_the_zero_prices(
    real: Figures, history: Path, tmp_path: Path
) -> None:
    write_captures(real, tmp_path / "landing")
    warehouse = run_night(tmp_path, history=history)
    rejected = rows(warehouse, "select source, text, reason from rejected_lines")
    # A price of zero, or one that rose by all of itself: its previous price would be zero.
    zero_prices = sum(
        float(quote.price) in (0, float(quote.change)) for quote in real.quotes["B027"]
    )
    assert zero_prices == 28
    assert {Path(str(row["source"])).stem for row in rejected} == {"B027"}
    assert [row["reason"] for row in rejected] == ["zero_price"] * zero_prices
    counts = rows(warehouse, "select accepted_line_count, rejected_line_count from build_info")[0]
    assert counts["accepted_line_count"] == sum(map(len, real.quotes.values())) - zero_prices
    assert counts["rejected_line_count"] == zero_prices
