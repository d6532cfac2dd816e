-- One row per session: exponential averages of breadth over the sessions before.
-- grain: trade_date
-- A session that nobody captured is passed over: ages count the sessions seen, and weights add up to one. Averages
-- are null unless four fifths of the sessions of their span were seen.
with seen as (
    select
        *,
        row_number() over (order by session_number) as seen_number
    from measures.breadth_counts
),

weighted as (
    select
        today.trade_date,
        today.session_number,
        today.session_number - past.session_number as session_age,
        today.seen_number - past.seen_number as age,
        1000.0 * (past.advancer_count - past.decliner_count)
        / nullif(past.advancer_count + past.decliner_count, 0) as net_advances,
        cast(past.advancer_count as double) / nullif(past.advancer_count + past.decliner_count, 0) as advancing
    from seen as today
    inner join seen as past on past.seen_number between today.seen_number - 249 and today.seen_number
),

averages as (
    select
        trade_date,
        session_number,
        count(net_advances) filter (where session_age < 39) as count_39,
        count(net_advances) filter (where session_age < 10) as count_10,
        cast(sum(cast(net_advances * power(0.90, age) as decimal(18, 10))) as double)
        / nullif(cast(sum(cast(power(0.90, age) as decimal(18, 10))) filter (where net_advances is not null) as double), 0) as mean_19,
        cast(sum(cast(net_advances * power(0.95, age) as decimal(18, 10))) as double)
        / nullif(cast(sum(cast(power(0.95, age) as decimal(18, 10))) filter (where net_advances is not null) as double), 0) as mean_39,
        cast(sum(cast(advancing * power(9.0 / 11.0, age) as decimal(18, 10))) as double)
        / nullif(cast(sum(cast(power(9.0 / 11.0, age) as decimal(18, 10))) filter (where advancing is not null) as double), 0) as mean_10
    from weighted
    group by trade_date, session_number
),

known as (
    select
        trade_date,
        session_number,
        count_39,
        case when count_39 >= 32 then mean_19 end as mean_19,
        case when count_39 >= 32 then mean_39 end as mean_39,
        case when count_10 >= 8 then mean_10 end as mean_10
    from averages
)

select
    trade_date,                                                           -- session
    cast(count_39 as integer) as observation_39_count,                    -- sessions of the last 39 that were seen
    mean_19 - mean_39 as mcclellan_oscillator,                            -- average of ratio-adjusted net advances over 19 sessions less that over 39
    19 * mean_39 - 9 * mean_19 as mcclellan_summation_index,              -- running sum of the oscillator, as its averages give it; 0 is neutral
    mean_10 as breadth_thrust,                                            -- average of risers over risers and fallers, 10 sessions
    mean_10 > 0.615 and min(mean_10) over (
        order by session_number range between 10 preceding and 1 preceding
    ) < 0.40 as is_breadth_thrust                                         -- whether it rose from below 0.40 to above 0.615 within 10 sessions
from known
