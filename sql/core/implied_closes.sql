-- One row per session and symbol whose close the pages of the next session imply.
-- grain: trade_date, symbol
-- check: price > 0
-- Shares: the previous price that the next session's pages agree on. Indices: the median of the previous levels
-- that they imply; not of a page whose KSE100 base is off the official close by more than 1.2 points.
with share_prices as (
    select
        sessions.previous_trade_date as trade_date,
        prices.symbol,
        prices.previous_price as price,
        prices.group_id,
        prices.vote_count
    from core.group_prices as prices
    inner join core.group_dates as dates
        on prices.group_id = dates.group_id and dates.part = 'share' and dates.confidence >= 0.95
    inner join core.sessions as sessions on dates.trade_date = sessions.trade_date
    where sessions.previous_trade_date is not null
    qualify row_number() over (
        partition by sessions.previous_trade_date, prices.symbol order by prices.vote_count desc, prices.group_id
    ) = 1
),

share_sources as (
    select
        share_prices.trade_date,
        share_prices.symbol,
        share_prices.price,
        share_prices.vote_count,
        quotes.block_id,
        quotes.line
    from share_prices
    inner join core.share_groups as members on share_prices.group_id = members.group_id
    inner join core.block_quotes as quotes
        on
            members.block_id = quotes.block_id
            and share_prices.symbol = quotes.symbol
            and share_prices.price = quotes.previous_price
            and not quotes.is_index
),

index_parts as (
    select
        placements.block_id,
        case when parts.is_carried_over then placements.trade_date else sessions.previous_trade_date end as trade_date,
        case when parts.is_carried_over then sessions.official_close else sessions.previous_official_close end as official_close
    from core.placements as placements
    inner join core.block_parts as parts on placements.block_id = parts.block_id and placements.part = parts.part
    inner join core.sessions as sessions on placements.trade_date = sessions.trade_date
    where placements.part = 'index'
),

based as (
    select
        index_parts.trade_date,
        index_parts.block_id
    from index_parts
    left join core.block_quotes as kse100 on index_parts.block_id = kse100.block_id and kse100.symbol = 'KSE100'
    where
        index_parts.trade_date is not null
        and coalesce(abs(kse100.previous_price - index_parts.official_close) <= 1.2, true)
),

index_sources as (
    select
        based.trade_date,
        quotes.symbol,
        quotes.previous_price,
        quotes.block_id,
        quotes.line
    from based
    inner join core.block_quotes as quotes on based.block_id = quotes.block_id and quotes.is_index
    left join core.outvoted_lines as outvoted on quotes.block_id = outvoted.block_id and quotes.symbol = outvoted.symbol
    where outvoted.block_id is null
),

sources as (
    select
        trade_date,
        symbol,
        false as is_index,
        price,
        vote_count,
        block_id,
        line
    from share_sources
    union all
    select
        trade_date,
        symbol,
        true,
        cast(median(previous_price) over (partition by trade_date, symbol) as decimal(18, 4)),
        count(*) over (partition by trade_date, symbol),
        block_id,
        line
    from index_sources
),

captures as (
    select
        block_id,
        min(document_id) as capture_id
    from staging.documents
    where block_id is not null
    group by block_id
)

select
    sources.trade_date,                                   -- session whose close it is
    sources.symbol,                                       -- share symbol or index code
    sources.is_index,                                     -- whether it is an index
    sources.price,                                        -- its close by the next session's pages: PKR, or points
    cast(sources.vote_count as integer) as vote_count,    -- votes for it: two of each page, one of half refreshed ones; for indices, pages
    captures.capture_id,                                  -- a capture of the next session that implies it
    sources.line                                          -- the line there
from sources
inner join captures on sources.block_id = captures.block_id
qualify row_number() over (partition by sources.trade_date, sources.symbol order by captures.capture_id) = 1
