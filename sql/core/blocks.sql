-- One row per distinct ticker block: what it holds, and what its KSE100 line says of its session.
-- grain: block_id
-- A block is carried over where every change is zero: the page was seen before the session opened
-- and still shows the level of the session before.
with lines as (
    select
        *,
        rejected_because is null and not is_repeated as is_quote,
        rejected_because is null and not is_repeated and symbol = 'KSE100' as is_kse100
    from staging.lines
)

select
    block_id,                                                                   -- content key of the block
    count(*) filter (where is_quote and not is_index) as share_line_count,      -- distinct shares with sound figures
    count(*) filter (where is_quote and is_index) as index_line_count,          -- distinct indices with sound figures
    count(*) filter (where rejected_because is not null) as rejected_line_count, -- lines rejected
    count(*) filter (where rejected_because = 'zero_price')
    > count(*) filter (where is_quote and not is_index) as is_mostly_zero,      -- more zero prices than sound ones: figures of no session
    count(*) filter (where is_quote and is_index) > 0
    and count(*) filter (where is_quote and is_index and change <> 0) = 0 as is_index_carried_over, -- every index unchanged
    count(*) filter (where is_quote and not is_index) >= 5
    and count(*) filter (where is_quote and not is_index and change <> 0) = 0 as is_share_carried_over, -- every share unchanged
    max(price) filter (where is_kse100) as kse100_level,                        -- level of the KSE100 line
    max(price - change) filter (where is_kse100) as kse100_previous             -- level less change: the close of the session before
from lines
group by block_id
