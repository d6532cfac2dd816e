-- One row per group, part and session that a stated capture time speaks for.
-- grain: part, group_id, session_number
-- check: lag between 0 and 3
-- Capture times count by how far pages lag the clock: of real pages seen on a trading day 68 % show its
-- session and 29 % the one before; seen later than the open, or on a day without trading, 96 % show
-- the last one. The earliest capture of a group counts, for a page can lag and cannot lead.
with clocked as (
    select
        parts.part,
        parts.group_id,
        case
            when parts.is_early then clock.coming_number
            when parts.part = 'share' and index_parts.is_early then clock.coming_number - 1
            else clock.session_number
        end as latest_number,
        clock.is_certain or parts.is_early or coalesce(index_parts.is_early, false) as is_certain
    from core.clock_sessions as clock
    inner join core.block_parts as parts on clock.block_id = parts.block_id
    left join core.block_parts as index_parts on clock.block_id = index_parts.block_id and index_parts.part = 'index'
    left join core.index_ties as ties on index_parts.group_id = ties.index_group_id
    where
        parts.part = 'index'
        or index_parts.block_id is null
        or parts.is_early
        or (ties.share_group_id = parts.group_id and ties.session_offset >= 0)
    qualify row_number() over (
        partition by parts.part, parts.group_id order by latest_number, is_certain desc
    ) = 1
),

lags as (
    select * from (values
        (0, 0.96, 0.68), (1, 0.02, 0.29), (2, 0.01, 0.02), (3, 0.005, 0.005)
    ) as given (lag, certain_share, day_share)
)

select
    clocked.part,                                     -- `share` or `index`
    clocked.group_id,                                 -- key of the group
    clocked.latest_number - lags.lag as session_number, -- number of the session
    lags.lag,                                         -- sessions between it and the one that the clock names
    ln(
        case when clocked.is_certain then lags.certain_share else lags.day_share end * 250000.0
    ) as weight                                       -- log odds of this session against one unknown
from clocked
cross join lags
