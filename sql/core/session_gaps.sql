-- One row per gap of up to ten sessions between two that are dated: sessions that no surely dated chain has shown.
-- grain: session_number
-- check: next_session_number - session_number between 2 and 11
-- Sure are chains that their own votes date with 0.99. Of several groups of one session the one with most whole blocks stands for it.
with dated as (
    select
        chains.group_id,
        dates.first_session_number + chains.chain_position as session_number,
        count(fits.block_id) as whole_count
    from core.chains as chains
    inner join core.chain_dates as dates on chains.chain_id = dates.chain_id and dates.confidence >= 0.99
    left join core.share_fits as fits on chains.group_id = fits.group_id and fits.is_whole
    group by chains.group_id, dates.first_session_number + chains.chain_position
),

seen as (
    select
        group_id,
        session_number,
        whole_count
    from dated
    qualify row_number() over (partition by session_number order by whole_count desc, group_id) = 1
),

following as (
    select
        session_number,
        group_id,
        whole_count,
        lead(session_number) over (order by session_number) as next_session_number,
        lead(group_id) over (order by session_number) as next_group_id
    from seen
)

select
    session_number,                             -- number of the session before the gap
    group_id,                                   -- a group of it
    cast(whole_count as integer) as whole_count, -- whole blocks of that group
    next_session_number,                        -- number of the session after the gap
    next_group_id                               -- a group of that
from following
where next_session_number - session_number between 2 and 11
