-- One row per group of share parts, method and session: what speaks for that session, or against it.
-- grain: group_id, method, trade_date
-- accepted: method in index_history, capture_time, not_listed
-- A session after the earliest stated capture is most unlikely (-8), for a page cannot lead the clock.
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

from_clock as (
    select
        clock.group_id,
        sessions.trade_date,
        clock.lag,
        clock.weight
    from core.clock_evidence as clock
    inner join core.sessions as sessions on clock.session_number = sessions.session_number
    where clock.part = 'share'
),

ahead as (
    select
        from_indices.group_id,
        from_indices.trade_date,
        clock.session_number - sessions.session_number as lag
    from from_indices
    inner join core.clock_evidence as clock
        on from_indices.group_id = clock.group_id and clock.part = 'share' and clock.lag = 0
    inner join core.sessions as sessions on from_indices.trade_date = sessions.trade_date
    where sessions.session_number > clock.session_number
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
        count(*) as symbol_count
    from candidates
    inner join core.group_prices as prices on candidates.group_id = prices.group_id
    inner join core.listings as listings
        on
            prices.symbol = listings.symbol
            and candidates.trade_date between listings.applies_from and listings.applies_to
    where candidates.trade_date not between listings.listed_from and listings.listed_to
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
select group_id, 'capture_time', trade_date, cast(lag as double), weight
from from_clock
union all
select group_id, 'capture_time', trade_date, cast(lag as double), -8.0
from ahead
union all
select group_id, 'not_listed', trade_date, cast(symbol_count as double), -3.0 * least(symbol_count, 2)
from unlisted
