-- One row per share and week in which a page shows it: its change over the week and rank among gainers and losers.
-- grain: week_start, symbol
-- check: observation_count between 1 and session_count
-- check: gainer_rank is null or change_pct > 0
-- check: loser_rank is null or change_pct < 0
-- From the last close before the week to the last known one in it. Where the first is unknown, so are change and rank.
select
    shares.period_start as week_start,     -- Monday of the week
    shares.symbol,                         -- ticker symbol, the last one of the week
    listings.company_name,                 -- listed company; null if unknown
    shares.sector_code,                    -- sector at the end of the week
    sectors.sector_name,                   -- its name
    shares.base_close as previous_close,   -- close of the last session before the week, on the newest base, PKR; null if unknown
    shares.last_close,                     -- last known close of the week, on the newest base, PKR
    shares.last_trade_date,                -- its session
    shares.change_pct,                     -- change between the two, percent
    case when shares.change_pct > 0 then cast(rank() over (
        partition by shares.period_start, sign(shares.change_pct) order by shares.change_pct desc
    ) as integer) end as gainer_rank,      -- 1 is the largest rise in percent
    case when shares.change_pct < 0 then cast(rank() over (
        partition by shares.period_start, sign(shares.change_pct) order by shares.change_pct
    ) as integer) end as loser_rank,       -- 1 is the largest fall in percent
    shares.high_close,                     -- highest close, PKR
    shares.low_close,                      -- lowest close, PKR
    shares.rise_count,                     -- sessions on which it rose
    shares.fall_count,                     -- sessions on which it fell
    shares.observation_count,              -- sessions of the week with a known close
    shares.session_count                   -- sessions of the week
from measures.period_shares as shares
left join core.listings as listings
    on
        shares.symbol = listings.symbol
        and shares.last_trade_date between listings.applies_from and listings.applies_to
left join staging.sectors as sectors on shares.sector_code = sectors.sector_code
where shares.frequency = 'weekly'
