"""Documents to ticker lines: Arrow in, Arrow out, no files, the same on every engine."""

from typing import NamedTuple

import polars as pl
import pyarrow as pa
from xxhash import xxh3_128_hexdigest

from jobs.snapshot import grammar
from jobs.snapshot.grammar import Reason
from jobs.snapshot.schemas import DOCUMENTS, LINES

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
    their texts and places, so that pages with the same ticker share one block.
    """
    pages = pl.DataFrame(documents).with_row_index("page")
    lines = _without_contradictions(_judged(_ticker_like(pages)))
    blocks = _blocks(lines)
    return Parsed(
        documents=_arrow(_outcomes(pages, blocks), DOCUMENTS),
        lines=_arrow(_distinct_blocks(lines, blocks), LINES),
    )


def _ticker_like(pages: pl.DataFrame) -> pl.DataFrame:
    """The lines that mean to be ticker lines: page, line (from 1), text."""
    texts = pl.col("text").str.split("\n")
    return (
        pages.lazy()
        .select("page", text=texts, line=pl.int_ranges(1, texts.list.len() + 1, dtype=pl.Int32))
        .explode("text", "line")
        .filter(pl.col("text").str.contains(grammar.TICKER_LIKE))
        .with_columns(pl.col("text").str.strip_chars_end("\r"))
        .collect()
    )


def _judged(lines: pl.DataFrame) -> pl.DataFrame:
    """Each line with its figures, or with the reason why it has none."""
    parts = pl.col("text").str.extract_groups(grammar.LINE)
    printed = {name: pl.col("parts").struct.field(name) for name in ("price", "change", "pct")}
    figures = {
        name: text.str.replace_all(",", "", literal=True).cast(_FIGURE, strict=False)
        for name, text in printed.items()
    }
    return (
        lines.lazy()
        .with_columns(parts=parts)
        .with_columns(
            symbol=pl.col("parts").struct.field("symbol"),
            price=figures["price"],
            change=figures["change"],
            change_pct=figures["pct"],
        )
        .with_columns(is_index=pl.col("symbol").is_in(grammar.INDEX_CODES))
        .with_columns(rejected_because=_reason(printed))
        .drop("parts")
        .collect()
    )


def _reason(printed: dict[str, pl.Expr]) -> pl.Expr:
    """The first rule of the page that a line breaks; null if it breaks none."""
    price, change, pct = (pl.col(c).cast(pl.Float64) for c in ("price", "change", "change_pct"))
    previous = price - change
    has = {name: pl.col("parts").struct.field(name).is_not_null() for name in ("up", "down")}
    words = pl.col("parts").struct.field("words")

    decimals_hold = (
        pl.when("is_index")
        .then(
            printed["price"].str.contains(grammar.INDEX_PRICE)
            & printed["change"].str.contains(grammar.INDEX_CHANGE)
        )
        .otherwise(
            printed["price"].str.contains(grammar.SHARE_PRICE)
            & printed["change"].str.contains(grammar.SHARE_CHANGE)
        )
    ) & printed["pct"].str.contains(grammar.PCT)
    readable = pl.all_horizontal(pl.col("price", "change", "change_pct").is_not_null())
    direction_agrees = (
        pl.when(change > 0)
        .then((words == grammar.ROSE) & ~has["down"])
        .when(change < 0)
        .then((words == grammar.FELL) & ~has["up"])
        .otherwise((words == grammar.UNCHANGED) & ~has["up"])
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

    ends = pl.col("text").str.strip_chars_end().str.ends_with(")")
    return (
        pl.when(words.is_null() & ~ends)
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
    figures = ["price", "change", "change_pct"]
    is_accepted = pl.col("rejected_because").is_null()
    is_repeated = (
        is_accepted & ~pl.struct("page", pl.when(is_accepted).then("symbol")).is_first_distinct()
    )
    lines = lines.with_columns(is_repeated=is_repeated)
    if lines["is_repeated"].any():
        firsts = lines.filter(is_accepted & ~pl.col("is_repeated"))
        first_figures = firsts.select(
            "page", "symbol", *(pl.col(c).alias(f"_{c}") for c in figures)
        )
        agrees = pl.all_horizontal(pl.col(c) == pl.col(f"_{c}") for c in figures)
        conflicts = pl.col("is_repeated") & ~agrees
        lines = (
            lines.join(first_figures, on=["page", "symbol"], how="left", maintain_order="left")
            .with_columns(
                rejected_because=pl.when(conflicts)
                .then(pl.lit(Reason.CONFLICTING.value))
                .otherwise("rejected_because"),
                is_repeated=pl.col("is_repeated") & ~conflicts,
            )
            .drop(f"_{c}" for c in figures)
        )
    is_rejected = pl.col("rejected_because").is_not_null()
    return lines.with_columns(
        pl.when(~is_rejected).then(pl.col("symbol", "is_index", *figures)),
    )


def _blocks(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a page with ticker-like lines: its block's key and the counts of its lines."""
    rejected = pl.col("rejected_because").is_not_null()
    blocks = lines.group_by("page", maintain_order=True).agg(
        spelled=pl.concat_str(pl.col("line").cast(pl.String), pl.lit("\t"), "text").str.join("\n"),
        ticker_line_count=pl.len(),
        accepted_line_count=(~rejected).sum(),
        rejected_line_count=rejected.sum(),
        repeated_line_count=pl.col("is_repeated").sum(),
    )
    keys = [xxh3_128_hexdigest(spelled.encode()) for spelled in blocks["spelled"]]
    return blocks.drop("spelled").with_columns(block_id=pl.Series(keys, dtype=pl.String))


def _outcomes(pages: pl.DataFrame, blocks: pl.DataFrame) -> pl.DataFrame:
    has_block = pl.col("block_id").is_not_null()
    return pages.join(blocks, on="page", how="left", maintain_order="left").with_columns(
        pl.selectors.ends_with("_line_count").fill_null(0),
        outcome=pl.when(has_block).then(pl.lit("block")).otherwise(pl.lit("no_block")),
        refused_because=pl.lit(None, pl.String),
    )


def _distinct_blocks(lines: pl.DataFrame, blocks: pl.DataFrame) -> pl.DataFrame:
    once = blocks.unique("block_id", keep="first", maintain_order=True)
    return lines.join(
        once.select("page", "block_id"), on="page", how="inner", maintain_order="left"
    )


def _arrow(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    return frame.select(schema.names).to_arrow().cast(schema)
