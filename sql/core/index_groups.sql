-- One row per group of index parts with a KSE100 line: what its blocks imply and show.
-- grain: group_id
select
    parts.group_id,                                                                     -- key of the group
    median(quotes.previous_price) as previous_level,                                    -- implied previous close
    cast(count(distinct quotes.price) filter (where not parts.is_early) as integer) as level_count, -- different levels shown
    case when min(blocks.index_format) = max(blocks.index_format) then max(blocks.index_format) end as index_format -- how its index lines are written; null if unclear
from core.block_parts as parts
inner join core.blocks as blocks on parts.block_id = blocks.block_id
inner join core.block_quotes as quotes on parts.block_id = quotes.block_id and quotes.symbol = 'KSE100'
where parts.part = 'index' and not blocks.is_mostly_zero and blocks.is_kse100_sound
group by parts.group_id
