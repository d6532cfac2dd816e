-- One row per security and session: its best known closing price, on the newest base.
-- grain: trade_date, security_id
-- check: close > 0
-- The last price seen, or what the next session implies where that page was not the session's end. Shares shown
-- while they are not listed have no price.
select
    quotes.trade_date,                                                                        -- session
    quotes.security_id,                                                                       -- one series across renamings
    sessions.session_number,                                                                  -- counts sessions of the exchange
    quotes.symbol,                                                                            -- ticker symbol of the day
    quotes.sector_code,                                                                       -- sector in force on the day
    case
        when quotes.price_status <> 'close' then cast(coalesce(quotes.implied_close, quotes.last_price) as double)
        else cast(quotes.last_price as double)
    end * quotes.adjustment_factor as close,                                                  -- closing price, PKR
    100.0 * (case
        when quotes.price_status <> 'close' then cast(coalesce(quotes.implied_close, quotes.last_price) as double)
        else cast(quotes.last_price as double)
    end / nullif(cast(quotes.previous_price as double), 0) - 1) as change_pct,                -- change since the page's own previous price, percent
    quotes.origin = 'captured' as is_captured                                                 -- whether a page of the session shows it
from daily_quotes as quotes
inner join core.sessions as sessions on quotes.trade_date = sessions.trade_date
where quotes.flag is distinct from 'not_listed'
qualify row_number() over (
    partition by quotes.trade_date, quotes.security_id order by quotes.origin, quotes.symbol
) = 1
