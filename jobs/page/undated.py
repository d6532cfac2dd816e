"""One ticker as a page showed it, whether its session is known or not."""

import duckdb

from jobs.rows import Row, rows


def newest_ticker(connection: duckdb.DuckDBPyConnection, top: int) -> Row | None:
    """The ticker that was captured last; without capture times, the one with the latest best date.

    Returns:
        What `read_ticker` gives, with `source`, `best_date` and `best_confidence`; none if no page
        has an accepted line.
    """
    found = rows(
        connection,
        "select block_id, captures.source, max(best_date) as best_date,"
        " max(best_confidence) as best_confidence"
        " from ticker_lines join captures using (block_id)"
        " group by block_id, captures.source, last_captured_at"
        " order by last_captured_at desc nulls last, best_date desc nulls last, source desc"
        " limit 1",
    )
    return {**found[0], **read_ticker(connection, found[0]["block_id"], top)} if found else None


def read_ticker(connection: duckdb.DuckDBPyConnection, block_id: str, top: int) -> Row:
    """`gainers`, `losers`, `sectors` and `indices` of one block, each a list of rows."""

    def of_block(query: str) -> list[Row]:
        return rows(connection, query, block_id=block_id)

    shares = "from ticker_lines where block_id = $block_id and not is_index"
    quote = "symbol, company_name, sector_name, price as last_price, change, change_pct"
    return {
        "gainers": of_block(
            f"select {quote}, gainer_rank {shares} and gainer_rank <= {top}"
            f" order by gainer_rank, symbol limit {top}"
        ),
        "losers": of_block(
            f"select {quote}, loser_rank {shares} and loser_rank <= {top}"
            f" order by loser_rank, symbol limit {top}"
        ),
        "sectors": of_block(
            "select sector_code, sector_name, count(*) as symbol_count,"
            " count(*) filter (where change > 0) as advancer_count,"
            " count(*) filter (where change < 0) as decliner_count,"
            f" round(avg(change_pct), 2) as mean_change_pct {shares}"
            " group by sector_code, sector_name order by mean_change_pct desc, sector_name"
        ),
        "indices": of_block(
            "select symbol as index_code, price as level, change, change_pct"
            " from ticker_lines where block_id = $block_id and is_index order by price desc"
        ),
    }
