-- One row per share symbol: what it is, when pages show it, and the range of its prices.
-- grain: symbol
-- check: lowest_price <= highest_price
-- check: first_trade_date <= last_trade_date
-- Sessions on which it was shown but not listed are left out. Of days with the same change the first is named.
with quotes as (
    select
        *,
        row_number() over (partition by symbol order by trade_date desc) as newest_rank,
        case when change_pct is not null then
            row_number() over (partition by symbol order by change_pct desc nulls last, trade_date)
        end as best_rank,
        case when change_pct is not null then
            row_number() over (partition by symbol order by change_pct nulls last, trade_date)
        end as worst_rank
    from daily_quotes
    where flag is distinct from 'not_listed'
)

select
    symbol,                                                                              -- ticker symbol
    max(security_id) as security_id,                                                     -- its newest symbol: one series across renamings
    max(company_name) filter (where newest_rank = 1) as company_name,                    -- listed company; null if unknown
    max(sector_code) filter (where newest_rank = 1) as sector_code,                      -- its sector on the last of these sessions
    max(sector_name) filter (where newest_rank = 1) as sector_name,                      -- its name
    min(trade_date) as first_trade_date,                                                 -- first session with a price
    max(trade_date) as last_trade_date,                                                  -- last session with a price
    cast(count(*) filter (where origin = 'captured') as integer) as captured_session_count, -- sessions on which a page shows it
    cast(count(*) filter (where origin = 'implied') as integer) as implied_session_count, -- sessions whose close only the next session implies
    max(last_price) filter (where newest_rank = 1) as last_price,                        -- last price of the last of them, PKR
    max(cast(high_seen as double) * adjustment_factor) as highest_price,                 -- highest price seen, on the newest base, PKR
    min(cast(low_seen as double) * adjustment_factor) as lowest_price,                   -- lowest price seen, on the newest base, PKR
    max(trade_date) filter (where best_rank = 1) as best_trade_date,                     -- session of its largest rise
    max(change_pct) as best_change_pct,                                                  -- that change, percent
    max(trade_date) filter (where worst_rank = 1) as worst_trade_date,                   -- session of its largest fall
    min(change_pct) as worst_change_pct                                                  -- that change, percent
from quotes
group by symbol
