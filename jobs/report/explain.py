"""The whole way of one published figure: from its cell back to the line that it stands on."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb

from jobs.errors import InputError
from jobs.rows import Row, rows
from jobs.snapshot.capture_times import KARACHI

_MEANING = {
    "close": "the session's last price",
    "intraday": "seen during the session, or known not to be its last",
    "unordered": "nothing tells when in the session it was seen",
    "implied": "no page of the session shows it; the next session's pages use it as previous price",
}
_FLAGS = {
    "not_listed": "shown although it was not listed; not counted in movers, sectors and breadth",
    "beyond_limit": "a larger move than the exchange allows in a day",
}


def explain_quote(connection: duckdb.DuckDBPyConnection, symbol: str, day: date) -> str:
    """What `symbol` was worth on `day`, where that stands, and what else was seen.

    Raises:
        InputError: there is no such figure.
    """
    found = rows(
        connection,
        "select quotes.*, daily.adjusted_price, daily.flag, summary.official_close"
        " from core.last_quotes as quotes"
        " left join daily_quotes as daily using (trade_date, symbol)"
        " left join daily_index_summary as summary on quotes.trade_date = summary.trade_date"
        "  and quotes.symbol = summary.index_code"
        " where quotes.trade_date = $day and quotes.symbol = $symbol",
        day=day,
        symbol=symbol,
    )
    if not found:
        raise InputError(_nothing(connection, symbol, day))
    return "\n".join(_lines(connection, found[0]))


def _nothing(connection: duckdb.DuckDBPyConnection, symbol: str, day: date) -> str:
    (known,) = rows(
        connection,
        "select max(trade_date) filter (where trade_date < $day) as before,"
        " min(trade_date) filter (where trade_date > $day) as after"
        " from core.last_quotes where symbol = $symbol",
        day=day,
        symbol=symbol,
    )
    near = [str(near) for near in (known["before"], known["after"]) if near]
    unplaced = _unplaced(connection, symbol)
    if near:
        return (
            f"{symbol} on {day}: no such figure; the nearest are of {' and '.join(near)}{unplaced}"
        )
    if unplaced:
        return f"{symbol} on {day}: no page with {symbol} is placed on a session{unplaced}"
    return f"{symbol}: no page shows such a share or index"


def _unplaced(connection: duckdb.DuckDBPyConnection, symbol: str) -> str:
    """The unplaced pages that show `symbol`, as the end of a sentence; empty if there are none."""
    pages = rows(
        connection,
        "select captures.source, lines.best_date, lines.best_confidence"
        " from ticker_lines as lines join captures using (block_id)"
        " where lines.symbol = $symbol and lines.trade_date is null"
        " order by lines.best_confidence desc nulls last, captures.source",
        symbol=symbol,
    )
    if not pages:
        return ""
    count = "1 unplaced page shows" if len(pages) == 1 else f"{len(pages):,} unplaced pages show"
    first = pages[0]
    guess = ""
    if first["best_date"]:
        guess = (
            f", most likely of {first['best_date']} (probability {first['best_confidence']:.2f})"
        )
    example = "" if len(pages) == 1 else "such as "
    return f"; {count} it: {example}{first['source']}{guess}"


def _lines(connection: duckdb.DuckDBPyConnection, quote: Row) -> Iterator[str]:
    unit = "points" if quote["is_index"] else "PKR"
    change = ""
    if quote["change"] is not None:
        change = f", {quote['change']:+,.2f} ({quote['change_pct']:+.2f} %)"
    yield f"{quote['symbol']} on {quote['trade_date']:%A %d %B %Y}"
    yield ""
    yield f"  value      {quote['price']:,.2f} {unit}{change}"
    yield f"  status     {quote['price_status']}: {_MEANING[quote['price_status']]}"
    if quote["origin"] == "captured" and quote["implied_close"] is not None:
        yield f"  next day   its pages imply a close of {_money(quote['implied_close'])}"
    if quote["official_close"] is not None:
        yield f"  official   {quote['official_close']:,.2f} by the index history"
    if quote["adjusted_price"] is not None and quote["adjusted_price"] != float(quote["price"]):
        yield f"  adjusted   {quote['adjusted_price']:,.4f} for later ex dates"
    if quote["flag"]:
        yield f"  flag       {quote['flag']}: {_FLAGS[quote['flag']]}"
    (page,) = _pages(connection, quote["capture_id"], quote["symbol"])
    yield (
        f"  {_source(quote, page)} by {page['placed_by']}, probability {page['confidence']:.4f};"
        f" block {page['block_id']}"
    )
    yield f"  page       {_place(page)}"
    yield f"  line {page['line']:<5} {page['text']}"
    if quote["origin"] == "captured":
        yield from _competitors(connection, quote, page["block_id"])


def _source(quote: Row, page: Row) -> str:
    """Whose page shows the figure: one of the session, or for an implied one of the next."""
    if quote["origin"] == "captured":
        return f"session    {page['trade_date']}"
    if page["is_carried_over"]:
        return f"implied by a page made before the next open, which shows {page['trade_date']},"
    return f"implied by {page['trade_date']}"


def _pages(connection: duckdb.DuckDBPyConnection, capture_id: str, symbol: str) -> list[Row]:
    return rows(
        connection,
        "select captures.* exclude (trade_date, placed_by, confidence), placements.trade_date,"
        " placements.placed_by, placements.confidence, parts.is_carried_over,"
        " lines.line, lines.text"
        " from captures"
        " join core.block_quotes as quotes using (block_id)"
        " join core.placements as placements using (block_id, part)"
        " join core.block_parts as parts using (block_id, part)"
        " join staging.lines as lines using (block_id, line)"
        " where captures.capture_id = $capture_id and quotes.symbol = $symbol",
        capture_id=capture_id,
        symbol=symbol,
    )


def _competitors(connection: duckdb.DuckDBPyConnection, quote: Row, block_id: str) -> Iterator[str]:
    others = rows(
        connection,
        "select captures.block_id, captures.source, captures.document, captures.captured_at,"
        " captures.captured_precision, quotes.line, quotes.price, quotes.previous_price,"
        " blocks.price_status, blocks.capture_rank, parts.is_whole, parts.is_early,"
        " parts.is_carried_over, outvoted.agreed_price, outvoted.block_id as outvoted"
        " from core.placements as placements"
        " join core.block_parts as parts using (block_id, part)"
        " join core.block_quotes as quotes using (block_id, part)"
        " join captures using (block_id)"
        " left join core.session_blocks as blocks"
        "  on placements.trade_date = blocks.trade_date and placements.part = blocks.part"
        "  and placements.block_id = blocks.block_id"
        " left join core.outvoted_lines as outvoted"
        "  on quotes.block_id = outvoted.block_id and quotes.symbol = outvoted.symbol"
        " where placements.trade_date = $day and quotes.symbol = $symbol"
        "  and captures.capture_id <> $capture_id"
        " order by blocks.capture_rank nulls last, captures.captured_at desc, captures.source,"
        " captures.document",
        day=quote["trade_date"],
        symbol=quote["symbol"],
        capture_id=quote["capture_id"],
    )
    yield ""
    if not others:
        yield "  no other page of the session shows it"
        return
    yield f"  {len(others)} other page(s) of the session show it:"
    for other in others:
        yield f"    {other['price']:>12,.2f}  {_place(other)}, line {other['line']}"
        same = other["block_id"] == block_id
        yield f"                  {'the very same ticker' if same else _why(quote, other)}"


def _why(quote: Row, other: Row) -> str:
    """Why `other` is not the one that counts: the first reason that holds."""
    reasons = [
        (
            other["is_carried_over"],
            "made before the open: it shows the last prices of the session, all unchanged",
        ),
        (other["is_early"], "made before the open or at it"),
        (
            other["agreed_price"] is not None,
            f"outvoted: it implies a previous price of {_money(other['previous_price'])},"
            f" the session's other pages {_money(other['agreed_price'])}",
        ),
        (other["outvoted"], "outvoted: it moved unlike the indices beside it"),
        (
            other["price_status"] == "close",
            "the session's end as well; of several such pages the latest by time or key counts",
        ),
        (quote["price_status"] == "close", "not known to be the session's end"),
        (not other["is_whole"], "caught half refreshed"),
        (other["captured_at"] is not None, "captured earlier"),
        (True, "nothing tells which came last; the order of their keys decides"),
    ]
    return next(said for holds, said in reasons if holds)


def _money(value: Decimal | None) -> str:
    return "none" if value is None else f"{value:,.2f}"


def _place(page: Row) -> str:
    seen = ""
    if page["captured_at"] is not None:
        at = f"{page['captured_at'].astimezone(ZoneInfo(KARACHI)):%Y-%m-%d %H:%M:%S} in Karachi"
        seen = f", seen {at[:10]}" if page["captured_precision"] == "day" else f", seen {at}"
    return f"{page['source']}, document {page['document']}{seen}"
