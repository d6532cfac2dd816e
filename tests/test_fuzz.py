"""The short form of `make fuzz`: the same generators and the same demands on what comes of them."""

from decimal import Decimal

import polars as pl
import pytest

from bench.fuzz import containers, documents, slips
from tests.support.pages import Quote, ticker_line


@pytest.mark.parametrize("seed", ["short 1", "short 2"])
def test_generated_documents_are_parsed_and_nothing_is_lost(seed: str) -> None:
    counts = documents.check(documents.batch(seed, 20_000))
    assert counts["documents"] == 20_000
    assert counts["accepted"] > 10_000
    assert counts["rejected"] > 10_000


def test_mutated_containers_are_read_or_refused_within_their_bounds() -> None:
    counts = containers.check(containers.mutations("short", 1_000, containers.seeds(0)))
    assert counts["containers"] == 1_000
    assert counts["accepted"] > 500
    assert counts["refused"] > 50
    assert counts["damaged_spans"] > 100


def test_the_checks_of_the_campaign_object() -> None:
    """What they would say of a parser that loses a line, harms one, or takes a wrong figure."""
    sound = documents.batch("objections", 200)
    assert sound.sound.height > 50
    lost = documents.Batch([*sound.texts[1:], ""], sound.sound)
    with pytest.raises(AssertionError, match="a sound line"):
        documents.check(lost)
    wrong = sound.sound.with_columns(price=pl.col("price") + 1)
    with pytest.raises(AssertionError, match="a sound line was harmed"):
        documents.check(documents.Batch(sound.texts, wrong))
    line = {
        "text": "HBL 105.00 Increased By ▲ 5.00 (9%)",
        "is_index": False,
        "price": Decimal(105),
        "change": Decimal(5),
        "change_pct": Decimal(9),
    }
    with pytest.raises(AssertionError, match="accepted without being consistent"):
        documents.check_consistent(pl.DataFrame([line]))
    documents.check_consistent(pl.DataFrame([{**line, "change_pct": Decimal(5)}]))


def test_every_slip_of_a_line_is_made_once() -> None:
    line = ticker_line(Quote("HBL", "105.00", "5.00", "5"))
    made = slips.slips(0, line)
    lost = [text for _, _, kind, text in made if kind == "lost"]
    assert len(lost) == len(line)
    assert sorted(lost) == sorted(line[:at] + line[at + 1 :] for at in range(len(line)))
    fields = {text: field for _, field, kind, text in made if kind == "lost"}
    assert fields["HB 105.00 Increased By ▲ 5.00 (5%)"] == "symbol"
    assert fields["HBL 15.00 Increased By ▲ 5.00 (5%)"] == "price"
    assert fields["HBL 105.00 Increasd By ▲ 5.00 (5%)"] == "words"
    assert fields["HBL 105.00 Increased By ▲ .00 (5%)"] == "change"
    assert fields["HBL 105.00 Increased By ▲ 5.00 (%)"] == "percent"


def test_slips_in_a_share_that_moved_are_caught_as_often_as_documented() -> None:
    measured = slips.measured(60)
    share = measured.filter(line="share")
    assert share["slips"].sum() > 50_000
    by_field = {
        field: 1 - other / count
        for field, count, other in share.group_by("field")
        .agg(pl.col("slips").sum(), pl.col("other_figure").sum())
        .rows()
    }
    assert by_field["words"] == by_field["arrow"] == 1
    assert by_field["change"] > 0.96
    assert by_field["percent"] > 0.96
    assert by_field["price"] > 0.90
    parts = ["rejected", "unrecognised", "same", "other_symbol", "other_figure"]
    assert measured.select(pl.sum_horizontal(parts) == pl.col("slips")).to_series().all()
