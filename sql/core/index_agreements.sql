-- One row per block with indices and group that its index lines agree with.
-- grain: block_id, group_id, session_offset
-- check: session_offset in (0, -1)
-- They agree where they imply the group's previous levels (offset 0: the same session), or where they
-- show them as levels (offset -1: the session before), on three quarters of the indices and on three at
-- least.
with parts as (
    select
        block_id,
        count(*) as quote_count,
        4 * count(*) filter (where change = 0) >= 3 * count(*) as is_carried_over
    from core.block_quotes
    where is_index
    group by block_id
),

figures as (
    select block_id, symbol, previous_price as level, 0 as session_offset
    from core.block_quotes
    where is_index
    union all
    select quotes.block_id, quotes.symbol, quotes.price, -1
    from core.block_quotes as quotes
    inner join parts on quotes.block_id = parts.block_id
    where quotes.is_index and not parts.is_carried_over
),

agreeing as (
    select
        figures.block_id,
        levels.group_id,
        figures.session_offset,
        count(*) as index_count,
        min(levels.support) as support
    from figures
    inner join core.group_levels as levels
        on
            figures.symbol = levels.symbol
            and figures.level between levels.previous_level - 1.2 and levels.previous_level + 1.2
    group by figures.block_id, levels.group_id, figures.session_offset
),

supported as (
    select
        agreeing.block_id,
        agreeing.group_id,
        agreeing.session_offset,
        agreeing.index_count,
        coalesce(fits.group_id = agreeing.group_id, false) as is_own,
        agreeing.support - case
            when fits.group_id <> agreeing.group_id or agreeing.session_offset <> 0 or fits.is_early then 0
            when fits.is_whole then 2
            when fits.block_id is null then 0
            else 1
        end as support
    from agreeing
    inner join parts on agreeing.block_id = parts.block_id
    left join core.share_fits as fits on agreeing.block_id = fits.block_id
    where agreeing.index_count >= 3 and 4 * agreeing.index_count >= 3 * parts.quote_count
)

select
    block_id,                                  -- content key of the block
    group_id,                                  -- key of the group
    session_offset,                            -- 0 for the group's session, -1 for the one before
    is_own,                                    -- whether the shares beside are of the group
    support,                                   -- other blocks of the group that show its levels, a whole one counted twice
    max(case when is_own and session_offset = 0 then support else 0 end)
        over (partition by block_id) as own_support, -- that of the group of the shares beside; 0 if they do not agree
    cast(index_count as integer) as index_count -- indices that agree
from supported
