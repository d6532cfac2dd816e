-- One row per session and symbol: its figures in the last capture that shows it, or its implied close.
-- grain: trade_date, symbol
-- check: low_seen <= price and price <= high_seen
-- accepted: price_status in close, intraday, unordered, implied
-- check: (origin = 'implied') = (capture_count = 0)
-- A price is also the close where the next session implies the very same. A symbol that no capture of
-- the session shows gets the close that the next session implies; its change is known where the close
-- of the session before is.
with ranked as (
    select
        *,
        row_number() over (partition by trade_date, symbol order by capture_rank) as symbol_rank,
        max(price) over (partition by trade_date, symbol) as high_seen,
        min(price) over (partition by trade_date, symbol) as low_seen,
        sum(capture_count) over (partition by trade_date, symbol) as symbol_capture_count
    from core.quotes
),

captured as (
    select
        ranked.trade_date,
        ranked.symbol,
        ranked.is_index,
        ranked.price,
        ranked.previous_price,
        ranked.change,
        ranked.change_pct,
        ranked.high_seen,
        ranked.low_seen,
        ranked.symbol_capture_count,
        case when not ranked.is_index and ranked.price = implied.price then 'close' else ranked.price_status end as price_status,
        implied.price as implied_close,
        ranked.capture_id,
        ranked.line
    from ranked
    left join core.implied_closes as implied on ranked.trade_date = implied.trade_date and ranked.symbol = implied.symbol
    where ranked.symbol_rank = 1
),

implied as (
    select
        implied.trade_date,
        implied.symbol,
        implied.is_index,
        implied.price,
        implied.capture_id,
        implied.line,
        before.price as previous_price
    from core.implied_closes as implied
    inner join core.sessions as sessions on implied.trade_date = sessions.trade_date
    left join captured on implied.trade_date = captured.trade_date and implied.symbol = captured.symbol
    left join captured as before
        on
            sessions.previous_trade_date = before.trade_date
            and implied.symbol = before.symbol
            and before.price_status = 'close'
    where captured.symbol is null
)

select
    trade_date,                                                   -- session
    symbol,                                                       -- share symbol or index code
    is_index,                                                     -- whether it is an index
    price,                                                        -- last price in PKR, or index level
    previous_price,                                               -- the page's own previous price or level
    change,                                                       -- change since the previous session
    change_pct,                                                   -- the same in percent, as printed
    high_seen,                                                    -- highest price over the session's captures
    low_seen,                                                     -- lowest price over the session's captures
    cast(symbol_capture_count as integer) as capture_count,       -- captures of the session that show the symbol
    price_status,                                                 -- `close`, `intraday`, `unordered` or `implied`
    'captured' as origin,                                         -- `captured`, or `implied` by the next session
    implied_close,                                                -- the close by the next session's pages; null if unknown
    capture_id,                                                   -- capture that holds the line
    line                                                          -- its line number in the document
from captured
union all
select
    trade_date,
    symbol,
    is_index,
    price,
    previous_price,
    cast(price - previous_price as decimal(18, 4)),
    round(100.0 * cast(price - previous_price as double) / cast(previous_price as double), 2),
    price,
    price,
    0,
    'implied',
    'implied',
    price,
    capture_id,
    line
from implied
