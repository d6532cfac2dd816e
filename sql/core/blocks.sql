-- One row per distinct ticker block: what it holds, and whether its figures can be of any session.
-- grain: block_id
with lines as (
    select
        *,
        rejected_because is null and not is_repeated as is_quote
    from staging.lines
)

select
    block_id,                                                                   -- content key of the block
    count(*) filter (where is_quote and not is_index) as share_line_count,      -- distinct shares with sound figures
    count(*) filter (where is_quote and is_index) as index_line_count,          -- distinct indices with sound figures
    count(*) filter (where rejected_because is not null) as rejected_line_count, -- lines rejected
    count(*) filter (where rejected_because = 'zero_price')
    > count(*) filter (where is_quote and not is_index) as is_mostly_zero,      -- more zero prices than sound ones: figures of no session
    coalesce(
        abs(
            max(change_pct) filter (where is_quote and symbol = 'KSE100')
            - median(change_pct) filter (where is_quote and is_index and symbol <> 'KSE100')
        ) <= 1.5,
        count(*) filter (where is_quote and symbol = 'KSE100') > 0
    ) as is_kse100_sound,                                                       -- whether KSE100 moved as the other indices did, within 1.5 percent points
    case
        when count(*) filter (where is_quote and is_index and (text like '%▲%' or text like '%▼%')) >= 2 then 'arrows'
        when count(*) filter (
            where is_quote and is_index and (text like '% By -%' or text like '% By 1%' or text like '% By 2%' or text like '% By 3%')
        ) >= 2 then 'bare'
    end as index_format                                                         -- `arrows` on index lines (until November 2021) or `bare` (from 2022); null if unclear
from lines
group by block_id
