-- One row per block whose shares have a neighbouring session to compare with: whether its indices go with it.
-- grain: block_id
-- Of the session before, a block whose shares show its end has as levels what this block's indices should imply
-- as previous levels (five such blocks are looked at); of the session after, the blocks imply what the levels of this
-- block should be if its shares show the end. They go together on three quarters of the indices, within 1.2 points;
-- apart by up to 0.025 % more nothing is said, for on some days the page's base is off by that much. One
-- comparison that agrees is enough, for a block's shares may be of another session than its indices; all must disagree.
with closings as (
    select
        links.next_group_id,
        matches.block_id,
        row_number() over (
            partition by links.next_group_id order by matches.match_count desc, matches.block_id
        ) as block_rank
    from core.group_links as links
    inner join core.group_matches as matches
        on links.group_id = matches.group_id and links.next_group_id = matches.next_group_id
    where links.is_exact
),

before as (
    select
        fits.block_id,
        shown.block_id as other_id,
        quotes.symbol,
        abs(quotes.previous_price - shown.price) as distance,
        shown.price as level
    from core.share_fits as fits
    inner join closings on fits.group_id = closings.next_group_id
    inner join core.block_quotes as shown
        on closings.block_id = shown.block_id and closings.block_rank <= 5 and shown.is_index
    inner join core.block_quotes as quotes on fits.block_id = quotes.block_id and shown.symbol = quotes.symbol
),

after as (
    select
        closings.block_id,
        closings.next_group_id as other_id,
        quotes.symbol,
        abs(quotes.price - levels.previous_level) as distance,
        quotes.price as level
    from closings
    inner join core.group_levels as levels on closings.next_group_id = levels.group_id
    inner join core.block_quotes as quotes on closings.block_id = quotes.block_id and levels.symbol = quotes.symbol
),

neighbours as (
    select block_id, other_id, distance, level
    from before
    union all
    select block_id, other_id, distance, level
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
    group by block_id, other_id
    having count(*) >= 3
)

select
    block_id,                        -- content key of the block
    case
        when bool_or(is_agreed) then true
        when count(is_agreed) = count(*) then false
    end as is_agreed                 -- whether its indices go with those of a neighbouring session; null if nearly
from compared
group by block_id
