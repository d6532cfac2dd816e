-- One row per security and session: its best known closing price, on the newest base.
-- grain: trade_date, security_id
-- check: close > 0
-- The last price seen, or what the next session implies where that page was not the session's end. Shares shown
-- while they are not listed have no price.
with priced as (
    select
        *,
        case
            when price_status <> 'close' then cast(coalesce(implied_close, last_price) as double)
            else cast(last_price as double)
        end as last_close
    from daily_quotes
    where flag is distinct from 'not_listed'
)

select
    priced.trade_date,                                                                  -- session
    priced.security_id,                                                                 -- one series across renamings
    sessions.session_number,                                                            -- counts sessions of the exchange
    priced.symbol,                                                                      -- ticker symbol of the day
    priced.sector_code,                                                                 -- sector in force on the day
    priced.last_close * priced.adjustment_factor as close,                              -- closing price, PKR
    100.0 * (priced.last_close / nullif(cast(priced.previous_price as double), 0) - 1) as change_pct, -- change since the page's own previous price, percent
    priced.origin = 'captured' as is_captured                                           -- whether a page of the session shows it
from priced
inner join core.sessions as sessions on priced.trade_date = sessions.trade_date
