-- KSE-100 closes: the built-in ones, and the user's, which win.
-- grain: trade_date
-- check: close > 0
-- check: low is null or high is null or low <= high
-- Where the user's row has no low or high, the built-in one stands, if it does not exclude the close.
with built_in as (
    select
        cast(trade_date as date) as trade_date,
        cast(close as decimal(18, 4)) as close,
        cast(low as decimal(18, 4)) as low,
        cast(high as decimal(18, 4)) as high
    from reference.index_closes
)

select
    coalesce(brought.trade_date, built_in.trade_date) as trade_date, -- session
    coalesce(brought.close, built_in.close) as close,                -- official close in points
    case
        when brought.low is null and (brought.close is null or built_in.low <= brought.close) then built_in.low
        else brought.low
    end as low,                                                      -- lowest level of the session, if known
    case
        when brought.high is null and (brought.close is null or built_in.high >= brought.close) then built_in.high
        else brought.high
    end as high,                                                     -- highest level of the session, if known
    case
        when brought.trade_date is null then 'built_in' else 'user'
    end as origin                                                    -- `built_in` or `user`: whose row it is
from built_in
full join reference.index_history as brought on built_in.trade_date = brought.trade_date
