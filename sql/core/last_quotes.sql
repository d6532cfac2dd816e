-- One row per session and symbol: its figures in the last capture that shows it.
-- grain: trade_date, symbol
-- check: low_seen <= price and price <= high_seen
with ranked as (
    select
        *,
        row_number() over (partition by trade_date, symbol order by capture_rank) as symbol_rank,
        max(price) over (partition by trade_date, symbol) as high_seen,
        min(price) over (partition by trade_date, symbol) as low_seen,
        sum(capture_count) over (partition by trade_date, symbol) as symbol_capture_count
    from core.quotes
)

select
    trade_date,                                              -- session
    symbol,                                                  -- share symbol or index code
    is_index,                                                -- whether it is an index
    price,                                                   -- last price in PKR, or index level
    previous_price,                                          -- the page's own previous price or level
    change,                                                  -- change since the previous session
    change_pct,                                              -- the same in percent, as printed
    high_seen,                                               -- highest price over the session's captures
    low_seen,                                                -- lowest price over the session's captures
    cast(symbol_capture_count as integer) as capture_count,  -- captures of the session that show the symbol
    price_status,                                            -- `close`, `intraday` or `unordered`
    capture_id,                                              -- capture that holds the line
    line                                                     -- its line number in the document
from ranked
where symbol_rank = 1
