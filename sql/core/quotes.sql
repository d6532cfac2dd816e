-- One row per session, block and quoted symbol: every figure that a session's captures show.
-- grain: trade_date, block_id, symbol
-- check: price > 0
-- check: previous_price > 0
-- Left out is what is not of the session's trading: parts made before the open, which show the session
-- before, outvoted lines, and lines under a symbol that a newer one took over. They stand in `set_aside_lines`.
select
    session_blocks.trade_date,                           -- session
    session_blocks.block_id,                             -- content key of the block
    quotes.symbol,                                       -- share symbol or index code
    quotes.is_index,                                     -- whether it is an index
    quotes.price,                                        -- last price in PKR, or index level
    quotes.previous_price,                               -- the page's own previous price or level
    quotes.change,                                       -- change since the previous session
    quotes.change_pct,                                   -- the same in percent, as printed
    session_blocks.capture_id,                           -- capture that holds the line
    quotes.line,                                         -- its line number in the document
    session_blocks.capture_rank,                         -- 1 is the last capture of the session
    session_blocks.capture_count,                        -- captures that show this block
    session_blocks.price_status                          -- `close`, `intraday` or `unordered`
from core.session_blocks as session_blocks
inner join core.block_quotes as quotes
    on session_blocks.block_id = quotes.block_id and session_blocks.part = quotes.part
left join core.outvoted_lines as outvoted on quotes.block_id = outvoted.block_id and quotes.symbol = outvoted.symbol
left join core.superseded_lines as superseded
    on quotes.block_id = superseded.block_id and quotes.symbol = superseded.symbol
where outvoted.block_id is null and superseded.block_id is null
