-- One row per line whose base is another than that of the same session's other pages.
-- grain: block_id, symbol
-- Pages of one session imply one previous price for a share, and one previous level for an index, within
-- 1.2 points. A line that implies another is of another session (the page was caught half refreshed)
-- or wrong. KSE100 is also outvoted by the indices beside it, if it moves 1.5 points of percent unlike them.
select
    quotes.block_id,                                            -- content key of the block
    quotes.symbol,                                              -- share symbol or index code
    prices.previous_price as agreed_price                       -- what the session's pages agree on; null if the indices beside it speak
from core.block_quotes as quotes
inner join core.placements as placements on quotes.block_id = placements.block_id and quotes.part = placements.part
inner join core.group_prices as prices on placements.group_id = prices.group_id and quotes.symbol = prices.symbol
where quotes.part = 'share' and quotes.previous_price <> prices.previous_price
union all
select quotes.block_id, quotes.symbol, levels.previous_level
from core.block_quotes as quotes
inner join core.blocks as blocks on quotes.block_id = blocks.block_id
inner join core.placements as placements on quotes.block_id = placements.block_id and quotes.part = placements.part
left join core.group_levels as levels
    on
        placements.group_id = levels.group_id
        and quotes.symbol = levels.symbol
        and levels.support >= 4
        and quotes.previous_price not between levels.previous_level - 1.2 and levels.previous_level + 1.2
where
    quotes.part = 'index'
    and (levels.group_id is not null or (quotes.symbol = 'KSE100' and not blocks.is_kse100_sound))
