-- One row per share or index of each distinct ticker block, whether its page is placed on a session or not.
-- grain: block_id, line
-- check: gainer_rank is null or direction = 'up'
-- check: loser_rank is null or direction = 'down'
-- A line that repeats an earlier one of its block has no row. Blocks of one session in the order of
-- `first_captured_at` show prices during the session. Company and sector are those of `trade_date`, or of the
-- most likely session if the block is unplaced.
with captured as (
    select
        block_id,
        count(*) as capture_count,
        min(captured_at) as first_captured_at,
        max(captured_at) as last_captured_at
    from captures
    group by block_id
)

select
    quotes.block_id,                                               -- content key of the block; `captures` has its pages
    quotes.line,                                                   -- line number in the document, from 1
    quotes.symbol,                                                 -- share symbol or index code
    quotes.is_index,                                               -- whether the symbol is an index
    listings.company_name, -- listed company; null for an index or an unknown share
    case
        when not quotes.is_index then coalesce(listings.sector_code, 'UNKNOWN')
    end as sector_code,                                            -- sector; null for an index
    sectors.sector_name,                                           -- name of the sector
    quotes.price,                                                  -- last price in PKR, or index level in points
    quotes.previous_price, -- price less change: last price or level of the session before
    quotes.change,                                                 -- change in PKR or points, as printed
    quotes.change_pct,                                             -- change in percent, as printed
    case
        when quotes.change > 0 then 'up' when quotes.change < 0 then 'down' else 'flat'
    end as direction,                                              -- `up`, `down` or `flat`
    case when quotes.change > 0 and not quotes.is_index then cast(rank() over (
        partition by quotes.block_id, quotes.is_index, sign(quotes.change) order by quotes.change_pct desc
    ) as integer) end as gainer_rank, -- 1 is the largest rise in percent among the shares of the block
    case when quotes.change < 0 and not quotes.is_index then cast(rank() over (
        partition by quotes.block_id, quotes.is_index, sign(quotes.change) order by quotes.change_pct
    ) as integer) end as loser_rank, -- 1 is the largest fall in percent among the shares of the block
    placements.trade_date,                                         -- session of the line; null if unplaced
    placements.confidence, -- probability that `trade_date` is right; null if unplaced
    placements.best_date, -- most likely session, whether placed or not; null without any evidence
    placements.best_confidence,                                    -- probability of `best_date`
    captured.capture_count,                                        -- pages that show the block
    captured.first_captured_at, -- earliest stated capture time of these pages; null if no time is stated
    captured.last_captured_at -- latest stated capture time of these pages; null if no time is stated
from core.block_quotes as quotes
inner join core.placements as placements on quotes.block_id = placements.block_id and quotes.part = placements.part
inner join captured on quotes.block_id = captured.block_id
left join core.listings as listings
    on
        not quotes.is_index
        and quotes.symbol = listings.symbol
        and coalesce(placements.trade_date, placements.best_date, date '9999-12-31')
        between listings.applies_from and listings.applies_to
left join staging.sectors as sectors
    on not quotes.is_index and coalesce(listings.sector_code, 'UNKNOWN') = sectors.sector_code
