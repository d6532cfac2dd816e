-- One row per frequency and session: the week, or month, that it belongs to.
-- grain: frequency, trade_date
-- accepted: frequency in weekly, monthly
-- The exchange rests on Saturday and Sunday, so its week begins on Monday.
with assigned as (
    select 'weekly' as frequency, trade_date, session_number, cast(date_trunc('week', trade_date) as date) as period_start
    from core.sessions
    union all
    select 'monthly', trade_date, session_number, cast(date_trunc('month', trade_date) as date)
    from core.sessions
)

select
    frequency,                                                                     -- `weekly` or `monthly`
    trade_date,                                                                    -- session
    period_start,                                                                  -- Monday of its week, or first of its month
    cast(count(*) over (partition by frequency, period_start) as integer) as session_count, -- sessions of the week or month
    min(session_number) over (partition by frequency, period_start) - 1 as base_number -- last session before it
from assigned
