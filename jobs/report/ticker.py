"""One ticker as a page showed it, dated or not, as data and as text for the terminal."""

import duckdb
from rich.columns import Columns

from jobs.page.undated import read_ticker
from jobs.report.tables import as_text, plain_table, quotes_table, side_by_side
from jobs.report.unplaced import remedy
from jobs.rows import Row, rows

_REJECTED_SHOWN = 3


def read_pages(connection: duckdb.DuckDBPyConnection, top: int) -> list[Row]:
    """Every document of a preview, by file: its ticker and the session of its figures.

    Each has `source`, `document`, `member`, `url`, `captured_at`, the counts of its lines,
    `outcome` (`block`, `no_block` or `refused`) and `refused_because`. One with a ticker also has
    `sections` (for shares and indices: `trade_date`, `best_date`, `best_confidence`, `placed_by`,
    `unplaced_because`), `rejected` (lines with their reasons) and what `read_ticker` gives.
    """
    pages = rows(
        connection,
        "select source, document, member, url, captured_at, captured_precision, outcome,"
        " refused_because, block_id, accepted_line_count, rejected_line_count"
        " from staging.documents order by source, document",
    )
    for page in (page for page in pages if page["block_id"] is not None):
        page["sections"] = rows(
            connection,
            "select part as section, trade_date, best_date, best_confidence, placed_by,"
            " unplaced_because from core.placements where block_id = $block_id order by part desc",
            block_id=page["block_id"],
        )
        page["rejected"] = rows(
            connection,
            "select line, reason, text from rejected_lines"
            " where source = $source and document = $document order by line",
            source=page["source"],
            document=page["document"],
        )
        page.update(read_ticker(connection, page["block_id"], top))
    return pages


def page_text(page: Row, width: int = 80) -> str:
    """One page as `read_pages` gives it."""
    place = f"{page['source']}, document {page['document']}"
    if page["outcome"] == "refused":
        return f"{place}\n  refused: {page['refused_because']}"
    if page["outcome"] == "no_block":
        return f"{place}\n  no ticker line found"
    lines = [
        place,
        f"  {page['accepted_line_count']} ticker lines accepted,"
        f" {page['rejected_line_count']} rejected",
    ]
    lines += [
        f"    line {rejected['line']} ({rejected['reason']}): {rejected['text']}"
        for rejected in page["rejected"][:_REJECTED_SHOWN]
    ]
    lines += _sessions(page["sections"])
    if not page["accepted_line_count"]:
        return "\n".join(lines)
    sectors = plain_table("Sectors", ["sector", "shares", "rose", "fell", "mean %"])
    for row in page["sectors"]:
        counts = (str(row[f"{name}_count"]) for name in ("symbol", "advancer", "decliner"))
        name = row["sector_name"] or row["sector_code"]
        sectors.add_row(name, *counts, f"{row['mean_change_pct']:+.2f}")
    tables = [as_text(movers_tables(page), width=width)] if page["sectors"] else []
    if page["sectors"]:
        tables.append(as_text(sectors, width=width))
    if page["indices"]:
        indices = quotes_table("Indices", page["indices"], "index_code", "level")
        tables.append(as_text(indices, width=width))
    return "\n\n".join(["\n".join(lines), *tables])


def movers_tables(found: Row) -> Columns:
    """Gainers and losers beside each other."""
    return side_by_side(
        quotes_table("Top gainers", found["gainers"], "symbol", "last_price"),
        quotes_table("Top losers", found["losers"], "symbol", "last_price"),
    )


def _sessions(sections: list[Row]) -> list[str]:
    """The session of shares and indices: one line where both agree."""
    said = {row["section"]: _session(row) for row in sections}
    if len(set(said.values())) == 1:
        name = "session" if len(said) > 1 else f"session of the {_PLURAL[sections[0]['section']]}"
        shown = [f"  {name}: {next(iter(said.values()))}"]
    else:
        shown = [f"  session of the {_PLURAL[name]}: {text}" for name, text in said.items()]
    reasons = {row["unplaced_because"] for row in sections} - {None}
    return shown + [f"  to confirm it: {remedy(reason)}" for reason in sorted(reasons)]


_PLURAL = {"share": "shares", "index": "indices"}


def _session(section: Row) -> str:
    if section["trade_date"]:
        return (
            f"{section['trade_date']:%A %d %B %Y}, probability {section['best_confidence']:.4f},"
            f" by {section['placed_by']}"
        )
    if section["best_date"]:
        return (
            f"not certain; most likely {section['best_date']:%A %d %B %Y},"
            f" probability {section['best_confidence']:.2f} ({section['unplaced_because']})"
        )
    return f"unknown ({section['unplaced_because']})"
