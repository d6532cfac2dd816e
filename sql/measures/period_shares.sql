-- One row per frequency, period and security that a page of the period shows: how it moved.
-- grain: frequency, period_start, security_id
-- check: high_close >= low_close
with gathered as (
    select
        periods.frequency,
        periods.period_start,
        periods.session_count,
        periods.base_number,
        closes.security_id,
        max(closes.trade_date) as last_trade_date,
        count(*) as observation_count,
        max_by(closes.symbol, closes.trade_date) as symbol,
        max_by(closes.sector_code, closes.trade_date) as sector_code,
        max_by(closes.close, closes.trade_date) as last_close,
        max(closes.close) as high_close,
        min(closes.close) as low_close,
        count(*) filter (where closes.change_pct > 0) as rise_count,
        count(*) filter (where closes.change_pct < 0) as fall_count
    from measures.closes as closes
    inner join measures.periods as periods on closes.trade_date = periods.trade_date
    group by
        periods.frequency, periods.period_start, periods.session_count, periods.base_number, closes.security_id
    having count(*) filter (where closes.is_captured) > 0
)

select
    gathered.frequency,                                              -- `weekly` or `monthly`
    gathered.period_start,                                           -- Monday of the week, or first of the month
    gathered.security_id,                                            -- one series across renamings
    gathered.symbol,                                                 -- ticker symbol
    gathered.sector_code,                                            -- sector in force
    gathered.last_trade_date,                                        -- last session of the period with a known close
    cast(gathered.observation_count as integer) as observation_count, -- sessions of the period with a known close
    gathered.session_count,                                          -- sessions of the period
    base.close as base_close,                                        -- close of the last session before the period, PKR; null if unknown
    gathered.last_close,                                             -- last close of the period, PKR
    100.0 * (gathered.last_close / base.close - 1) as change_pct,    -- change between those two, percent
    gathered.high_close,                                             -- highest close, PKR
    gathered.low_close,                                              -- lowest close, PKR
    cast(gathered.rise_count as integer) as rise_count,              -- sessions on which it rose
    cast(gathered.fall_count as integer) as fall_count               -- sessions on which it fell
from gathered
left join measures.closes as base
    on gathered.security_id = base.security_id and gathered.base_number = base.session_number
