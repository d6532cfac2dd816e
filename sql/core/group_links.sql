-- One row per pair of neighbouring groups: the second is the session after the first.
-- grain: group_id
-- check: match_count >= 5 or median_distance_pct <= 0.4
-- A group follows another where one whole block of the first shows, symbol by symbol, the prices that the
-- second implies for the session before: on three quarters of the symbols that both show, and on five at
-- least. Failing that, where the block was seen shortly before the end: on 15 symbols or more its
-- prices are 0.4 % from them at the median, when a session moves shares by one or two. Of several the best
-- counts, seen from either side.
with shown as (
    select distinct
        fits.group_id,
        quotes.symbol,
        quotes.price
    from core.share_fits as fits
    inner join core.block_quotes as quotes on fits.block_id = quotes.block_id
    where not quotes.is_index and fits.is_whole
),

candidates as (
    select
        shown.group_id,
        prices.group_id as next_group_id
    from shown
    inner join core.group_prices as prices
        on
            shown.symbol = prices.symbol
            and shown.price between prices.previous_price * 0.996 and prices.previous_price * 1.004
    where shown.group_id <> prices.group_id
    group by shown.group_id, prices.group_id
    having count(distinct shown.symbol) >= 5
),

compared as (
    select
        candidates.group_id,
        candidates.next_group_id,
        fits.block_id,
        count(*) as common_count,
        count(*) filter (where quotes.price = prices.previous_price) as match_count,
        100.0 * median(abs(cast(quotes.price as double) / cast(prices.previous_price as double) - 1.0)) as median_distance_pct
    from candidates
    inner join core.share_fits as fits on candidates.group_id = fits.group_id and fits.is_whole
    inner join core.block_quotes as quotes on fits.block_id = quotes.block_id
    inner join core.group_prices as prices
        on candidates.next_group_id = prices.group_id and quotes.symbol = prices.symbol
    where not quotes.is_index
    group by candidates.group_id, candidates.next_group_id, fits.block_id
),

fitting as (
    select
        *,
        match_count >= 5 and 4 * match_count >= 3 * common_count as is_exact
    from compared
    where
        (match_count >= 5 and 4 * match_count >= 3 * common_count)
        or (common_count >= 15 and median_distance_pct <= 0.4)
),

best_blocks as (
    select *
    from fitting
    qualify row_number() over (
        partition by group_id, next_group_id order by is_exact desc, match_count desc, median_distance_pct, block_id
    ) = 1
),

ranked as (
    select
        *,
        row_number() over (
            partition by group_id order by is_exact desc, match_count desc, median_distance_pct, next_group_id
        ) as next_rank,
        row_number() over (
            partition by next_group_id order by is_exact desc, match_count desc, median_distance_pct, group_id
        ) as previous_rank
    from best_blocks
)

select
    group_id,                                      -- group of the earlier session
    next_group_id,                                 -- group of the session after it
    block_id as last_block_id,                     -- block of the earlier one whose prices come nearest
    is_exact,                                      -- whether its prices are confirmed as that session's last
    cast(match_count as integer) as match_count,   -- shares whose price there is the previous price here
    cast(common_count as integer) as common_count, -- shares that both show
    median_distance_pct                            -- how far the prices are apart at the median, percent
from ranked
where next_rank = 1 and previous_rank = 1
