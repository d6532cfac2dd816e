-- One row per block and group that may be of the next session: its shares' prices are near the previous prices there.
-- grain: block_id, next_group_id
-- check: close_count >= 8
-- A block seen shortly before the end of its session is within 0.4 % of what the next one implies, at the
-- median. Looked at only where a group lacks a match (core.group_matches) on a side, for a match comes first.
with quotes as (
    select
        fits.group_id,
        quotes.block_id,
        quotes.symbol,
        quotes.price,
        cast(floor(ln(cast(quotes.price as double)) / 0.00401) as integer) as bucket
    from core.share_fits as fits
    inner join core.block_quotes as quotes on fits.block_id = quotes.block_id
    where not quotes.is_index and fits.is_whole
),

reached as (
    -- three buckets of 0.4 % hold every price within 0.4 % of the previous one
    select
        prices.group_id,
        prices.symbol,
        cast(floor(ln(cast(prices.previous_price as double)) / 0.00401) as integer) + steps.step as bucket
    from core.group_prices as prices
    cross join (select * from (values (-1), (0), (1)) as given (step)) as steps
    where prices.previous_price > 0
),

firsts as (
    select quotes.*
    from quotes
    where quotes.group_id not in (select group_id from core.group_matches)
),

seconds as (
    select reached.*
    from reached
    where reached.group_id not in (select next_group_id from core.group_matches)
),

pairs as (
    select firsts.group_id, firsts.block_id, reached.group_id as next_group_id, firsts.symbol
    from firsts
    inner join reached on firsts.symbol = reached.symbol and firsts.bucket = reached.bucket
    union
    select quotes.group_id, quotes.block_id, seconds.group_id, quotes.symbol
    from quotes
    inner join seconds on quotes.symbol = seconds.symbol and quotes.bucket = seconds.bucket
)

select
    group_id,                                   -- group of the block
    block_id,                                   -- content key of the block
    next_group_id,                              -- group whose previous prices are near
    cast(count(*) as integer) as close_count    -- shares that are about as near as 0.4 %
from pairs
where group_id <> next_group_id
group by group_id, block_id, next_group_id
having count(*) >= 8
