-- One row per pair of groups of which the second may be the session after the first.
-- grain: group_id, next_group_id
-- check: is_exact or common_count >= 15
-- Exact: a whole block of the first shows, symbol by symbol, the prices that the second implies for the
-- session before, on three quarters of the symbols that both show, and on five at least. Near: the block was
-- seen shortly before the end; on 15 symbols or more its prices are 0.4 % from them at the median, when a
-- session moves shares by one or two. An exact neighbour outranks every near one, so nearness is looked at
-- only for groups that lack an exact one on a side.
with quotes as (
    select
        fits.group_id,
        quotes.block_id,
        quotes.symbol,
        quotes.price,
        cast(floor(ln(cast(quotes.price as double)) / 0.004) as integer) as bucket
    from core.share_fits as fits
    inner join core.block_quotes as quotes on fits.block_id = quotes.block_id
    where not quotes.is_index and fits.is_whole
),

matching as (
    select
        quotes.group_id,
        quotes.block_id,
        prices.group_id as next_group_id
    from quotes
    inner join core.group_prices as prices
        on quotes.symbol = prices.symbol and quotes.price = prices.previous_price
    where quotes.group_id <> prices.group_id
    group by quotes.group_id, quotes.block_id, prices.group_id
    having count(*) >= 5
),

exact as (
    select matching.group_id, matching.block_id, matching.next_group_id
    from matching
    inner join quotes on matching.block_id = quotes.block_id
    inner join core.group_prices as prices
        on matching.next_group_id = prices.group_id and quotes.symbol = prices.symbol
    group by matching.group_id, matching.block_id, matching.next_group_id
    having 4 * count(*) filter (where quotes.price = prices.previous_price) >= 3 * count(*)
),

reached as (
    -- three buckets of 0.4 % hold every price that is within 0.4 % of the previous one
    select
        prices.group_id,
        prices.symbol,
        prices.previous_price,
        cast(floor(ln(cast(prices.previous_price as double)) / 0.004) as integer) + steps.step as bucket
    from core.group_prices as prices
    cross join (select * from (values (-1), (0), (1)) as given (step)) as steps
    where prices.previous_price > 0
),

open_ends as (
    select quotes.group_id, true as is_first
    from quotes
    left join exact on quotes.group_id = exact.group_id
    where exact.group_id is null
    group by quotes.group_id
    union all
    select prices.group_id, false
    from core.group_prices as prices
    left join exact on prices.group_id = exact.next_group_id
    where exact.next_group_id is null
    group by prices.group_id
),

near as (
    select quotes.group_id, quotes.block_id, reached.group_id as next_group_id
    from quotes
    inner join reached on quotes.symbol = reached.symbol and quotes.bucket = reached.bucket
    left join open_ends as firsts on quotes.group_id = firsts.group_id and firsts.is_first
    left join open_ends as seconds on reached.group_id = seconds.group_id and not seconds.is_first
    where
        quotes.group_id <> reached.group_id
        and (firsts.group_id is not null or seconds.group_id is not null)
    group by quotes.group_id, quotes.block_id, reached.group_id
    having count(*) >= 8
),

candidates as (
    select group_id, block_id, next_group_id from exact
    union
    select group_id, block_id, next_group_id from near
),

compared as (
    select
        candidates.group_id,
        candidates.next_group_id,
        candidates.block_id,
        count(*) as common_count,
        count(*) filter (where quotes.price = prices.previous_price) as match_count,
        100.0 * median(abs(cast(quotes.price as double) / cast(prices.previous_price as double) - 1.0)) as median_distance_pct
    from candidates
    inner join quotes on candidates.block_id = quotes.block_id
    inner join core.group_prices as prices
        on candidates.next_group_id = prices.group_id and quotes.symbol = prices.symbol
    group by candidates.group_id, candidates.next_group_id, candidates.block_id
),

fitting as (
    select
        *,
        match_count >= 5 and 4 * match_count >= 3 * common_count as is_exact
    from compared
    where
        (match_count >= 5 and 4 * match_count >= 3 * common_count)
        or (common_count >= 15 and median_distance_pct <= 0.4)
)

select
    group_id,                                      -- group of the earlier session
    next_group_id,                                 -- group that may be of the session after it
    block_id,                                      -- block of the earlier one whose prices come nearest
    is_exact,                                      -- whether its prices are confirmed as that session's last
    cast(match_count as integer) as match_count,   -- shares whose price there is the previous price here
    cast(common_count as integer) as common_count, -- shares that both show
    median_distance_pct                            -- how far the prices are apart at the median, percent
from fitting
qualify row_number() over (
    partition by group_id, next_group_id order by is_exact desc, match_count desc, median_distance_pct, block_id
) = 1
