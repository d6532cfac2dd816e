-- One row per pair of groups of which the second may be the session after the first.
-- grain: group_id, next_group_id
-- check: is_exact or common_count >= 15
-- Exact is a match (core.group_matches); near is a block whose prices are 0.4 % from what the second implies
-- at the median, on 15 symbols or more, when a session moves shares by one or two.
with candidates as (
    select group_id, block_id, next_group_id, true as is_exact
    from core.group_matches
    union all
    select nears.group_id, nears.block_id, nears.next_group_id, false
    from core.group_nears as nears
    left join core.group_matches as matches
        on nears.block_id = matches.block_id and nears.next_group_id = matches.next_group_id
    where matches.block_id is null
),

compared as (
    select
        candidates.group_id,
        candidates.next_group_id,
        candidates.block_id,
        candidates.is_exact,
        count(*) as common_count,
        count(*) filter (where quotes.price = prices.previous_price) as match_count,
        100.0 * median(abs(cast(quotes.price as double) / cast(prices.previous_price as double) - 1.0)) as median_distance_pct
    from candidates
    inner join core.block_quotes as quotes on candidates.block_id = quotes.block_id and not quotes.is_index
    inner join core.group_prices as prices
        on candidates.next_group_id = prices.group_id and quotes.symbol = prices.symbol
    group by candidates.group_id, candidates.next_group_id, candidates.block_id, candidates.is_exact
)

select
    group_id,                                      -- group of the earlier session
    next_group_id,                                 -- group that may be of the session after it
    block_id,                                      -- block of the earlier one whose prices come nearest
    is_exact,                                      -- whether its prices are confirmed as that session's last
    cast(match_count as integer) as match_count,   -- shares whose price there is the previous price here
    cast(common_count as integer) as common_count, -- shares that both show
    median_distance_pct                            -- how far the prices are apart at the median, percent
from compared
where is_exact or (common_count >= 15 and median_distance_pct <= 0.4)
qualify row_number() over (
    partition by group_id, next_group_id order by is_exact desc, match_count desc, median_distance_pct, block_id
) = 1
