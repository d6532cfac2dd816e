-- One row per symbol of the reference table: the security whose series it belongs to.
-- grain: symbol
-- check: renaming_count between 0 and 4
-- A symbol that another took over by renaming belongs to that one's series, over up to four renamings. A
-- merger ends a series.
with hops as (
    select
        symbol,
        coalesce(max(successor_symbol) filter (where successor_kind = 'rename'), symbol) as next_symbol,
        case when count(*) filter (where successor_kind = 'rename') > 0 then 1 else 0 end as hop_count
    from staging.securities
    group by symbol
),

two_hops as (
    select
        hops.symbol,
        coalesce(onward.next_symbol, hops.next_symbol) as next_symbol,
        hops.hop_count + case when hops.hop_count > 0 then coalesce(onward.hop_count, 0) else 0 end as hop_count
    from hops
    left join hops as onward on hops.next_symbol = onward.symbol
)

select
    two_hops.symbol,                                                   -- ticker symbol
    coalesce(onward.next_symbol, two_hops.next_symbol) as security_id, -- its newest symbol
    cast(
        two_hops.hop_count + case when two_hops.hop_count > 0 then coalesce(onward.hop_count, 0) else 0 end as integer
    ) as renaming_count                                                -- renamings from it to the newest
from two_hops
left join two_hops as onward on two_hops.next_symbol = onward.symbol
