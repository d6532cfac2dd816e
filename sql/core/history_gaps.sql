-- One row: how complete the index history is.
-- grain: miss_rate
-- check: miss_rate > 0
with history as (
    select
        count(*) as session_count,
        count(official_close) as close_count
    from core.sessions
    where
        trade_date between (select min(trade_date) from staging.index_history)
        and (select max(trade_date) from staging.index_history)
),

gaps as (
    select 1.0 - cast(close_count as double) / nullif(session_count, 0) as gap_rate
    from history
)

select
    gap_rate,  -- share of the sessions within the history's span that it lacks
    -- figures that fit no session; or the close before is missing, and so is its own, or the session's end
    -- was not captured (of one in four)
    0.01 + coalesce(gap_rate * (0.25 + 0.75 * gap_rate), 0.99) as miss_rate -- how likely the history is silent about a page's session
from gaps
