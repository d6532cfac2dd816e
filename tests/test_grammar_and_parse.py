"""The parser is the inverse of the page: what was printed comes back, and nothing is lost.

Hypothesis makes the figures, the articles and the damage; the expected values are the figures that
the pages were rendered from, never what the parser says.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xxhash import xxh3_128_hexdigest

from jobs.snapshot.parse import Parsed, parse
from jobs.snapshot.schemas import DOCUMENT_TEXTS, DOCUMENTS, LINES
from tests.support.pages import INDEX_CODES, Quote, article, page, ticker, ticker_line

CENT = Decimal("0.01")

Row = dict[str, object]


def parsed(*texts: str) -> Parsed:
    """What comes of these texts, a document each, numbered from 0."""
    documents = [
        {"file_id": f"file-{i}", "document": 1, "text": text} for i, text in enumerate(texts)
    ]
    return parse(pa.Table.from_pylist(documents, schema=DOCUMENT_TEXTS))


def lines_of(result: Parsed, document: int = 0) -> list[Row]:
    """The lines of the block that one document shows, in their order."""
    block_id = result.documents["block_id"][document].as_py()
    return [row for row in result.lines.to_pylist() if row["block_id"] == block_id]


def printed_pct(change: Decimal, previous: Decimal) -> str:
    """Percent as the site prints it: two decimals, half away from zero, no trailing zeros."""
    rounded = (100 * change / previous).quantize(CENT, ROUND_HALF_UP)
    return plain(rounded)


def plain(figure: Decimal) -> str:
    text = f"{figure:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


@st.composite
def share_quotes(draw: st.DrawFn, symbol: str) -> Quote:
    previous = Decimal(draw(st.integers(1, 5_000_000))) / 100
    lowest = int(-previous * 100) + 1
    change = Decimal(draw(st.integers(max(lowest, -200_000), 200_000))) / 100
    price = previous + change
    return Quote(symbol, f"{price:.2f}", f"{change:.2f}", printed_pct(change, previous))


@st.composite
def index_quotes(draw: st.DrawFn, symbol: str, change_decimals: int) -> Quote:
    """An index moves by at most a fifth; level and change are rounded apart, as on the page."""
    previous = Decimal(draw(st.integers(50_000, 20_000_000))) / 100
    change = (previous * draw(st.integers(-2000, 2000)) / 10_000).quantize(CENT, ROUND_HALF_UP)
    level = (previous + change).quantize(Decimal(1), ROUND_HALF_UP)
    shown = change.quantize(Decimal(1).scaleb(-change_decimals), ROUND_HALF_UP)
    return Quote(symbol, str(level), plain(shown), printed_pct(change, previous))


@st.composite
def blocks(draw: st.DrawFn) -> tuple[list[Quote], bool]:
    """Figures of a page, and whether its index lines have arrows."""
    index_arrows = draw(st.booleans())
    names = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=2, max_size=12)
    symbols = draw(
        st.lists(names.filter(lambda n: n not in INDEX_CODES), min_size=1, max_size=8, unique=True)
    )
    indices = draw(st.lists(st.sampled_from(sorted(INDEX_CODES)), unique=True))
    shares = [draw(share_quotes(symbol)) for symbol in symbols]
    levels = [draw(index_quotes(code, 2 if index_arrows else 1)) for code in indices]
    return [*shares, *levels], index_arrows


@settings(max_examples=150, deadline=None)
@given(block=blocks(), seed=st.integers(0, 10**9), carriage_returns=st.booleans())
def test_figures_that_are_rendered_and_parsed_come_back_to_the_last_digit(
    block: tuple[list[Quote], bool], seed: int, carriage_returns: bool
) -> None:
    quotes, index_arrows = block
    text = page(ticker(quotes, index_arrows), seed)
    result = parsed(text.replace("\n", "\r\n") if carriage_returns else text)
    assert [
        (row["line"], row["symbol"], row["price"], row["change"], row["change_pct"])
        for row in result.lines.to_pylist()
    ] == [
        (number, quote.symbol, Decimal(quote.price), Decimal(quote.change), Decimal(quote.pct))
        for number, quote in enumerate(quotes, start=1)
    ]
    assert result.lines["rejected_because"].null_count == len(quotes)
    assert [row["is_index"] for row in result.lines.to_pylist()] == [
        quote.symbol in INDEX_CODES for quote in quotes
    ]
    assert [row["text"] for row in result.lines.to_pylist()] == [
        ticker_line(quote, index_arrows) for quote in quotes
    ]


@pytest.mark.parametrize("seed_base", [0, 1000, 2000])
def test_articles_alone_give_no_lines_at_all(seed_base: int) -> None:
    result = parsed(*(article(seed_base + seed, paragraphs=9) for seed in range(300)))
    assert result.lines.num_rows == 0
    assert result.documents["outcome"].to_pylist() == ["no_block"] * 300
    assert result.documents["block_id"].null_count == 300
    assert set(result.documents["ticker_line_count"].to_pylist()) == {0}


SOUND = [
    Quote("AAAAA", "112.40", "-0.36", "-0.32"),  # -0.36 / 112.76 = -0.3193 %
    Quote("BBBBB", "72.59", "3.39", "4.9"),  # 3.39 / 69.20 = 4.8988 %
    Quote("CCCCC", "10.54", "0.00", "0"),
    Quote("KSE100", "71902", "1235.2", "1.75"),  # 1235.2 / 70666.8 = 1.7479 %
]
"""Symbols so far apart that one changed letter does not turn one into another."""

LETTERS = [*"0123456789.,-+()% ?▲▼ABKabé\u00a0\t\x00", "\ufffd"]


@st.composite
def damaged_lines(draw: st.DrawFn) -> tuple[int, str]:
    """The place of one line among `SOUND`, and that line with a slip in it."""
    place = draw(st.integers(0, len(SOUND) - 1))
    line = ticker_line(SOUND[place])
    at = draw(st.integers(0, len(line) - 1))
    letter = draw(st.sampled_from(LETTERS))
    kind = draw(st.sampled_from(["delete", "replace", "insert", "truncate"]))
    return place, {
        "delete": line[:at] + line[at + 1 :],
        "replace": line[:at] + letter + line[at + 1 :],
        "insert": line[:at] + letter + line[at:],
        "truncate": line[:at],
    }[kind]


@settings(max_examples=250, deadline=None)
@given(damage=damaged_lines())
def test_a_damaged_line_is_accepted_or_rejected_and_harms_no_other(
    damage: tuple[int, str],
) -> None:
    place, text = damage
    texts = [text if i == place else ticker_line(quote) for i, quote in enumerate(SOUND)]
    result = parsed(page("\n".join(texts) + "\n", seed=7))
    found = {row["line"]: row for row in lines_of(result)}
    document = result.documents.to_pylist()[0]

    for i, quote in enumerate(SOUND):
        if i != place:
            assert found[i + 1]["price"] == Decimal(quote.price)
            assert found[i + 1]["change"] == Decimal(quote.change)
            assert found[i + 1]["rejected_because"] is None
    assert set(found) - {place + 1} == {1, 2, 3, 4} - {place + 1}
    if re.match(r"\S+ \S*[0-9]\S* (Increased By|Decreased By|No Change)", text):
        assert place + 1 in found, "a line with name, price and words is lost"

    accepted = [row for row in found.values() if row["rejected_because"] is None]
    assert document["ticker_line_count"] == len(found)
    assert document["accepted_line_count"] == len(accepted)
    assert document["rejected_line_count"] == len(found) - len(accepted)
    for line, row in found.items():
        figures = [row[name] for name in ("symbol", "is_index", "price", "change", "change_pct")]
        assert row["text"] == texts[line - 1]
        assert (None in figures) == (row["rejected_because"] is not None)
        assert figures.count(None) in (0, len(figures))


def test_two_articles_under_one_ticker_are_one_block_whose_lines_stand_once() -> None:
    block = ticker(SOUND)
    result = parsed(page(block, 1), page(block, 2), page("", 3), page(block, 1, paragraphs=0))
    ids = result.documents["block_id"].to_pylist()
    assert ids[0] is not None
    assert ids == [ids[0], ids[0], None, ids[0]]
    assert result.lines.num_rows == len(SOUND)
    assert result.documents["outcome"].to_pylist() == ["block", "block", "no_block", "block"]
    assert result.documents["accepted_line_count"].to_pylist() == [4, 4, 0, 4]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(ticker(SOUND[:-1]), id="a line less"),
        pytest.param(ticker(SOUND[::-1]), id="another order"),
        pytest.param("\n" + ticker(SOUND), id="other places"),
        pytest.param(ticker(SOUND).replace("112.40", "112.41"), id="another figure"),
        pytest.param(ticker(SOUND).replace("BBBBB", "BBBBC"), id="another symbol"),
    ],
)
def test_tickers_that_differ_are_different_blocks(other: str) -> None:
    result = parsed(page(ticker(SOUND), 1), page(other, 1))
    first, second = result.documents["block_id"].to_pylist()
    assert first is not None
    assert second is not None
    assert first != second


def test_the_moved_end_of_a_line_makes_another_block() -> None:
    """The texts run on alike, letter for letter; only the break between the lines differs."""
    one = parsed("AAAAA 1.00 No Change\nBBBBB 1.00 No Change")
    other = parsed("AAAAA 1.00 No ChangeB\nBBBB 1.00 No Change")
    assert (one.lines.num_rows, other.lines.num_rows) == (2, 2)
    assert one.documents["block_id"][0] != other.documents["block_id"][0]


TEXTS = st.lists(
    st.one_of(
        st.sampled_from(["", "\n", "\n\n\n", " ", "no ticker here", "\r\n\r\n", "(0%)"]),
        st.builds(lambda block, seed: page(ticker(*block), seed), blocks(), st.integers(0, 3)),
        st.builds(
            lambda damage, before: "\n" * before + damage[1] + "\n" + ticker(SOUND),
            damaged_lines(),
            st.integers(0, 3),
        ),
        st.just(page(ticker(SOUND) * 2, 5)),
    ),
    max_size=6,
)


def by_document(results: Sequence[Parsed]) -> list[tuple[Row, list[Row]]]:
    """Each document with what its block holds, without the names that count documents."""
    return [
        (
            {k: v for k, v in document.items() if k not in ("file_id",)},
            lines_of(result, place),
        )
        for result in results
        for place, document in enumerate(result.documents.to_pylist())
    ]


@settings(max_examples=50, deadline=None)
@given(texts=TEXTS)
def test_documents_never_influence_one_another(texts: list[str]) -> None:
    together = parsed(*texts)
    assert by_document([together]) == by_document([parsed(text) for text in texts])
    ids = [xxh3_128_hexdigest(text.encode()) for text in texts]
    assert together.documents["document_id"].to_pylist() == ids
    lines = together.lines.to_pylist()
    assert len({(row["block_id"], row["line"]) for row in lines}) == len(lines)


def test_no_documents_give_empty_tables_of_the_schemas() -> None:
    result = parsed()
    assert result.documents.schema == DOCUMENTS
    assert result.lines.schema == LINES
    assert (result.documents.num_rows, result.lines.num_rows) == (0, 0)


def test_a_block_below_the_article_keeps_the_numbers_of_its_lines() -> None:
    above = article(11)
    result = parsed(above + ticker(SOUND))
    start = above.count("\n") + 1
    assert result.lines["line"].to_pylist() == list(range(start, start + len(SOUND)))
