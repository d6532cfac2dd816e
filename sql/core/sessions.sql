-- One row per trading session of the exchange, with its hours and its neighbours.
-- grain: trade_date
-- check: opens_at < closes_at
-- check: previous_trade_date is null or previous_trade_date < trade_date
-- A day is a session if the override file says so; failing that, if the index history has a close for
-- it; failing that, if the holiday calendar has it. Hours are the regular ones; in Ramadan the
-- exchange ends earlier, so a capture called late is late.
with days as (
    select
        coalesce(calendar.trade_date, history.trade_date, overrides.trade_date) as trade_date,
        coalesce(cast(overrides.is_open as boolean), true) as is_open
    from (select cast(trade_date as date) as trade_date from reference.trading_days) as calendar
    full join staging.index_history as history on calendar.trade_date = history.trade_date
    full join (
        select cast(trade_date as date) as trade_date, is_open from reference.calendar_overrides
    ) as overrides
        on coalesce(calendar.trade_date, history.trade_date) = overrides.trade_date
),

hours as (
    select
        trade_date,
        case when is_friday then '09:15:00' else '09:30:00' end as opens,
        case when is_friday then '16:30:00' else '15:30:00' end as closes
    from (
        select trade_date, date_diff('day', date '1900-01-01', trade_date) % 7 = 4 as is_friday
        from days
        where is_open
    ) as open_days
)

select
    hours.trade_date,                                                                  -- day of the session
    cast(row_number() over (order by hours.trade_date) as integer) as session_number,  -- counts sessions
    cast(concat(cast(hours.trade_date as varchar), ' ', hours.opens, ' Asia/Karachi') as timestamptz) as opens_at,   -- first trade
    cast(concat(cast(hours.trade_date as varchar), ' ', hours.closes, ' Asia/Karachi') as timestamptz) as closes_at, -- end of trading
    lag(hours.trade_date) over (order by hours.trade_date) as previous_trade_date,     -- the session before
    lead(hours.trade_date) over (order by hours.trade_date) as next_trade_date,        -- the session after
    history.close as official_close,                                                   -- official KSE-100 close
    history.low as official_low,                                                       -- lowest KSE-100 level, if known
    history.high as official_high,                                                     -- highest KSE-100 level, if known
    lag(history.close) over (order by hours.trade_date) as previous_official_close     -- close of the session before
from hours
left join staging.index_history as history on hours.trade_date = history.trade_date
