-- One row per group of blocks and index: the previous level that most of its blocks imply.
-- grain: group_id, symbol
-- The page rounds levels to whole points and changes to tenths, so two captures of one session imply
-- previous levels that differ by up to 1.1 points: values within 1.2 of each other count as one. A block
-- caught half refreshed counts half.
with implied as (
    select
        fits.group_id,
        quotes.symbol,
        quotes.previous_price,
        count(*) as block_count,
        sum(case when fits.is_whole then 2 else 1 end) as support
    from core.share_fits as fits
    inner join core.block_quotes as quotes on fits.block_id = quotes.block_id
    where quotes.is_index and not fits.is_early
    group by fits.group_id, quotes.symbol, quotes.previous_price
),

supported as (
    select
        a.group_id,
        a.symbol,
        a.previous_price,
        a.block_count,
        sum(b.support) as support
    from implied as a
    inner join implied as b
        on
            a.group_id = b.group_id
            and a.symbol = b.symbol
            and b.previous_price between a.previous_price - 1.2 and a.previous_price + 1.2
    group by a.group_id, a.symbol, a.previous_price, a.block_count
)

select
    group_id,                                         -- key of the group
    symbol,                                           -- index code
    previous_price as previous_level,                 -- the page's own previous level
    cast(support as integer) as support               -- blocks of the group that agree with it, a whole one counted twice
from supported
qualify row_number() over (
    partition by group_id, symbol order by support desc, block_count desc, previous_price
) = 1
