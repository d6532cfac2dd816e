-- Official KSE-100 closes: those of the user's own file, or without one those that the sample needs.
-- grain: trade_date
-- check: close > 0
-- check: low is null or high is null or low <= high
with known as (
    select trade_date, close, low, high
    from reference.index_history
    union all
    select cast(trade_date as date), cast(close as decimal(18, 4)), cast(low as decimal(18, 4)), cast(high as decimal(18, 4))
    from reference.index_closes
    where not exists (select 1 from reference.index_history)
)

select
    trade_date, -- session
    close,      -- official close in points
    low,        -- lowest level of the session, if known
    high        -- highest level of the session, if known
from known
