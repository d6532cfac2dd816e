-- One row per index and week in which a page shows it: its change over the week.
-- grain: week_start, index_code
-- check: observation_count between 1 and session_count
-- Closes are the official ones where the history has them.
select
    period_start as week_start,    -- Monday of the week
    index_code,                    -- `KSE100`, `KSE30`, `BR100` or `BR30`
    base_level as previous_close,  -- close of the last session before the week, points; null if unknown
    last_level as last_close,      -- last known close of the week, points
    last_trade_date,               -- its session
    change_pct,                    -- change between the two, percent
    high_level as high_close,      -- highest close, points
    low_level as low_close,        -- lowest close, points
    observation_count,             -- sessions of the week with a known close
    session_count                  -- sessions of the week
from measures.period_indices
where frequency = 'weekly'
