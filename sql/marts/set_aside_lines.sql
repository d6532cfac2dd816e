-- One row per sound line that no daily table uses although its page was placed, with its place and the reason.
-- grain: source, document, line
select
    captures.source,                    -- file
    captures.document,                  -- document in the file, from 1
    quotes.line,                        -- line in the document, from 1
    quotes.symbol,                      -- share symbol or index code
    placements.trade_date,              -- session that its part of the page was placed on
    case
        when parts.is_carried_over then 'carried_over'
        when parts.is_early then 'before_the_open'
        when outvoted.agreed_price is not null then 'outvoted'
        when outvoted.block_id is not null then 'unlike_other_indices'
        else 'renamed'
    end as reason,                      -- `carried_over`, `before_the_open`, `outvoted`, `unlike_other_indices`, or `renamed`: the session's pages show the share's newer symbol too
    quotes.price,                       -- price in PKR, or index level
    quotes.previous_price,              -- previous price or level that the line implies
    outvoted.agreed_price               -- the one that the session's pages agree on
from captures
inner join core.block_quotes as quotes on captures.block_id = quotes.block_id
inner join core.block_parts as parts on quotes.block_id = parts.block_id and quotes.part = parts.part
inner join core.placements as placements on quotes.block_id = placements.block_id and quotes.part = placements.part
left join core.outvoted_lines as outvoted on quotes.block_id = outvoted.block_id and quotes.symbol = outvoted.symbol
left join core.superseded_lines as superseded
    on quotes.block_id = superseded.block_id and quotes.symbol = superseded.symbol
where
    placements.trade_date is not null
    and (not placements.has_quotes or outvoted.block_id is not null or superseded.block_id is not null)
