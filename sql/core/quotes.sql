-- One row per session, block and quoted symbol: every figure that a session's captures show.
-- grain: trade_date, block_id, symbol
-- check: price > 0
-- check: previous_price > 0
-- Repeated lines add nothing; the part of a block that was carried over from the session before is
-- left out, for its changes are not those of a session.
select
    session_blocks.trade_date,                           -- session
    session_blocks.block_id,                             -- content key of the block
    lines.symbol,                                        -- share symbol or index code
    lines.is_index,                                      -- whether it is an index
    lines.price,                                         -- last price in PKR, or index level
    cast(lines.price - lines.change as decimal(18, 4)) as previous_price, -- the page's own previous price or level
    lines.change,                                        -- change since the previous session
    cast(lines.change_pct as double) as change_pct,      -- the same in percent, as printed
    session_blocks.capture_id,                           -- capture that holds the line
    lines.line,                                          -- its line number in the document
    session_blocks.capture_rank,                         -- 1 is the last capture of the session
    session_blocks.capture_count,                        -- captures that show this block
    session_blocks.price_status                          -- `close`, `intraday` or `unordered`
from core.session_blocks as session_blocks
inner join core.blocks as blocks on session_blocks.block_id = blocks.block_id
inner join staging.lines as lines on session_blocks.block_id = lines.block_id
where
    lines.rejected_because is null
    and not lines.is_repeated
    and not (lines.is_index and blocks.is_index_carried_over)
    and not (not lines.is_index and blocks.is_share_carried_over)
