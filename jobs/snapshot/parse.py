"""Documents to ticker lines: Arrow in, Arrow out, no files, the same on every engine."""

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl
import pyarrow as pa
from xxhash import xxh3_128, xxh3_128_hexdigest

from jobs.snapshot import grammar
from jobs.snapshot.grammar import Reason
from jobs.snapshot.schemas import DOCUMENTS, LINES

_FIGURES = ("price", "change", "change_pct")
_FIGURE = pl.Decimal(18, 4)


class Parsed(NamedTuple):
    """What came of a batch of documents."""

    documents: pa.Table
    """`schemas.DOCUMENTS`, one row for each document given, in the order given."""

    lines: pa.Table
    """`schemas.LINES`, each distinct block of the batch once."""


def parse(documents: pa.Table) -> Parsed:
    """Find the ticker lines of `documents` (`schemas.DOCUMENT_TEXTS`) and judge each.

    Every ticker-like line comes back either accepted, with its figures, or rejected, with a reason;
    no line takes another down. A block is the ticker-like lines of one document; its key is made of
    their texts and places. Most pages of a crawl share their ticker with others, so a block is
    judged once, however many pages show it.
    """
    pages = pl.DataFrame(documents).with_row_index("page")
    pages = pages.with_columns(document_id=_document_keys(documents))
    found = _ticker_like(pages)
    blocks = _blocks(found)
    once = blocks.unique("block_id", keep="first", maintain_order=True).select("page", "block_id")
    lines = _without_contradictions(
        _judged(found.join(once, on="page", maintain_order="left").drop("page"))
    )
    return Parsed(
        documents=_arrow(_outcomes(pages, blocks.join(_counts(lines), on="block_id")), DOCUMENTS),
        lines=_arrow(lines, LINES),
    )


def _ticker_like(pages: pl.DataFrame) -> pl.DataFrame:
    """The lines that mean to be ticker lines: page, line (from 1), text, quote, before.

    `quote` is the part of the text to judge. If that begins behind other text, `before` is the word
    before it.
    """
    every = _lines(pages.select("page", pl.col("text").fill_null("")))
    found, odd = every.filter("is_like"), _odd_lines(every)
    crowded = odd.filter(pl.col("text").str.contains(grammar.SEVERAL))
    if not crowded.is_empty():
        every = _lines(_one_quote_a_line(pages, crowded["page"]))
        found, odd = every.filter("is_like"), _odd_lines(every)
    found = found.with_columns(quote="text", before=pl.lit(None, pl.String))
    late = odd.filter(~pl.col("is_like") & pl.col("text").str.contains(grammar.BEHIND_TEXT))
    if not late.is_empty():
        parts = pl.col("text").str.extract_groups(grammar.BEHIND_TEXT).struct
        late = late.with_columns(parts.field("quote"), parts.field("before"))
        found = pl.concat([found, late]).sort("row")
    return found.select(
        "page",
        line=(pl.col("row") - pl.col("lines_before") + 1).cast(pl.Int32),
        text=pl.col("text").str.strip_chars_end("\r"),
        quote="quote",
        before="before",
    )


def _lines(pages: pl.DataFrame) -> pl.DataFrame:
    """Every line: row (from 0), page, text, lines_before (of other pages), is_like."""
    line_count = pl.col("text").list.len()
    return (
        pages.lazy()
        .with_columns(pl.col("text").str.split("\n"))
        .with_columns(lines_before=line_count.cum_sum() - line_count)
        .explode("text")
        .with_row_index("row")
        .with_columns(is_like=pl.col("text").str.contains(grammar.TICKER_LIKE))
        .collect()
    )


def _odd_lines(every: pl.DataFrame) -> pl.DataFrame:
    """The few lines that can have a quote behind text, or several; quickly."""
    size = pl.col("text").str.len_bytes()
    least = (
        pl.when("is_like").then(grammar.SHORTEST_OF_SEVERAL).otherwise(grammar.SHORTEST_BEHIND_TEXT)
    )
    return every.filter(size >= least).filter(
        pl.col("text").str.contains(grammar.END_OF_QUOTE, literal=True)
    )


def _one_quote_a_line(pages: pl.DataFrame, crowded: pl.Series) -> pl.DataFrame:
    """The pages with a line break between quotes that stand on one line, as on those `crowded`."""
    broken = pl.col("text").str.replace_all(grammar.SEVERAL, f"{grammar.END_OF_QUOTE}\n${{1}}")
    is_crowded = pl.col("page").is_in(crowded.unique().implode())
    return pl.concat(
        [
            pages.filter(~is_crowded).select("page", pl.col("text").fill_null("")),
            pages.filter(is_crowded).select("page", broken),
        ]
    ).sort("page")


def _judged(lines: pl.DataFrame) -> pl.DataFrame:
    """Each line with its figures, or with the reason why it has none."""
    parts = pl.col("parts").struct
    figures = {
        name: parts.field(part).str.replace_all(",", "", literal=True).cast(_FIGURE, strict=False)
        for name, part in (("price", "price"), ("change", "change"), ("change_pct", "pct"))
    }
    return (
        _with_parts(lines)
        .lazy()
        .with_columns(symbol=parts.field("symbol"), **figures)
        .with_columns(is_index=pl.col("symbol").is_in(grammar.INDEX_CODES))
        .with_columns(rejected_because=_reason())
        .drop("parts", "quote", "before")
        .collect()
    )


def _with_parts(lines: pl.DataFrame) -> pl.DataFrame:
    """Each line with its `parts`, which are null where it is none; odd spaces are replaced then."""
    spelled = pl.col("quote").str.replace_many(grammar.ARROW_SPELLINGS, ascii_case_insensitive=True)
    parts = pl.col("quote").str.extract_groups(grammar.LINE).alias("parts")
    lines = lines.with_columns(spelled).with_columns(parts).with_row_index("row")
    is_none = lines["parts"].struct.field("symbol").is_null()
    if is_none.any():
        usual = pl.col("quote").str.replace_many(grammar.USUAL_SPACES)
        again = lines.filter(is_none).with_columns(usual).with_columns(parts)
        lines = pl.concat([lines.filter(~is_none), again]).sort("row")
    return lines.drop("row")


def _reason() -> pl.Expr:
    """The first rule of the page that a line breaks; null if it breaks none."""
    price, change, pct = (pl.col(c).cast(pl.Float64) for c in ("price", "change", "change_pct"))
    previous = price - change
    parts = pl.col("parts").struct
    printed_price, printed_change, printed_pct, words, arrow = (
        parts.field(name) for name in ("price", "change", "pct", "words", "arrow")
    )
    decimals_hold = (
        pl.when("is_index")
        .then(
            printed_price.str.contains(grammar.INDEX_PRICE)
            & printed_change.str.contains(grammar.INDEX_CHANGE)
        )
        .otherwise(
            printed_price.str.contains(grammar.SHARE_PRICE)
            & printed_change.str.contains(grammar.SHARE_CHANGE)
        )
    ) & printed_pct.str.contains(grammar.PCT)
    readable = pl.all_horizontal(pl.col("price", "change", "change_pct").is_not_null())
    says_up, says_down = (arrow.str.contains(a, literal=True).fill_null(False) for a in "▲▼")
    direction_agrees = (
        pl.when(change > 0)
        .then((words == grammar.ROSE) & ~says_down)
        .when(change < 0)
        .then((words == grammar.FELL) & ~says_up)
        .otherwise((words == grammar.UNCHANGED) & ~says_up)
    )
    rounding = (
        pl.when("is_index")
        .then(
            100
            * (
                grammar.INDEX_PRICE_ROUNDING * change.abs() / previous**2
                + grammar.INDEX_CHANGE_ROUNDING / previous
            )
        )
        .otherwise(0.0)
    )
    pct_agrees = (100 * change / previous - pct).abs() <= grammar.PCT_TOLERANCE + rounding + 1e-9

    has_end = pl.col("text").str.contains(")", literal=True)
    return (
        pl.when(
            ~pl.col("before").str.contains(grammar.ENDS_A_LABEL)
            # Prose has no arrow, and every share line of the page has one.
            | (pl.col("before").is_not_null() & arrow.is_null() & ~pl.col("is_index"))
        )
        .then(pl.lit(Reason.TEXT_BEFORE.value))
        .when(words.is_null() & ~has_end)
        .then(pl.lit(Reason.CUT_OFF.value))
        .when(words.is_null())
        .then(pl.lit(Reason.MALFORMED.value))
        .when(~(readable & decimals_hold))
        .then(pl.lit(Reason.BAD_NUMBER.value))
        .when((price <= 0) | (previous <= 0))
        .then(pl.lit(Reason.ZERO_PRICE.value))
        .when(~direction_agrees)
        .then(pl.lit(Reason.DIRECTION_MISMATCH.value))
        .when(~pct_agrees)
        .then(pl.lit(Reason.PCT_MISMATCH.value))
    )


def _without_contradictions(lines: pl.DataFrame) -> pl.DataFrame:
    """Mark second copies of a line as repeated, and reject those that contradict the first."""
    is_accepted = pl.col("rejected_because").is_null()
    is_first = pl.when(is_accepted).then(pl.struct("block_id", "symbol")).is_first_distinct()
    lines = lines.with_columns(is_repeated=is_accepted & ~is_first)
    if lines["is_repeated"].any():
        first = lines.filter(is_accepted & ~pl.col("is_repeated"))
        firsts = first.select("block_id", "symbol", *(pl.col(c).alias(f"_{c}") for c in _FIGURES))
        agrees = pl.all_horizontal(pl.col(c) == pl.col(f"_{c}") for c in _FIGURES)
        conflicts = pl.col("is_repeated") & ~agrees
        lines = (
            lines.join(firsts, on=["block_id", "symbol"], how="left", maintain_order="left")
            .with_columns(
                rejected_because=pl.when(conflicts)
                .then(pl.lit(Reason.CONFLICTING.value))
                .otherwise("rejected_because"),
                is_repeated=pl.col("is_repeated") & ~conflicts,
            )
            .drop(f"_{c}" for c in _FIGURES)
        )
    return lines.with_columns(pl.when(is_accepted).then(pl.col("symbol", "is_index", *_FIGURES)))


def _blocks(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a page with ticker-like lines: page, block_id."""
    runs = (
        lines.with_row_index("row")
        .group_by("page", maintain_order=True)
        .agg(pl.col("row").first(), pl.len())
    )
    keys = _block_keys(lines, runs["row"], runs["len"])
    return runs.select("page", block_id=pl.Series(list(keys), dtype=pl.String))


def _block_keys(lines: pl.DataFrame, firsts: pl.Series, counts: pl.Series) -> Iterator[str]:
    """A key for each run of lines, made of their texts, the texts' lengths, and their places."""
    if lines.is_empty():
        return
    texts = lines["text"].to_arrow().cast(pa.large_string())
    text = memoryview(texts.buffers()[2])
    starts = memoryview(texts.buffers()[1]).cast("q")
    lengths = memoryview(lines["text"].str.len_bytes().to_arrow().buffers()[1]).cast("I")
    places = memoryview(lines["line"].to_arrow().buffers()[1]).cast("i")
    for first, count in zip(firsts, counts, strict=True):
        end = first + count
        key = xxh3_128(text[starts[first] : starts[end]])
        key.update(lengths[first:end])
        key.update(places[first:end])
        yield key.hexdigest()


def _counts(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a block: how many of its lines were accepted, rejected, and repeat an earlier one."""
    is_rejected = pl.col("rejected_because").is_not_null()
    return lines.group_by("block_id").agg(
        ticker_line_count=pl.len(),
        accepted_line_count=(~is_rejected).sum(),
        rejected_line_count=is_rejected.sum(),
        repeated_line_count=pl.col("is_repeated").sum(),
    )


def _outcomes(pages: pl.DataFrame, blocks: pl.DataFrame) -> pl.DataFrame:
    """Each page with what came of it."""
    return pages.join(blocks, on="page", how="left", maintain_order="left").with_columns(
        pl.selectors.ends_with("_line_count").fill_null(0),
        outcome=pl.when(pl.col("refused_because").is_not_null())
        .then(pl.lit("refused"))
        .when(pl.col("block_id").is_not_null())
        .then(pl.lit("block"))
        .otherwise(pl.lit("no_block")),
    )


def _document_keys(documents: pa.Table) -> pl.Series:
    """A key for each document: of its text, so that copies are one document, else of its place."""
    keys: list[str | None] = []
    for texts in documents["text"].cast(pa.large_string()).chunks:
        ends = memoryview(texts.buffers()[1]).cast("q")[texts.offset :]
        text = memoryview(texts.buffers()[2] or b"")
        keys += [xxh3_128_hexdigest(text[ends[i] : ends[i + 1]]) for i in range(len(texts))]
    place = pl.concat_str("file_id", pl.col("document").cast(pl.String), separator="-")
    return (
        pl.DataFrame(documents.select(["file_id", "document", "refused_because"]))
        .with_columns(key=pl.Series(keys, dtype=pl.String))
        .select(pl.when(pl.col("refused_because").is_null()).then("key").otherwise(place))
        .to_series()
    )


def _arrow(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    return frame.select(schema.names).to_arrow().cast(schema)
