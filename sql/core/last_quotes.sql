-- One row per session and symbol: its figures in the last capture that shows it, or its implied close.
-- grain: trade_date, symbol
-- check: low_seen <= price and price <= high_seen
-- accepted: price_status in close, intraday, unordered, implied
-- check: (origin = 'implied') = (capture_count = 0)
-- One security has one row a session, under the symbol of the day: across a renaming it closes at what the next
-- session implies for its newer symbol. A price is also the close where the next session implies the very same. A symbol that no capture of
-- the session shows gets the close that the next session implies; its change is known where the close
-- of the session before is.
with ranked as (
    select
        quotes.*,
        coalesce(ids.security_id, quotes.symbol) as security_id,
        row_number() over (partition by quotes.trade_date, quotes.symbol order by quotes.capture_rank) as symbol_rank,
        max(quotes.price) over (partition by quotes.trade_date, quotes.symbol) as high_seen,
        min(quotes.price) over (partition by quotes.trade_date, quotes.symbol) as low_seen,
        sum(quotes.capture_count) over (partition by quotes.trade_date, quotes.symbol) as symbol_capture_count
    from core.quotes as quotes
    left join core.security_ids as ids on quotes.symbol = ids.symbol
),

closes as (
    select
        implied.*,
        coalesce(ids.security_id, implied.symbol) as security_id
    from core.implied_closes as implied
    left join core.security_ids as ids on implied.symbol = ids.symbol
    qualify row_number() over (
        partition by implied.trade_date, coalesce(ids.security_id, implied.symbol)
        order by coalesce(ids.renaming_count, 0), implied.symbol
    ) = 1
),

captured as (
    select
        ranked.trade_date,
        ranked.symbol,
        ranked.security_id,
        ranked.is_index,
        ranked.price,
        ranked.previous_price,
        ranked.change,
        ranked.change_pct,
        ranked.high_seen,
        ranked.low_seen,
        ranked.symbol_capture_count,
        case when not ranked.is_index and ranked.price = closes.price then 'close' else ranked.price_status end as price_status,
        closes.price as implied_close,
        closes.symbol as implied_symbol,
        ranked.capture_id,
        ranked.line
    from ranked
    left join closes on ranked.trade_date = closes.trade_date and ranked.security_id = closes.security_id
    where ranked.symbol_rank = 1
),

implied as (
    select
        closes.trade_date,
        closes.symbol,
        closes.security_id,
        closes.is_index,
        closes.price,
        closes.capture_id,
        closes.line,
        before.price as previous_price
    from closes
    inner join core.sessions as sessions on closes.trade_date = sessions.trade_date
    left join captured on closes.trade_date = captured.trade_date and closes.security_id = captured.security_id
    left join captured as before
        on
            sessions.previous_trade_date = before.trade_date
            and closes.security_id = before.security_id
            and before.price_status = 'close'
    where captured.symbol is null
)

select
    trade_date,                                                   -- session
    symbol,                                                       -- share symbol or index code
    security_id,                                                  -- its newest symbol: one series across renamings
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
    implied_symbol,                                               -- symbol that those pages show it under
    capture_id,                                                   -- capture that holds the line
    line                                                          -- its line number in the document
from captured
union all
select
    trade_date,
    symbol,
    security_id,
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
    symbol,
    capture_id,
    line
from implied
