-- One row per pair of neighbouring groups: the second is the session after the first.
-- grain: group_id
-- Of the groups that may follow one, the best counts, and only if of those that it may follow that one is the best.
with ranked as (
    select
        *,
        row_number() over (
            partition by group_id order by is_exact desc, match_count desc, median_distance_pct, next_group_id
        ) as next_rank,
        row_number() over (
            partition by next_group_id order by is_exact desc, match_count desc, median_distance_pct, group_id
        ) as previous_rank
    from core.group_neighbours
)

select
    group_id,                 -- group of the earlier session
    next_group_id,            -- group of the session after it
    block_id as last_block_id, -- block of the earlier one whose prices come nearest
    is_exact,                 -- whether its prices are confirmed as that session's last
    match_count,              -- shares whose price there is the previous price here
    common_count,             -- shares that both show
    median_distance_pct       -- how far the prices are apart at the median, percent
from ranked
where next_rank = 1 and previous_rank = 1
