"""While the nights go by, readers of four kinds see whole generations only."""

from pathlib import Path

from tests.support.commands import PSX
from tests.support.nights import first_pages, lake_rows, leftovers
from tests.support.scenes import MARKET, night
from tests.support.swaps import nights_go_by, publish, start_together

SWAPS = 100
FEW_LOOKS = 10
"""Looks that a test waits for, where a reader is slower than the nights."""


def test_through_a_hundred_swaps_readers_see_whole_generations(tmp_path: Path) -> None:
    publish(tmp_path, 0)
    nights_go_by(tmp_path, lambda number: publish(tmp_path, number), SWAPS, FEW_LOOKS)


def test_through_real_nights_readers_see_whole_generations(tmp_path: Path) -> None:
    def next_night(number: int) -> None:
        night(tmp_path, {f"s{number}": MARKET.page(number)})

    night(tmp_path, {"s2": MARKET.page(2)})
    nights_go_by(tmp_path, lambda number: next_night(number + 2), 4, 3)


def test_of_two_nights_that_start_together_one_waits_for_nothing_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    """Each brings a page of its own; who is refused brings it the next time."""
    first_pages(tmp_path)
    parse = [str(PSX), "parse", "-w", str(tmp_path)]
    ended = start_together(parse, parse)
    assert 0 in [code for code, _ in ended]
    for code, said in ended:
        assert (code, said.count("\n")) in [(0, 0), (5, 1)]
        assert code == 0 or "is at work here; wait for it to end" in said
    assert len(lake_rows(tmp_path)["documents"]) == 5
    build = [str(PSX), "build", "-w", str(tmp_path)]
    codes = sorted(code for code, _ in start_together(build, build))
    assert codes in ([0, 0], [0, 5])
    assert leftovers(tmp_path) == []
