-- One row per index and session: its measures over the sessions before.
-- grain: trade_date, index_code
-- check: drawdown_pct <= 0
-- check: correlation_60 is null or abs(correlation_60) <= 1.000000001
-- Windows are those of `measures.share_windows`. A year has 246 sessions.
with windows as (
    select
        levels.trade_date,
        levels.index_code,
        levels.session_number,
        levels.level,
        levels.log_return,
        max(levels.level) over (partition by levels.index_code order by levels.session_number range between 5 preceding and 5 preceding) as level_5_before,
        max(levels.level) over (partition by levels.index_code order by levels.session_number range between 20 preceding and 20 preceding) as level_20_before,
        max(levels.level) over (partition by levels.index_code order by levels.session_number range between 60 preceding and 60 preceding) as level_60_before,
        max(levels.level) over (partition by levels.index_code order by levels.session_number range between 250 preceding and 250 preceding) as level_250_before,
        count(levels.log_return) over (partition by levels.index_code order by levels.session_number range between 19 preceding and current row) as return_20_count,
        stddev_samp(levels.log_return) over (partition by levels.index_code order by levels.session_number range between 19 preceding and current row) as deviation_20,
        count(levels.log_return) over (partition by levels.index_code order by levels.session_number range between 59 preceding and current row) as return_60_count,
        stddev_samp(levels.log_return) over (partition by levels.index_code order by levels.session_number range between 59 preceding and current row) as deviation_60,
        count(*) over (partition by levels.index_code order by levels.session_number range between 249 preceding and current row) as count_250,
        max(levels.level) over (partition by levels.index_code order by levels.session_number range between 249 preceding and current row) as high_250,
        min(levels.level) over (partition by levels.index_code order by levels.session_number range between 249 preceding and current row) as low_250,
        max(levels.level) over (partition by levels.index_code order by levels.session_number rows between unbounded preceding and current row) as running_high
    from measures.index_levels as levels
),

pairs as (
    select
        levels.trade_date,
        levels.index_code,
        levels.session_number,
        levels.log_return,
        market.log_return as market_return
    from measures.index_levels as levels
    inner join measures.index_levels as market on levels.trade_date = market.trade_date and market.index_code = 'KSE100'
    where levels.index_code <> 'KSE100' and levels.log_return is not null and market.log_return is not null
),

joint as (
    select
        trade_date,
        index_code,
        count(*) over (partition by index_code order by session_number range between 59 preceding and current row) as pair_count,
        covar_samp(log_return, market_return) over (partition by index_code order by session_number range between 59 preceding and current row) as covariance,
        stddev_samp(log_return) over (partition by index_code order by session_number range between 59 preceding and current row) as deviation,
        stddev_samp(market_return) over (partition by index_code order by session_number range between 59 preceding and current row) as market_deviation
    from pairs
),

peaks as (
    select
        trade_date,
        index_code,
        max(case when level >= running_high then session_number end) over (
            partition by index_code order by session_number rows between unbounded preceding and current row
        ) as peak_number
    from windows
),

runs as (
    select
        trade_date,
        index_code,
        session_number,
        sign(log_return) as direction,
        session_number - row_number() over (
            partition by index_code, sign(log_return) order by session_number
        ) as run
    from measures.index_levels
    where log_return is not null
),

streaks as (
    select
        trade_date,
        index_code,
        direction * row_number() over (partition by index_code, direction, run order by session_number) as streak
    from runs
)

select
    windows.trade_date,                                                       -- session
    windows.index_code,                                                       -- `KSE100`, `KSE30`, `BR100` or `BR30`
    cast(windows.return_20_count as integer) as observation_20_count,         -- sessions of the last 20 whose one-session return is known
    cast(windows.return_60_count as integer) as observation_60_count,         -- the same of the last 60
    cast(windows.count_250 as integer) as observation_250_count,              -- sessions of the last 250 with a known close
    100.0 * (windows.level / windows.level_5_before - 1) as return_5_pct,     -- return over 5 sessions, percent
    100.0 * (windows.level / windows.level_20_before - 1) as return_20_pct,   -- return over 20 sessions, percent
    100.0 * (windows.level / windows.level_60_before - 1) as return_60_pct,   -- return over 60 sessions, percent
    100.0 * (windows.level / windows.level_250_before - 1) as return_250_pct, -- return over 250 sessions, percent
    case when windows.return_20_count >= 16 then
        100.0 * windows.deviation_20 * sqrt(246.0)
    end as volatility_20_pct,                                                 -- deviation of log returns over 20 sessions, a year, percent
    case when windows.return_60_count >= 48 then
        100.0 * windows.deviation_60 * sqrt(246.0)
    end as volatility_60_pct,                                                 -- the same over 60 sessions
    100.0 * (windows.level / windows.running_high - 1) as drawdown_pct,       -- close below the highest one known so far, percent
    cast(windows.session_number - peaks.peak_number as integer) as drawdown_session_count, -- sessions since that one
    case when windows.count_250 >= 200 then windows.high_250 end as high_250, -- highest close of the last 250 sessions, points
    case when windows.count_250 >= 200 then windows.low_250 end as low_250,   -- lowest close of them, points
    cast(streaks.streak as integer) as streak,                                -- sessions in a row, to this one, that rose (positive) or fell (negative)
    case when joint.pair_count >= 48 then
        joint.covariance / nullif(joint.deviation * joint.market_deviation, 0)
    end as correlation_60,                                                    -- correlation of log returns with those of KSE100 over 60 sessions; null for KSE100
    case when joint.pair_count >= 48 then
        joint.covariance / nullif(joint.market_deviation * joint.market_deviation, 0)
    end as beta_60                                                            -- slope of log returns on those of KSE100 over 60 sessions; null for KSE100
from windows
inner join peaks on windows.trade_date = peaks.trade_date and windows.index_code = peaks.index_code
left join streaks on windows.trade_date = streaks.trade_date and windows.index_code = streaks.index_code
left join joint on windows.trade_date = joint.trade_date and windows.index_code = joint.index_code
