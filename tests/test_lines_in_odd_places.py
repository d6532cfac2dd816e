"""Quotes that do not stand alone on a line: behind odd spaces, bullets and text, or side by side.

No quote is lost without a word: each is accepted, or rejected with a reason.
"""

from decimal import Decimal

import polars as pl
import pytest

from tests.support.pages import Quote, article, ticker, ticker_line
from tests.test_grammar_and_parse import lines_of, parsed

QUOTES = [
    Quote("AIRLINK", "72.59", "3.39", "4.9"),
    Quote("HBL", "112.40", "-0.36", "-0.32"),
    Quote("SSGC", "10.54", "0.00", "0"),
    Quote("KSE100", "71902", "1235.2", "1.75"),
]
LINES = ticker(QUOTES).splitlines()


def figures(text: str) -> list[tuple[int, str, Decimal]]:
    """Line, symbol and price of each line that is accepted; none may be rejected."""
    found = lines_of(parsed(text))
    assert {row["rejected_because"] for row in found} == {None}
    return [(row["line"], row["symbol"], row["price"]) for row in found]


EXPECTED = [
    (number, quote.symbol, Decimal(quote.price)) for number, quote in enumerate(QUOTES, start=1)
]


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2007", "\u2009", "\u3000", "\u200b"])
def test_spaces_of_every_kind_are_spaces(space: str) -> None:
    assert figures(ticker(QUOTES).replace(" ", space)) == EXPECTED


@pytest.mark.parametrize(
    "form", ["* {}", "     * {}", "- {}", "• {}", "•{}", "\u00a0▪\u00a0{}", "\ufeff{}", "{}  "]
)
def test_bullets_are_no_text(form: str) -> None:
    assert figures("".join(form.format(line) + "\n" for line in LINES)) == EXPECTED


def test_a_table_of_bars_is_read() -> None:
    rows = []
    for line in LINES:
        symbol, price, rest = line.split(" ", 2)
        rows.append(f"| {symbol} | {price} | {rest} |\n")
    assert figures("".join(rows)) == EXPECTED


@pytest.mark.parametrize("between", [" ", "  ", "\u00a0", " | "])
def test_quotes_side_by_side_are_read_one_by_one(between: str) -> None:
    assert figures(between.join(LINES) + "\n") == EXPECTED


def test_lines_are_counted_with_a_line_for_each_quote() -> None:
    text = f"Print\n{LINES[0]} {LINES[1]}\n\n{LINES[2]}\n"
    assert [line for line, _, _ in figures(text)] == [2, 3, 5]


def test_a_page_that_is_one_line_loses_no_quote_without_a_word() -> None:
    text = " ".join(["Home Markets:", *LINES, *article(3).split()])
    result = parsed(text)
    assert [(row["symbol"], row["rejected_because"]) for row in lines_of(result)] == [
        ("AIRLINK", None),
        ("HBL", None),
        ("SSGC", None),
        (None, "malformed"),  # the article goes on behind it
    ]


@pytest.mark.parametrize(
    "before", [" date 2024-01-23", "Markets:", "Seen 03/05/2024", "At 14:05", "PSX:", "(live)"]
)
def test_a_quote_behind_text_is_taken_from_the_end_of_its_line(before: str) -> None:
    text = f"{before} {LINES[0]}\n" + "\n".join(LINES[1:])
    assert figures(text) == EXPECTED
    first = lines_of(parsed(text))[0]
    assert first["text"] == f"{before} {LINES[0]}"


def test_a_quote_behind_text_is_judged_as_any_other() -> None:
    wrong = ticker_line(Quote("HBL", "112.40", "-0.36", "-3.2"))
    (row,) = lines_of(parsed(f"Markets: {wrong}"))
    assert row["rejected_because"] == "pct_mismatch"


@pytest.mark.parametrize(
    "prose",
    [
        "The index increased by 5 (3%)",
        "KSE100 was up and Increased By 5 (3%)",
        "Shares of HBL at 112.40 increased by 0.36 (0.32%)",
        "Sales of 2023 Increased By 12 (4%) over HBL 112.40",
        "In May HBL rose (0.32%), OGDC 137.75 fell, and No Change (0%)",
    ],
)
def test_prose_with_figures_is_no_quote(prose: str) -> None:
    assert parsed(prose).lines.num_rows == 0


def test_documents_with_and_without_odd_lines_do_not_influence_one_another() -> None:
    plain, odd = ticker(QUOTES), " ".join(LINES)
    together = parsed(plain, odd, plain)
    assert (
        together.documents.to_pylist()[0]["block_id"]
        == parsed(plain).documents.to_pylist()[0]["block_id"]
    )
    assert pl.DataFrame(together.documents)["accepted_line_count"].to_list() == [4, 4, 4]
