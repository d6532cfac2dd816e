"""Generated documents for the kernel, and what must hold of all that comes of them."""

import random
import re
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from bench.fuzz.damage import LETTERS, damaged_line
from jobs.snapshot import grammar
from jobs.snapshot.parse import Parsed, parse
from jobs.snapshot.schemas import DOCUMENT_TEXTS
from tests.support.pages import INDEX_CODES, Quote, article, index_quote, share_quote, ticker_line

_POOL = 3_000
_TICKER_LIKE = re.compile(grammar.TICKER_LIKE).match
_BEHIND_TEXT = re.compile(grammar.BEHIND_TEXT).search
_SEVERAL = re.compile(grammar.SEVERAL)
"""The page's own patterns in the regex engine of Python, which finds lines one by one."""


@dataclass(frozen=True)
class Batch:
    """Documents, and the ticker lines in them that nothing happened to."""

    texts: list[str]
    sound: pl.DataFrame
    """document (from 0), line (from 1), symbol, price, change, change_pct."""


def sound_quotes(pick: random.Random, count: int) -> list[Quote]:
    """Figures of the real shape: shares from a tenth of a rupee to thousands, indices."""
    quotes = []
    for _ in range(count):
        if pick.random() < 0.1:
            level = pick.uniform(1_000, 150_000)
            code = pick.choice(sorted(INDEX_CODES))
            quotes.append(index_quote(code, level, level * pick.uniform(0.9, 1.1)))
            continue
        symbol = "".join(pick.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=pick.randint(2, 9)))
        previous = round(pick.lognormvariate(3.8, 1.6) + 0.1, 2)
        move = 0.0 if pick.random() < 0.1 else pick.uniform(-0.1, 0.1)
        price = max(round(previous * (1 + move), 2), 0.01)
        quotes.append(share_quote(symbol, price, previous))
    return quotes


def batch(seed: str, count: int) -> Batch:
    """`count` documents: sound lines, damaged lines, prose and rubbish, in any order."""
    pick = random.Random(seed)
    draw = pick.random
    quotes = sound_quotes(pick, _POOL)
    lines = [ticker_line(quote, pick.random() < 0.3) for quote in quotes]
    prose = [line for number in range(8) for line in article(pick.randrange(10**9), 4).split("\n")]
    texts, places = [], []
    for document in range(count):
        parts, number = [], 1
        for _ in range(1 + int(draw() * 4)):
            fate = draw()
            which = int(draw() * _POOL)
            if fate < 0.35:
                part = lines[which]
                places.append((document, number, which))
            elif fate < 0.85:
                part = damaged_line(draw, lines[which], lines[int(draw() * _POOL)])
            elif fate < 0.95:
                part = prose[int(draw() * len(prose))]
            else:
                part = "".join(LETTERS[int(draw() * len(LETTERS))] for _ in range(int(draw() * 30)))
            parts.append(part)
            number += part.count("\n") + 1
        texts.append(("\r\n" if draw() < 0.05 else "\n").join(parts))
    figures = pl.DataFrame(
        {
            "which": range(_POOL),
            "symbol": [q.symbol for q in quotes],
            "price": [float(q.price) for q in quotes],
            "change": [float(q.change) for q in quotes],
            "change_pct": [float(q.pct) for q in quotes],
        }
    )
    sound = pl.DataFrame(places, schema=["document", "line", "which"], orient="row")
    return Batch(texts, sound.join(figures, on="which", maintain_order="left"))


def check(given: Batch) -> dict[str, int]:
    """Parse the documents and look at all that came of them.

    Returns:
        The counts of documents and of ticker lines.

    Raises:
        AssertionError: something does not hold; it says what.
    """
    texts = given.texts
    documents = pa.table(
        {
            **{name: pa.nulls(len(texts), DOCUMENT_TEXTS.field(name).type)
               for name in DOCUMENT_TEXTS.names},
            "file_id": pa.repeat("fuzz", len(texts)),
            "document": pa.array(range(len(texts)), pa.int32()),
            "text": pa.array(texts, pa.large_string()),
        }
    ).select(DOCUMENT_TEXTS.names)  # fmt: skip
    parsed = parse(documents.cast(DOCUMENT_TEXTS))
    _check_counts(parsed, texts)
    lines = pl.DataFrame(parsed.lines)
    _check_figures(lines)
    shown = pl.DataFrame(parsed.documents).select("document", "block_id").join(lines, on="block_id")
    _check_that_nothing_is_lost(shown, texts)
    crowded = [number for number, text in enumerate(texts) if _SEVERAL.search(text)]
    _check_sound_lines(shown, given.sound.filter(~pl.col("document").is_in(crowded)))
    return counts(parsed)


def counts(parsed: Parsed) -> dict[str, int]:
    """Documents in all, and their ticker lines by fate."""
    documents = pl.DataFrame(parsed.documents)
    return {
        "documents": documents.height,
        "ticker_lines": int(documents["ticker_line_count"].sum()),
        "accepted": int(documents["accepted_line_count"].sum()),
        "rejected": int(documents["rejected_line_count"].sum()),
    }


def _check_counts(parsed: Parsed, texts: list[str]) -> None:
    documents = pl.DataFrame(parsed.documents)
    assert documents.height == len(texts), "a document is lost"
    check_sums(documents)


def check_sums(documents: pl.DataFrame) -> None:
    """Accepted and rejected lines are the ticker-like ones, in each document."""
    assert documents.filter(
        pl.col("accepted_line_count") + pl.col("rejected_line_count") != pl.col("ticker_line_count")
    ).is_empty(), "accepted + rejected are not the ticker-like lines"
    assert documents.filter(
        (pl.col("outcome") == "block") != (pl.col("ticker_line_count") > 0)
    ).is_empty(), "a block without lines, or lines without a block"


def _check_figures(lines: pl.DataFrame) -> None:
    """Accepted figures are those that the line prints, and they bear one another out."""
    accepted = lines.filter(pl.col("rejected_because").is_null())
    rejected = lines.filter(pl.col("rejected_because").is_not_null())
    figures = ["symbol", "price", "change", "change_pct"]
    assert not any(accepted[name].null_count() for name in figures), "accepted without figures"
    assert all(rejected[name].null_count() == rejected.height for name in figures), (
        "rejected with figures"
    )
    quote = pl.col("text").str.replace_many(grammar.ARROW_SPELLINGS | grammar.USUAL_SPACES)
    accepted = accepted.with_columns(
        text=quote.str.extract_groups(grammar.BEHIND_TEXT).struct["quote"]
    )
    check_consistent(accepted)
    words = (
        pl.col("text")
        .str.replace_all(",", "", literal=True)
        .str.replace_all(r"[()%▲▼?�â–²¼&#xX;|]", " ")  # what can stand around a number
        .str.split(" ")
    )
    numbers = accepted.with_columns(
        printed=words.list.eval(pl.element().str.strip_chars().cast(pl.Float64, strict=False))
    )
    for name in figures[1:]:
        is_printed = pl.col("printed").list.contains(pl.col(name).cast(pl.Float64))
        odd = numbers.filter(~is_printed & ~pl.col("text").str.contains(r"[\t\r]|By-?[0-9]"))
        assert odd.is_empty(), f"{name} is not what the line prints: {odd['text'].to_list()[:3]}"


def check_consistent(accepted: pl.DataFrame) -> None:
    """Price, change, percent, words and arrow of accepted lines agree, worked out in integers.

    A share's percent may be off by 0.02 points; an index prints its level in whole points and its
    change in tenths, which is allowed for by trying the ends of their roundings. Percents of an
    index below 1,000 points, which none of the four ever was, are left to the parser's own rule.
    """
    price, change, pct = (
        (pl.col(name) * 10_000).cast(pl.Int64).cast(pl.Float64)
        for name in ("price", "change", "change_pct")
    )
    is_index = pl.col("is_index")
    half_price = pl.when(is_index).then(5_001.0).otherwise(0.0)
    half_change = pl.when(is_index).then(501.0).otherwise(0.0)
    ends = [
        1_000_000 * (change + c * half_change) / (price + p * half_price - change - c * half_change)
        for c in (-1, 1)
        for p in (-1, 1)
    ]
    slack = 201.0
    low, high = pl.min_horizontal(ends) - slack, pl.max_horizontal(ends) + slack
    text = pl.col("text")
    says = (
        pl.when(text.str.contains(grammar.ROSE, literal=True))
        .then(1)
        .when(text.str.contains(grammar.FELL, literal=True))
        .then(-1)
        .otherwise(0)
    )
    points = (
        pl.when(text.str.contains("▲", literal=True))
        .then(1)
        .when(text.str.contains("▼", literal=True) & (change > 0))
        .then(-1)
        .otherwise(change.sign())
    )
    odd = accepted.filter(
        (price <= 0)
        | (price <= change)
        | ~(pct.is_between(low, high) | (is_index & (price < 10_000_000)))
        | (says != change.sign())
        | ((points != change.sign()) & (change != 0))
    )
    assert odd.is_empty(), f"accepted without being consistent: {odd['text'].to_list()[:3]}"


def _check_that_nothing_is_lost(shown: pl.DataFrame, texts: list[str]) -> None:
    """Every ticker-like line is there, in its place and letter for letter, and no other."""
    expected = [
        (document, number, line.rstrip("\r"))
        for document, text in enumerate(texts)
        for number, line in enumerate(_SEVERAL.sub(r"%)\n\1", text).split("\n"), start=1)
        if _TICKER_LIKE(line) or _BEHIND_TEXT(line)
    ]
    found = shown.sort("document", "line").select("document", "line", "text").rows()
    assert found == expected, (
        f"lines differ: {sorted(set(found) ^ set(expected))[:3]} of {len(expected)}"
    )


def _check_sound_lines(shown: pl.DataFrame, sound: pl.DataFrame) -> None:
    """No damage in a document harms the lines beside it; only a contradiction may."""
    both = sound.join(shown, on=["document", "line"], how="left", suffix="_found")
    assert both["text"].null_count() == 0, "a sound line is lost"
    conflicts = both.filter(pl.col("rejected_because") == "conflicting")
    namesakes = shown.filter(pl.col("rejected_because").is_null()).select("document", "symbol")
    assert conflicts.join(namesakes, on=["document", "symbol"], how="anti").is_empty(), (
        "conflicting with nothing"
    )
    rest = both.filter(
        pl.col("rejected_because").is_null() | (pl.col("rejected_because") != "conflicting")
    )
    same = pl.all_horizontal(
        pl.col("rejected_because").is_null(),
        pl.col("symbol_found") == pl.col("symbol"),
        *(
            pl.col(f"{name}_found").cast(pl.Float64) == pl.col(name)
            for name in ("price", "change", "change_pct")
        ),
    )
    harmed = rest.filter(~same)
    assert harmed.is_empty(), f"a sound line was harmed: {harmed['text'].to_list()[:3]}"
