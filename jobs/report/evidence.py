"""Why a page stands on its session: the evidence, as a person would argue it."""

from collections.abc import Iterator

import duckdb

from jobs.errors import InputError
from jobs.rows import Row, rows

_CANDIDATES = 4
_PAGES = 6


def explain_block(connection: duckdb.DuckDBPyConnection, key: str) -> str:
    """What speaks for the session of a ticker block; `key` begins the key of a block or capture.

    Raises:
        InputError: no block, or more than one, has such a key.
    """
    found = rows(
        connection,
        "select block_id, min(source || ', document ' || document) as page, count(*) as page_count,"
        " any_value(share_line_count) as shares, any_value(index_line_count) as indices,"
        " min(captured_at) as captured_at"
        " from captures where starts_with(block_id, $key) or starts_with(capture_id, $key)"
        " group by block_id limit 2",
        key=key,
    )
    if len(found) != 1:
        problem = "more than one block has a key that begins so" if found else "no such block"
        raise InputError(f"{key}: {problem}; captures lists capture_id and block_id")
    return "\n".join(_lines(connection, found[0]))


def _lines(connection: duckdb.DuckDBPyConnection, block: Row) -> Iterator[str]:
    more = f" and {block['page_count'] - 1} more" if block["page_count"] > 1 else ""
    yield f"block {block['block_id']}: {block['shares']} shares, {block['indices']} indices"
    yield f"  on {block['page']}{more}"
    parts = rows(
        connection,
        "select placements.*, parts.is_carried_over, parts.is_early, parts.is_whole,"
        " chains.chain_position, chains.chain_id"
        " from core.placements as placements"
        " join core.block_parts as parts using (block_id, part)"
        " left join core.chains as chains on parts.group_id = chains.group_id"
        "  and parts.part = 'share'"
        " where block_id = $block_id order by part",
        block_id=block["block_id"],
    )
    for part in parts:
        yield ""
        yield from _verdict(part)
        yield from _companions(connection, part)
        yield from _candidates(connection, part)


def _verdict(part: Row) -> Iterator[str]:
    name = "shares" if part["part"] == "share" else "indices"
    if part["trade_date"]:
        yield (
            f"{name}: {part['trade_date']:%A %d %B %Y}, by {part['placed_by']},"
            f" probability {part['confidence']:.4f}"
        )
    else:
        yield f"{name}: unplaced, {part['unplaced_because']}"
    if part["is_carried_over"]:
        yield "  nothing has moved: they show the session before the one that they were made for"
    elif part["is_early"]:
        yield "  two thirds have not moved: they were made before the open, or at it"
    elif not part["is_whole"]:
        yield "  a tenth or more disagree with the others, or a third are flat: half refreshed"


def _companions(connection: duckdb.DuckDBPyConnection, part: Row) -> Iterator[str]:
    found = rows(
        connection,
        "select distinct captures.source, captures.document from core.block_parts as parts"
        " join captures using (block_id)"
        " where parts.group_id = $group_id and parts.part = $part and block_id <> $block_id"
        " order by all",
        group_id=part["group_id"],
        part=part["part"],
        block_id=part["block_id"],
    )
    if found:
        agreed = "previous prices" if part["part"] == "share" else "previous levels"
        yield f"  {len(found)} other page(s) imply the same {agreed}, so they show one session:"
        for other in found[:_PAGES]:
            yield f"    {other['source']}, document {other['document']}"
        if len(found) > _PAGES:
            yield f"    and {len(found) - _PAGES} more"
    if part["chain_id"] is None:
        return
    for link in rows(
        connection,
        "select links.*, dates.trade_date, links.next_group_id = $group_id as is_before"
        " from core.group_links as links"
        " left join core.group_dates as dates on dates.part = 'share'"
        "  and dates.group_id = case when links.next_group_id = $group_id"
        "   then links.group_id else links.next_group_id end"
        " where $group_id in (links.group_id, links.next_group_id) order by is_before desc",
        group_id=part["group_id"],
    ):
        yield f"  {_link(link)}"


def _link(link: Row) -> str:
    how = (
        f"{link['match_count']} of {link['common_count']} equal"
        if link["is_exact"]
        else f"{link['median_distance_pct']:.2f} % apart at the median"
    )
    day = f" ({link['trade_date']})" if link["trade_date"] else ""
    if link["is_before"]:
        return f"their previous prices are the last prices of another session{day}: {how}"
    return f"their prices are the previous prices of another session{day}: {how}"


def _candidates(connection: duckdb.DuckDBPyConnection, part: Row) -> Iterator[str]:
    evidence = rows(
        connection,
        "select evidence.*, history.distance as points, history.fit, history.level_fit,"
        " history.is_outdated,"
        " sum(evidence.weight) over (partition by evidence.trade_date) as total"
        " from date_evidence as evidence"
        " join core.sessions as shown on evidence.trade_date = shown.trade_date"
        " left join core.index_evidence as history on evidence.part = 'index'"
        "  and evidence.method = 'index_history' and history.group_id = $group_id"
        "  and history.trade_date ="
        "   case when $is_carried_over then shown.next_trade_date else shown.trade_date end"
        " where evidence.block_id = $block_id and evidence.part = $part"
        " order by total desc, evidence.trade_date, evidence.weight desc",
        block_id=part["block_id"],
        part=part["part"],
        group_id=part["group_id"],
        is_carried_over=part["is_carried_over"],
    )
    if not evidence:
        yield "  nothing speaks for any session"
        return
    days = list(dict.fromkeys(row["trade_date"] for row in evidence))
    for day in days[:_CANDIDATES]:
        speaking = [row for row in evidence if row["trade_date"] == day]
        yield f"  {day}, weight {speaking[0]['total']:.1f}:"
        for row in speaking:
            yield f"    {row['weight']:+6.1f}  {_argument(row)}"
    if len(days) > _CANDIDATES:
        yield f"  and {len(days) - _CANDIDATES} weaker candidates in date_evidence"


def _argument(row: Row) -> str:
    points, count = row["distance"], row["match_count"]
    if row["method"] == "index_history":
        return _history(row)
    if row["method"] == "capture_time":
        return _clock(round(points))
    if row["method"] == "nearby_prices":
        goes = "do not go" if row["weight"] < 0 else "go"
        return f"the shares' prices {goes} with the sessions around it: {points:.1f} % a session"
    if row["method"] == "free_session":
        return _free(row)
    return {
        "chain": f"{count} other session(s) of their chain speak for it",
        "shares": f"the shares beside them speak {'for' if row['weight'] > 0 else 'against'} it",
        "not_listed": f"{count} of the shares were not listed then",
    }[row["method"]]


def _free(row: Row) -> str:
    if row["distance"] is None:
        return "other pages, surer of their date, show that session with other prices"
    return (
        "dated pages leave it free; weighed with other free sessions by prices"
        f" ({row['distance']:.1f} % a session off), history and missing links"
    )


def _clock(lag: int) -> str:
    if lag < 0:
        return f"it is {-lag} session(s) after the stated capture"
    before = f"{lag} session(s) before " if lag else ""
    return f"it is {before}the session of the stated capture time"


def _history(row: Row) -> str:
    if row["part"] == "share":
        return (
            "the index lines that go with them imply a close of the session before"
            f" {row['distance']:.1f} points off the official one"
        )
    what = {
        "exact": "the implied close of the session before is the official one",
        "near": "the implied close of the session before is near the official one",
        "close": "the level is the official close of the session itself",
    }[row["fit"]]
    said = f"{what}: {row['distance']:.1f} points off"
    if row["level_fit"] == "at_close":
        said += "; a level is the session's official close"
    elif row["level_fit"] in ("in_range", "out_of_range"):
        inside = "within" if row["level_fit"] == "in_range" else "outside"
        said += f"; the level is {inside} the session's range"
    return said + ("; the lines are written as in other years" if row["is_outdated"] else "")
