-- Official KSE-100 closes: those shipped, and those of the user's own file, which outranks them.
-- grain: trade_date
-- check: close > 0
-- check: low is null or high is null or low <= high
with merged as (
    select trade_date, close, low, high, 1 as priority
    from reference.index_history
    union all
    select cast(trade_date as date), cast(close as decimal(18, 4)), cast(low as decimal(18, 4)), cast(high as decimal(18, 4)), 2
    from reference.index_closes
)

select
    trade_date, -- session
    close,      -- official close in points
    low,        -- lowest level of the session, if known
    high        -- highest level of the session, if known
from merged
qualify row_number() over (partition by trade_date order by priority) = 1
