"""Single-character slips in ticker lines: how many are caught, by the field they fall into.

Price, change and percent bear one another out, as words, arrow and sign do. Every place of every
line gets every slip: the letter lost, or another one put in its stead or before it.
"""

import random
import re

import polars as pl
import pyarrow as pa

from bench.fuzz.documents import sound_quotes
from jobs.snapshot.parse import parse
from jobs.snapshot.schemas import DOCUMENT_TEXTS
from tests.support.pages import INDEX_CODES, Quote, ticker_line

_LETTERS = "0123456789.,-AOx "
_FIGURES = ("symbol", "price", "change", "change_pct")
_LINE = re.compile(r"(\S+)( )(\S+)( )([A-Za-z]+ [A-Za-z]+)( )(?:([▲▼])( ))?(\S+)( \()(\S+)(%\))")
_FIELDS = ("symbol", "gap", "price", "gap", "words", "gap", "arrow", "gap", "change", "gap",
           "percent", "gap")  # fmt: skip
_COUNTS = ["slips", "rejected", "unrecognised", "same", "other_symbol", "other_figure"]
_ROWS = 200_000

Slip = tuple[int, str, str, str]
"""Number of the line, field, kind of slip, the line that came of it."""


def slips(number: int, line: str) -> list[Slip]:
    """Every slip of one character in a line."""
    found = _LINE.fullmatch(line)
    assert found, line
    made: list[Slip] = []
    for group, field in enumerate(_FIELDS, start=1):
        for at in range(*found.span(group)):
            made.append((number, field, "lost", line[:at] + line[at + 1 :]))
            for letter in _LETTERS:
                if letter != line[at]:
                    made.append((number, field, "another", line[:at] + letter + line[at + 1 :]))
                made.append((number, field, "added", line[:at] + letter + line[at:]))
    return made


def measured(count: int = 1_000, seed: int = 1) -> pl.DataFrame:
    """What becomes of every slip in `count` lines.

    Returns:
        One row a kind of line (`share`, `unchanged share`, `index`), field and kind of slip:
        `line`, `field`, `kind`, `slips`, and the counts `rejected`, `unrecognised` (no longer a
        ticker line), `same` (accepted with the true figures), `other_symbol` and `other_figure`
        (accepted with other ones); `price_off` is the largest share of its price, in percent, by
        which an accepted price was wrong.
    """
    quotes = sound_quotes(random.Random(seed), count)
    made = [
        slip
        for number, quote in enumerate(quotes)
        for slip in slips(number, ticker_line(quote, index_arrows=number % 2 == 0))
    ]
    true = pl.DataFrame(
        {
            "number": range(count),
            "line": [_kind(quote) for quote in quotes],
            "true_symbol": [q.symbol for q in quotes],
            "true_price": [float(q.price) for q in quotes],
            "true_change": [float(q.change) for q in quotes],
            "true_change_pct": [float(q.pct) for q in quotes],
        }
    )
    frame = pl.DataFrame(made, schema=["number", "field", "kind", "text"], orient="row")
    fates = pl.concat(_fates(part) for part in frame.iter_slices(_ROWS)).join(true, on="number")
    is_accepted = pl.col("is_ticker_like") & pl.col("rejected_because").is_null()
    same_symbol = pl.col("symbol") == pl.col("true_symbol")
    same_figures = pl.all_horizontal(
        pl.col(name).cast(pl.Float64) == pl.col(f"true_{name}") for name in _FIGURES[1:]
    )
    off = (100 * (pl.col("price").cast(pl.Float64) / pl.col("true_price") - 1)).abs()
    return (
        fates.group_by("line", "field", "kind")
        .agg(
            slips=pl.len(),
            rejected=(pl.col("is_ticker_like") & ~is_accepted).sum(),
            unrecognised=(~pl.col("is_ticker_like")).sum(),
            same=(is_accepted & same_symbol & same_figures).sum(),
            other_symbol=(is_accepted & ~same_symbol).sum(),
            other_figure=(is_accepted & same_symbol & ~same_figures).sum(),
            price_off=off.filter(is_accepted).max(),
        )
        .sort("line", "field", "kind")
    )


def _kind(quote: Quote) -> str:
    if quote.symbol in INDEX_CODES:
        return "index"
    return "share" if float(quote.change) else "unchanged share"


def _fates(slips: pl.DataFrame) -> pl.DataFrame:
    """The slips with what the parser makes of each, alone in a document."""
    texts = pa.table(
        {
            **{field.name: pa.nulls(slips.height, field.type) for field in DOCUMENT_TEXTS},
            "file_id": pa.repeat("slips", slips.height),
            "document": pa.array(range(slips.height), pa.int32()),
            "text": slips["text"].to_arrow().cast(pa.large_string()),
        },
        DOCUMENT_TEXTS,
    )
    parsed = parse(texts)
    block_ids = pl.DataFrame(parsed.documents)["block_id"]
    lines = pl.DataFrame(parsed.lines).drop("text", "line")
    return slips.with_columns(block_id=block_ids, is_ticker_like=block_ids.is_not_null()).join(
        lines, on="block_id", how="left", maintain_order="left"
    )


def tables(measured: pl.DataFrame) -> str:
    """The same as Markdown, in percent of the slips: by line and field, and by kind of slip."""
    by_field = _added(measured, ["line", "field"])
    by_kind = _added(measured.filter(pl.col("line") == "share"), ["field", "kind"])
    return f"{_markdown(by_field, 2)}\n\n{_markdown(by_kind, 2)}"


def _added(measured: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    counts = pl.col(_COUNTS).sum()
    return measured.group_by(keys).agg(counts, pl.col("price_off").max()).sort(keys)


def _markdown(counts: pl.DataFrame, keys: int) -> str:
    names = [name.replace("_", " ") for name in counts.columns]
    lines = [names, ["---"] * len(names)]
    for row in counts.rows():
        all_slips = row[keys]
        parts = [f"{100 * part / all_slips:.2f} %" for part in row[keys + 1 : -1]]
        off = f"{row[-1]:.2f} %" if row[-1] else ""
        lines.append([*row[:keys], f"{all_slips:,}", *parts, off])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
