-- One row per block and group that may be of the next session: its shares' prices are the previous prices there.
-- grain: block_id, next_group_id
-- check: match_count >= 5
-- A whole block of one session shows, symbol by symbol, what the next one implies as previous prices: on three
-- quarters of the symbols that both show, and on five at least.
with quotes as (
    select
        fits.group_id,
        quotes.block_id,
        quotes.symbol,
        quotes.price
    from core.share_fits as fits
    inner join core.block_quotes as quotes on fits.block_id = quotes.block_id
    where not quotes.is_index and fits.is_whole
),

matching as (
    select
        quotes.group_id,
        quotes.block_id,
        prices.group_id as next_group_id,
        count(*) as match_count
    from quotes
    inner join core.group_prices as prices
        on quotes.symbol = prices.symbol and quotes.price = prices.previous_price
    where quotes.group_id <> prices.group_id
    group by quotes.group_id, quotes.block_id, prices.group_id
    having count(*) >= 5
)

select
    matching.group_id,                                    -- group of the block
    matching.block_id,                                    -- content key of the block
    matching.next_group_id,                               -- group whose previous prices it shows
    cast(matching.match_count as integer) as match_count, -- shares whose price there is the previous price here
    cast(count(*) as integer) as common_count             -- shares that both show
from matching
inner join quotes on matching.block_id = quotes.block_id
inner join core.group_prices as prices
    on matching.next_group_id = prices.group_id and quotes.symbol = prices.symbol
group by matching.group_id, matching.block_id, matching.next_group_id, matching.match_count
having 4 * matching.match_count >= 3 * count(*)
