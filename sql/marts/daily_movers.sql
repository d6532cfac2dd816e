-- One row per share and trading session: last price, change, rank among gainers and losers, and measures over the sessions before.
-- grain: trade_date, symbol
-- check: gainer_rank is null or direction = 'up'
-- check: loser_rank is null or direction = 'down'
-- check: sector_rank >= 1
-- Ties share a rank. A share that did not move keeps its row and has no rank among gainers or losers. Measures are of
-- adjusted closes; one whose window lacks sessions is null.
select
    quotes.trade_date,                                             -- session
    quotes.symbol,                                                 -- ticker symbol
    quotes.company_name,                                           -- listed company; null if unknown
    quotes.sector_code,                                            -- sector in force on the day
    quotes.sector_name,                                            -- its name
    quotes.last_price,                                             -- last price seen, PKR
    quotes.previous_price,                                         -- the page's own previous price, PKR
    quotes.change,                                                 -- last less previous, PKR
    quotes.change_pct,                                             -- the same in percent, as printed
    quotes.direction,                                              -- `up`, `down` or `flat`
    case when quotes.direction = 'up' then cast(rank() over (
        partition by quotes.trade_date, quotes.direction order by quotes.change_pct desc
    ) as integer) end as gainer_rank,                              -- 1 is the largest rise in percent
    case when quotes.direction = 'down' then cast(rank() over (
        partition by quotes.trade_date, quotes.direction order by quotes.change_pct
    ) as integer) end as loser_rank,                               -- 1 is the largest fall in percent
    cast(rank() over (
        partition by quotes.trade_date, quotes.sector_code order by quotes.change_pct desc
    ) as integer) as sector_rank,                                  -- 1 is the best change of its sector
    quotes.is_at_limit,                                            -- whether it moved by the daily limit, by the page's own previous price
    windows.return_5_pct,                                          -- return over 5 sessions, percent
    windows.return_20_pct,                                         -- return over 20 sessions, percent
    windows.return_60_pct,                                         -- return over 60 sessions, percent
    windows.return_250_pct,                                        -- return over 250 sessions, percent
    windows.change_z_score,                                        -- change against the 20 sessions before: less their mean, over their deviation
    windows.streak,                                                -- sessions in a row, to this one, that rose (positive) or fell (negative)
    windows.is_high_20,                                            -- close above every one of the 20 sessions before
    windows.is_low_20,                                             -- close below every one of them
    windows.is_high_250,                                           -- close above every one of the 250 sessions before
    windows.is_low_250,                                            -- close below every one of them
    windows.high_250_distance_pct,                                 -- close below the highest of the last 250 sessions, percent
    windows.observation_20_count,                                  -- sessions of the last 20 with a known close
    windows.observation_60_count,                                  -- the same of the last 60
    windows.observation_250_count,                                 -- the same of the last 250
    quotes.capture_count,                                          -- captures of the session that show the share
    quotes.high_seen,                                              -- highest price over them, PKR
    quotes.low_seen,                                               -- lowest price over them, PKR
    quotes.price_status                                            -- `close`, `intraday`, `unordered` or `implied`
from daily_quotes as quotes
left join measures.share_windows as windows
    on quotes.trade_date = windows.trade_date and quotes.security_id = windows.security_id
where quotes.is_counted
