-- One row per trading session: how many of the shares seen rose and fell.
-- grain: trade_date
-- check: symbol_count = advancer_count + decliner_count + unchanged_count
-- check: advancing_pct between 0 and 100
select
    trade_date,                                                                     -- session
    cast(count(*) as integer) as symbol_count,                                      -- shares seen
    cast(count(*) filter (where direction = 'up') as integer) as advancer_count,    -- shares that rose
    cast(count(*) filter (where direction = 'down') as integer) as decliner_count,  -- shares that fell
    cast(count(*) filter (where direction = 'flat') as integer) as unchanged_count, -- shares that did not move
    cast(count(*) filter (where direction = 'up') as double)
    / nullif(count(*) filter (where direction = 'down'), 0) as advance_decline_ratio, -- risers for each faller; null without fallers
    100.0 * cast(count(*) filter (where direction = 'up') as double) / count(*) as advancing_pct -- share of risers, percent
from daily_quotes
where is_counted
group by trade_date
