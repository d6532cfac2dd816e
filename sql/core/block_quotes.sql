-- One row per block and symbol: its figures, each sound line once.
-- grain: block_id, symbol
-- check: previous_price > 0
select
    block_id,                                                             -- content key of the block
    case when is_index then 'index' else 'share' end as part,             -- `share` or `index`: the parts refresh at different moments
    symbol,                                                               -- share symbol or index code
    is_index,                                                             -- whether it is an index
    price,                                                                -- last price in PKR, or index level
    cast(price - change as decimal(18, 4)) as previous_price,             -- the page's own previous price or level
    change,                                                               -- change since the previous session
    cast(change_pct as double) as change_pct,                             -- the same in percent, as printed
    line                                                                  -- its line number in the document
from staging.lines
where rejected_because is null and not is_repeated
