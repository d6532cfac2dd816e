-- One row per group of blocks and share: the previous price that more than half of its blocks imply.
-- grain: group_id, symbol
-- A block of which a quarter has not moved has half a vote: it may have been caught half refreshed.
with voters as (
    select
        block_id,
        case when 4 * count(*) filter (where change = 0) < count(*) then 2 else 1 end as vote_count
    from core.block_quotes
    where not is_index
    group by block_id
),

counted as (
    select
        share_groups.group_id,
        quotes.symbol,
        quotes.previous_price,
        sum(voters.vote_count) as vote_count
    from core.share_groups as share_groups
    inner join core.block_quotes as quotes on share_groups.block_id = quotes.block_id
    inner join voters on share_groups.block_id = voters.block_id
    where not quotes.is_index
    group by share_groups.group_id, quotes.symbol, quotes.previous_price
),

totals as (
    select
        group_id,
        symbol,
        sum(vote_count) as vote_count
    from counted
    group by group_id, symbol
)

select
    counted.group_id,                                    -- key of the group
    counted.symbol,                                      -- ticker symbol
    counted.previous_price,                              -- the page's own previous price: that of the end of the session before
    cast(counted.vote_count as integer) as vote_count    -- votes for it
from counted
inner join totals on counted.group_id = totals.group_id and counted.symbol = totals.symbol
where 2 * counted.vote_count > totals.vote_count
