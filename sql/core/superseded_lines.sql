-- One row per line of a symbol whose security the session's pages show under a newer symbol as well.
-- grain: block_id, symbol
-- A share trades under one symbol in a session; what pages go on showing under an older one is frozen.
-- A newer line that is outvoted itself takes no other's place.
with named as (
    select
        session_blocks.trade_date,
        quotes.block_id,
        quotes.symbol,
        ids.security_id,
        ids.renaming_count
    from core.session_blocks as session_blocks
    inner join core.block_quotes as quotes
        on session_blocks.block_id = quotes.block_id and session_blocks.part = quotes.part
    inner join core.security_ids as ids on quotes.symbol = ids.symbol
)

select
    older.block_id,                  -- content key of the block
    older.symbol,                    -- the older symbol
    min(newer.symbol) as newer_symbol -- a newer one of the same security
from named as older
inner join named as newer
    on
        older.trade_date = newer.trade_date
        and older.security_id = newer.security_id
        and older.renaming_count > newer.renaming_count
left join core.outvoted_lines as outvoted
    on newer.block_id = outvoted.block_id and newer.symbol = outvoted.symbol
where outvoted.block_id is null
group by older.block_id, older.symbol
