-- One row per trading session: how many of the shares seen rose and fell, and what the sessions before add to that.
-- grain: trade_date
-- check: symbol_count = advancer_count + decliner_count + unchanged_count
-- check: advancing_pct between advancing_low_pct and advancing_high_pct
-- check: observation_count between 1 and session_count
-- The interval takes the shares seen for a random sample of the market; the page chooses the most traded ones, so
-- it tells of the number of shares and of nothing else.
with shares as (
    select
        trade_date,
        count(is_above_mean_20) as known_20_count,
        count(*) filter (where is_above_mean_20) as above_20_count,
        count(is_above_mean_50) as known_50_count,
        count(*) filter (where is_above_mean_50) as above_50_count,
        case when count(is_high_20) > 0 then
            count(*) filter (where is_high_20) - count(*) filter (where is_low_20)
        end as net_high_20_count,
        case when count(is_high_250) > 0 then
            count(*) filter (where is_high_250) - count(*) filter (where is_low_250)
        end as net_high_250_count
    from measures.share_windows
    group by trade_date
),

market as (
    select trade_date, sign(change) as kse100_sign
    from core.last_quotes
    where symbol = 'KSE100'
),

intervals as (
    select
        trade_date,
        (advancer_count + 1.9208) / (symbol_count + 3.8416) as middle,
        1.96 / (symbol_count + 3.8416)
        * sqrt(cast(advancer_count as double) * (symbol_count - advancer_count) / symbol_count + 0.9604) as half_width
    from measures.breadth_counts
)

select
    counts.trade_date,                                                    -- session
    counts.symbol_count,                                                  -- shares seen
    cast(round(avg(counts.symbol_count) over (
        order by counts.session_number rows between 20 preceding and 1 preceding
    )) as integer) as expected_symbol_count,                              -- shares seen on the 20 seen sessions before, on average
    counts.advancer_count,                                                -- shares that rose
    counts.decliner_count,                                                -- shares that fell
    counts.unchanged_count,                                               -- shares that did not move
    cast(counts.advancer_count as double) / nullif(counts.decliner_count, 0) as advance_decline_ratio, -- risers for each faller; null without fallers
    100.0 * cast(counts.advancer_count as double) / counts.symbol_count as advancing_pct, -- share of risers, percent
    round(100.0 * (intervals.middle - intervals.half_width), 6) as advancing_low_pct, -- lower end of its 95 % interval (Wilson), percent
    round(100.0 * (intervals.middle + intervals.half_width), 6) as advancing_high_pct, -- upper end, percent
    cast(sum(counts.advancer_count - counts.decliner_count) over (
        order by counts.session_number rows between unbounded preceding and current row
    ) as bigint) as advance_decline_line,                                 -- risers less fallers, added up over the sessions seen
    cast(count(*) over (
        order by counts.session_number rows between unbounded preceding and current row
    ) as integer) as observation_count,                                   -- sessions seen so far
    cast(counts.session_number - min(counts.session_number) over () + 1 as integer) as session_count, -- sessions of the calendar since the first one seen
    averages.mcclellan_oscillator,                                        -- average of ratio-adjusted net advances over 19 sessions less that over 39
    averages.mcclellan_summation_index,                                   -- running sum of the oscillator, as its averages give it; 0 is neutral
    averages.breadth_thrust,                                              -- average of risers over risers and fallers, 10 sessions
    averages.is_breadth_thrust,                                           -- whether it rose from below 0.40 to above 0.615 within 10 sessions
    averages.observation_39_count,                                        -- sessions of the last 39 that were seen
    100.0 * cast(shares.above_20_count as double) / nullif(shares.known_20_count, 0) as above_mean_20_pct, -- shares above the mean of their last 20 sessions, percent of those for which it is known
    100.0 * cast(shares.above_50_count as double) / nullif(shares.known_50_count, 0) as above_mean_50_pct, -- the same over 50 sessions
    cast(shares.net_high_20_count as integer) as net_high_20_count,       -- shares at a new high of 20 sessions less those at a new low; null if none is known
    cast(shares.net_high_250_count as integer) as net_high_250_count,     -- the same over 250 sessions
    case when counts.advancer_count <> counts.decliner_count and market.kse100_sign <> 0 then
        sign(counts.advancer_count - counts.decliner_count) <> market.kse100_sign
    end as is_divergent                                                   -- whether most shares went the other way than KSE100; null if one of them stands still or is unknown
from measures.breadth_counts as counts
inner join intervals on counts.trade_date = intervals.trade_date
left join measures.breadth_averages as averages on counts.trade_date = averages.trade_date
left join shares on counts.trade_date = shares.trade_date
left join market on counts.trade_date = market.trade_date
