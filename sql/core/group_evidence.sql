-- One row per group of share parts, method and session: what speaks for that session, or against it.
-- grain: group_id, method, trade_date
-- check: method in ('index_history', 'capture_time', 'not_listed')
-- Capture times count by how far pages lag the clock: of real pages seen on a trading day 68 % show its
-- session and 29 % the one before; seen later than the open, or on a day without trading, 96 % show
-- the last one. The earliest capture of a group counts, for a page can lag and cannot lead: a session
-- after it is most unlikely (-8).
with from_indices as (
    select
        votes.group_id,
        sessions.trade_date,
        min(votes.distance) as distance,
        sum(votes.weight) as weight
    from core.index_votes as votes
    inner join core.sessions as sessions on votes.session_number = sessions.session_number
    group by votes.group_id, sessions.trade_date
),

clocked as (
    select
        parts.group_id,
        case
            when parts.is_early then clock.coming_number
            when index_parts.is_early then clock.coming_number - 1
            else clock.session_number
        end as session_number,
        clock.is_certain or parts.is_early or coalesce(index_parts.is_early, false) as is_certain
    from core.clock_sessions as clock
    inner join core.block_parts as parts on clock.block_id = parts.block_id and parts.part = 'share'
    left join core.block_parts as index_parts on clock.block_id = index_parts.block_id and index_parts.part = 'index'
    left join core.index_ties as ties on index_parts.group_id = ties.index_group_id
    where
        index_parts.block_id is null
        or parts.is_early
        or (ties.share_group_id = parts.group_id and ties.session_offset >= 0)
    qualify row_number() over (
        partition by parts.group_id order by session_number, is_certain desc
    ) = 1
),

lags as (
    select * from (values
        (0, 0.96, 0.68), (1, 0.02, 0.29), (2, 0.01, 0.02), (3, 0.005, 0.005)
    ) as given (session_count, certain_share, day_share)
),

from_clock as (
    select
        clocked.group_id,
        sessions.trade_date,
        lags.session_count,
        ln(case when clocked.is_certain then lags.certain_share else lags.day_share end * 250000.0) as weight
    from clocked
    cross join lags
    inner join core.sessions as sessions on sessions.session_number = clocked.session_number - lags.session_count
),

ahead as (
    select
        from_indices.group_id,
        from_indices.trade_date,
        clocked.session_number - sessions.session_number as session_count
    from from_indices
    inner join clocked on from_indices.group_id = clocked.group_id
    inner join core.sessions as sessions on from_indices.trade_date = sessions.trade_date
    where sessions.session_number > clocked.session_number
),

candidates as (
    select group_id, trade_date from from_indices
    union
    select group_id, trade_date from from_clock
),

unlisted as (
    select
        candidates.group_id,
        candidates.trade_date,
        count(distinct prices.symbol) as symbol_count
    from candidates
    inner join core.group_prices as prices on candidates.group_id = prices.group_id
    inner join (
        select symbol, min(valid_from) as listed_from, max(valid_to) as listed_to
        from staging.securities group by symbol
    ) as securities on prices.symbol = securities.symbol
    where candidates.trade_date not between securities.listed_from and securities.listed_to
    group by candidates.group_id, candidates.trade_date
)

select
    group_id,             -- key of the group
    'index_history' as method, -- `index_history`, `capture_time` or `not_listed`
    trade_date,           -- session
    distance,             -- points between implied and official close, sessions between clock and figures, or symbols not listed
    weight                -- log odds of this session against one unknown
from from_indices
union all
select group_id, 'capture_time', trade_date, cast(session_count as double), weight
from from_clock
union all
select group_id, 'capture_time', trade_date, cast(session_count as double), -8.0
from ahead
union all
select group_id, 'not_listed', trade_date, cast(symbol_count as double), -3.0 * least(symbol_count, 2)
from unlisted
