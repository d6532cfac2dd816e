-- One row per block of a group: how well its shares agree with the previous prices of its group.
-- grain: block_id
-- check: agreeing_count <= quote_count
-- A block that agrees on less than three fifths is none of the group's. One that agrees on less than seven tenths, or on
-- less than nine tenths of the shares that the group has a price of, or a third of whose shares have not moved, was caught half refreshed or holds bad figures: it
-- says nothing sure of the index lines beside its shares, nor of the session's end. Where two thirds
-- have not moved, it was made before the open or at it, and where hardly one has, it shows the prices of
-- the session before.
with compared as (
    select
        share_groups.block_id,
        share_groups.group_id,
        count(*) as quote_count,
        count(prices.symbol) as known_count,
        count(*) filter (where quotes.previous_price = prices.previous_price) as agreeing_count,
        count(*) filter (where quotes.change = 0) as unchanged_count
    from core.share_groups as share_groups
    inner join core.block_quotes as quotes on share_groups.block_id = quotes.block_id
    left join core.group_prices as prices
        on share_groups.group_id = prices.group_id and quotes.symbol = prices.symbol
    where not quotes.is_index
    group by share_groups.block_id, share_groups.group_id
)

select
    block_id,                                                   -- content key of the block
    group_id,                                                   -- key of its group
    cast(quote_count as integer) as quote_count,                -- shares with sound figures
    cast(agreeing_count as integer) as agreeing_count,          -- those whose previous price is the group's
    10 * agreeing_count >= 9 * known_count
    and 10 * agreeing_count >= 7 * quote_count
    and 3 * unchanged_count < quote_count as is_whole,          -- whether it shows one session alone
    3 * unchanged_count >= 2 * quote_count as is_early,         -- whether two thirds stand unchanged
    10 * unchanged_count >= 9 * quote_count as is_carried_over  -- whether nine tenths do
from compared
where 5 * agreeing_count >= 3 * quote_count
