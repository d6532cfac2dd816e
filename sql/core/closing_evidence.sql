-- One row per block and part with figures of a session: whether they are those of the session's end.
-- grain: block_id, part
-- Shares are where nine tenths of them, and five at least, are the previous prices of the next session;
-- indices where three are that session's previous levels, or KSE100 is at the official close. Where
-- one part is silent the other speaks for it.
with placed as (
    select
        placements.block_id,
        placements.part,
        placements.group_id,
        sessions.next_trade_date,
        sessions.official_close
    from core.placements as placements
    inner join core.sessions as sessions on placements.trade_date = sessions.trade_date
    where placements.has_quotes
),

next_prices as (
    select
        dates.trade_date,
        prices.group_id,
        prices.symbol,
        prices.previous_price
    from core.group_prices as prices
    inner join core.group_dates as dates
        on prices.group_id = dates.group_id and dates.part = 'share' and dates.confidence >= 0.95
),

by_shares as (
    select
        placed.block_id,
        next_prices.group_id,
        count(*) as common_count,
        count(*) filter (where quotes.price = next_prices.previous_price) as match_count
    from placed
    inner join next_prices on placed.next_trade_date = next_prices.trade_date
    inner join core.block_quotes as quotes on placed.block_id = quotes.block_id and next_prices.symbol = quotes.symbol
    where placed.part = 'share' and not quotes.is_index
    group by placed.block_id, next_prices.group_id
    having count(*) >= 5
),

share_verdicts as (
    select
        block_id,
        bool_or(10 * match_count >= 9 * common_count) as is_close
    from by_shares
    group by block_id
),

by_next_levels as (
    select distinct placed.block_id
    from placed
    inner join core.index_agreements as agreements
        on placed.block_id = agreements.block_id and agreements.session_offset = -1
    inner join core.group_dates as dates
        on
            agreements.group_id = dates.group_id
            and dates.part = 'share'
            and dates.confidence >= 0.95
            and placed.next_trade_date = dates.trade_date
    where placed.part = 'index'
),

index_verdicts as (
    select
        placed.block_id,
        case
            when by_next_levels.block_id is not null then true
            else abs(quotes.price - placed.official_close) <= 0.6
        end as is_close
    from placed
    left join by_next_levels on placed.block_id = by_next_levels.block_id
    left join core.block_quotes as quotes on placed.block_id = quotes.block_id and quotes.symbol = 'KSE100'
    where placed.part = 'index'
)

select
    placed.block_id,                      -- content key of the block
    placed.part,                          -- `share` or `index`
    case
        when placed.part = 'share' then coalesce(share_verdicts.is_close, index_verdicts.is_close)
        else coalesce(index_verdicts.is_close, share_verdicts.is_close)
    end as is_close,                      -- whether the figures are the session's last; null if nothing tells
    placed.part = 'share' and coalesce(share_verdicts.is_close, false) as is_confirmed -- whether the next session's previous prices say so
from placed
left join share_verdicts on placed.block_id = share_verdicts.block_id
left join index_verdicts on placed.block_id = index_verdicts.block_id
