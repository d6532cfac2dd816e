-- One row per block whose shares have a neighbouring session to compare with: whether its indices go with it.
-- grain: block_id
-- Of the session before, the block that shows its end has as levels what this block's indices should imply
-- as previous levels; of the session after, the blocks imply what the levels of this block should be
-- if it is the one that shows the end. They go together on three quarters of the indices, within 1.2 points;
-- apart by up to 0.025 % more nothing is said, for on some days the page's base is off by that much.
with before as (
    select
        fits.block_id,
        quotes.symbol,
        abs(quotes.previous_price - closing.price) as distance,
        closing.price as level
    from core.share_fits as fits
    inner join core.group_links as links on fits.group_id = links.next_group_id
    inner join core.block_quotes as closing on links.is_exact and links.last_block_id = closing.block_id and closing.is_index
    inner join core.block_quotes as quotes on fits.block_id = quotes.block_id and closing.symbol = quotes.symbol
),

after as (
    select
        links.last_block_id as block_id,
        quotes.symbol,
        abs(quotes.price - levels.previous_level) as distance,
        quotes.price as level
    from core.group_links as links
    inner join core.group_levels as levels on links.next_group_id = levels.group_id
    inner join core.block_quotes as quotes on links.last_block_id = quotes.block_id and levels.symbol = quotes.symbol
    where links.is_exact
),

neighbours as (
    select block_id, 'before' as side, distance, level
    from before
    union all
    select block_id, 'after', distance, level
    from after
),

compared as (
    select
        block_id,
        case
            when 4 * count(*) filter (where distance <= 1.2) >= 3 * count(*) then true
            when 4 * count(*) filter (where distance <= 1.2 + 0.00025 * level) < 3 * count(*) then false
        end as is_agreed
    from neighbours
    group by block_id, side
    having count(*) >= 3
)

select
    block_id,                        -- content key of the block
    bool_or(is_agreed) as is_agreed  -- whether its indices go with those of a neighbouring session; null if nearly
from compared
group by block_id
