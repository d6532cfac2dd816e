-- One row per block and session whose previous official close is near the one that the block implies.
-- grain: block_id, trade_date
-- check: distance >= 0
-- The page prints whole levels, so an exact base shows within 0.65 points. Its base is off by up to
-- about 15 points on a few days: those sessions are listed as near, and none of them is a match.
with near as (
    select
        blocks.block_id,
        sessions.trade_date,
        abs(blocks.kse100_previous - sessions.previous_official_close) as distance,
        coalesce(blocks.kse100_level >= sessions.official_low - 15, true)
        and coalesce(blocks.kse100_level <= sessions.official_high + 15, true) as is_level_plausible
    from core.blocks as blocks
    inner join core.sessions as sessions
        on sessions.previous_official_close between blocks.kse100_previous - 15 and blocks.kse100_previous + 15
    where not blocks.is_index_carried_over and not blocks.is_mostly_zero
)

select
    block_id,                                                   -- content key of the block
    trade_date,                                                 -- session that the block may belong to
    distance,                                                   -- points between implied and official previous close
    is_level_plausible,                                         -- level within the session's range and 15 points, where known
    distance <= 0.65 and is_level_plausible as is_match,        -- close enough to place the block
    row_number() over (
        partition by block_id order by is_level_plausible desc, distance, trade_date
    ) as candidate_rank                                         -- 1 is the nearest plausible session
from near
