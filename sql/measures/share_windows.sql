-- One row per security and session: its measures over the sessions before.
-- grain: trade_date, security_id
-- check: observation_20_count between 1 and 20
-- check: observation_60_count between observation_20_count and 60
-- check: observation_250_count between observation_60_count and 250
-- check: high_250_distance_pct is null or high_250_distance_pct <= 0
-- A window of 20 holds the 20 sessions of the exchange's calendar up to this one. A measure over it is null
-- unless a close is known on four fifths of them; a return is null unless it is known on the one it starts from.
with windows as (
    select
        trade_date,
        security_id,
        session_number,
        close,
        change_pct,
        max(close) over (partition by security_id order by session_number range between 5 preceding and 5 preceding) as close_5_before,
        max(close) over (partition by security_id order by session_number range between 20 preceding and 20 preceding) as close_20_before,
        max(close) over (partition by security_id order by session_number range between 60 preceding and 60 preceding) as close_60_before,
        max(close) over (partition by security_id order by session_number range between 250 preceding and 250 preceding) as close_250_before,
        count(*) over (partition by security_id order by session_number range between 19 preceding and current row) as count_20,
        count(*) over (partition by security_id order by session_number range between 49 preceding and current row) as count_50,
        count(*) over (partition by security_id order by session_number range between 59 preceding and current row) as count_60,
        count(*) over (partition by security_id order by session_number range between 249 preceding and current row) as count_250,
        avg(close) over (partition by security_id order by session_number range between 19 preceding and current row) as mean_20,
        avg(close) over (partition by security_id order by session_number range between 49 preceding and current row) as mean_50,
        max(close) over (partition by security_id order by session_number range between 249 preceding and current row) as high_250,
        count(change_pct) over (partition by security_id order by session_number range between 20 preceding and 1 preceding) as change_count,
        avg(change_pct) over (partition by security_id order by session_number range between 20 preceding and 1 preceding) as change_mean,
        stddev_samp(change_pct) over (partition by security_id order by session_number range between 20 preceding and 1 preceding) as change_deviation,
        count(*) over (partition by security_id order by session_number range between 20 preceding and 1 preceding) as count_20_before,
        max(close) over (partition by security_id order by session_number range between 20 preceding and 1 preceding) as high_20_before,
        min(close) over (partition by security_id order by session_number range between 20 preceding and 1 preceding) as low_20_before,
        count(*) over (partition by security_id order by session_number range between 250 preceding and 1 preceding) as count_250_before,
        max(close) over (partition by security_id order by session_number range between 250 preceding and 1 preceding) as high_250_before,
        min(close) over (partition by security_id order by session_number range between 250 preceding and 1 preceding) as low_250_before
    from measures.closes
),

runs as (
    select
        trade_date,
        security_id,
        session_number,
        sign(change_pct) as direction,
        session_number - row_number() over (
            partition by security_id, sign(change_pct) order by session_number
        ) as run
    from measures.closes
    where change_pct is not null
),

streaks as (
    select
        trade_date,
        security_id,
        direction * row_number() over (partition by security_id, direction, run order by session_number) as streak
    from runs
)

select
    windows.trade_date,                                                       -- session
    windows.security_id,                                                      -- one series across renamings
    cast(windows.count_20 as integer) as observation_20_count,                -- sessions of the last 20 with a known close
    cast(windows.count_60 as integer) as observation_60_count,                -- the same of the last 60
    cast(windows.count_250 as integer) as observation_250_count,              -- the same of the last 250
    100.0 * (windows.close / windows.close_5_before - 1) as return_5_pct,     -- return over 5 sessions, percent
    100.0 * (windows.close / windows.close_20_before - 1) as return_20_pct,   -- return over 20 sessions, percent
    100.0 * (windows.close / windows.close_60_before - 1) as return_60_pct,   -- return over 60 sessions, percent
    100.0 * (windows.close / windows.close_250_before - 1) as return_250_pct, -- return over 250 sessions, percent
    case when windows.change_count >= 16 then
        (windows.change_pct - windows.change_mean) / nullif(windows.change_deviation, 0)
    end as change_z_score,                                                    -- change against the 20 sessions before: less their mean, over their deviation
    cast(streaks.streak as integer) as streak,                                -- sessions in a row, to this one, that rose (positive) or fell (negative)
    case when windows.count_20_before >= 16 then windows.close > windows.high_20_before end as is_high_20, -- close above every one of the 20 sessions before
    case when windows.count_20_before >= 16 then windows.close < windows.low_20_before end as is_low_20,   -- close below every one of them
    case when windows.count_250_before >= 200 then windows.close > windows.high_250_before end as is_high_250, -- close above every one of the 250 sessions before
    case when windows.count_250_before >= 200 then windows.close < windows.low_250_before end as is_low_250,   -- close below every one of them
    case when windows.count_250 >= 200 then
        100.0 * (windows.close / windows.high_250 - 1)
    end as high_250_distance_pct,                                             -- close below the highest of the last 250 sessions, percent
    case when windows.count_20 >= 16 then round(windows.close - windows.mean_20, 9) > 0 end as is_above_mean_20, -- close above the mean of the last 20 sessions
    case when windows.count_50 >= 40 then round(windows.close - windows.mean_50, 9) > 0 end as is_above_mean_50  -- close above the mean of the last 50 sessions
from windows
left join streaks on windows.trade_date = streaks.trade_date and windows.security_id = streaks.security_id
