-- One row per group of index parts with a KSE100 line: what its blocks imply and show.
-- grain: group_id
-- Where not most of them imply the same previous close, within 1.2 points, one of two is wrong: it is not known.
with quoted as (
    select
        parts.group_id,
        parts.is_early,
        quotes.price,
        quotes.previous_price,
        blocks.index_format,
        median(quotes.previous_price) over (partition by parts.group_id) as middle
    from core.block_parts as parts
    inner join core.blocks as blocks on parts.block_id = blocks.block_id
    inner join core.block_quotes as quotes on parts.block_id = quotes.block_id and quotes.symbol = 'KSE100'
    where parts.part = 'index' and not blocks.is_mostly_zero and blocks.is_kse100_sound
),

agreeing as (
    select
        *,
        2 * sum(case when round(abs(previous_price - middle), 4) <= 1.2 then 1 else 0 end) over (partition by group_id)
        > count(*) over (partition by group_id) as is_agreed
    from quoted
)

select
    group_id,                                                                     -- key of the group
    max(case when is_agreed then middle end) as previous_level,                   -- implied previous close; null if disputed
    median(case when is_agreed and not is_early then price end) as level,         -- level shown, the middle one; null if disputed
    cast(count(distinct price) filter (where not is_early) as integer) as level_count, -- different levels shown
    case when min(index_format) = max(index_format) then max(index_format) end as index_format -- how its index lines are written; null if unclear
from agreeing
group by group_id
