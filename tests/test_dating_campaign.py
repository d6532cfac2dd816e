"""The short form of `make dating`: markets of which the truth is known, placed without a date."""

import pytest

from bench.dating import run


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize(
    ("situation", "within", "placed"),
    [("full", "parts", 0.99), ("holes", "parts", 0.98), ("anchors", "reachable", 0.8)],
)
def test_pages_of_a_generated_market_are_placed_right(
    situation: str, within: str, placed: float, seed: int
) -> None:
    counts = run(situation, seed, 150)
    assert counts["parts"] > 1_000
    assert counts["wrong"] == 0
    assert counts["placed"] >= placed * counts[within] > 0
