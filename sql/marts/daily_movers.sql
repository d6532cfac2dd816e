-- One row per share and trading session: last price, change and rank among gainers and losers.
-- grain: trade_date, symbol
-- check: gainer_rank is null or direction = 'up'
-- check: loser_rank is null or direction = 'down'
-- Ties share a rank. A share that did not move keeps its row and has no rank.
select
    trade_date,                                                    -- session
    symbol,                                                        -- ticker symbol
    company_name,                                                  -- listed company; null if unknown
    sector_code,                                                   -- sector in force on the day
    sector_name,                                                   -- its name
    last_price,                                                    -- last price seen, PKR
    previous_price,                                                -- the page's own previous price, PKR
    change,                                                        -- last less previous, PKR
    change_pct,                                                    -- the same in percent, as printed
    direction,                                                     -- `up`, `down` or `flat`
    case when direction = 'up' then cast(rank() over (
        partition by trade_date, direction order by change_pct desc
    ) as integer) end as gainer_rank,                              -- 1 is the largest rise in percent
    case when direction = 'down' then cast(rank() over (
        partition by trade_date, direction order by change_pct
    ) as integer) end as loser_rank,                               -- 1 is the largest fall in percent
    capture_count,                                                 -- captures of the session that show the share
    high_seen,                                                     -- highest price over them, PKR
    low_seen,                                                      -- lowest price over them, PKR
    price_status                                                   -- `close`, `intraday`, `unordered` or `implied`
from daily_quotes
where is_counted
