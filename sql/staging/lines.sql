-- One row per ticker-like line of a distinct ticker block that a document shows.
-- grain: block_id, line
-- check: (rejected_because is null) = (price is not null)
select
    block_id,                 -- content key of the block
    line,                     -- line number in the document, from 1
    text,                     -- the line as it stands in the document
    symbol,                   -- share symbol or index code
    is_index,                 -- whether the symbol is an index
    price,                    -- last price in PKR, or index level
    change,                   -- change since the previous session
    change_pct,               -- the same in percent, as printed
    is_repeated,              -- whether an earlier line of the document says the same
    rejected_because          -- reason code; null for an accepted line
from lake.lines
where block_id in (select block_id from staging.documents)
qualify row_number() over (partition by block_id, line order by batch) = 1
