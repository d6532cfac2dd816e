-- One row per frequency, period and index that has a row on a session of it: how it moved.
-- grain: frequency, period_start, index_code
-- check: high_level >= low_level
with gathered as (
    select
        periods.frequency,
        periods.period_start,
        periods.session_count,
        periods.base_number,
        levels.index_code,
        max(levels.trade_date) as last_trade_date,
        count(*) as observation_count,
        max_by(levels.level, levels.trade_date) as last_level,
        max(levels.level) as high_level,
        min(levels.level) as low_level
    from measures.index_levels as levels
    inner join measures.periods as periods on levels.trade_date = periods.trade_date
    left join core.last_quotes as quotes
        on levels.trade_date = quotes.trade_date and levels.index_code = quotes.symbol and quotes.origin = 'captured'
    group by
        periods.frequency, periods.period_start, periods.session_count, periods.base_number, levels.index_code
    having count(quotes.symbol) > 0
)

select
    gathered.frequency,                                            -- `weekly` or `monthly`
    gathered.period_start,                                         -- Monday of the week, or first of the month
    gathered.index_code,                                           -- `KSE100`, `KSE30`, `BR100` or `BR30`
    gathered.last_trade_date,                                      -- last session of the period with a known close
    cast(gathered.observation_count as integer) as observation_count, -- sessions of the period with a known close
    gathered.session_count,                                        -- sessions of the period
    base.level as base_level,                                      -- close of the last session before the period, points; null if unknown
    gathered.last_level,                                           -- last close of the period, points
    100.0 * (gathered.last_level / base.level - 1) as change_pct,  -- change between those two, percent
    gathered.high_level,                                           -- highest close, points
    gathered.low_level                                             -- lowest close, points
from gathered
left join measures.index_levels as base
    on gathered.index_code = base.index_code and gathered.base_number = base.session_number
