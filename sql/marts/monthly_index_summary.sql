-- One row per index and month in which a page shows it: its change over the month.
-- grain: month_start, index_code
-- check: observation_count between 1 and session_count
-- Closes are the official ones where the history has them.
select
    period_start as month_start,   -- first day of the month
    index_code,                    -- `KSE100`, `KSE30`, `BR100` or `BR30`
    base_level as previous_close,  -- close of the last session before the month, points; null if unknown
    last_level as last_close,      -- last known close of the month, points
    last_trade_date,               -- its session
    change_pct,                    -- change between the two, percent
    high_level as high_close,      -- highest close, points
    low_level as low_close,        -- lowest close, points
    observation_count,             -- sessions of the month with a known close
    session_count                  -- sessions of the month
from measures.period_indices
where frequency = 'monthly'
