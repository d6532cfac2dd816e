-- Of every ticker placed on a session, each sound line is a quote, or is set aside with a reason.
-- severity: error
with used as (
    select block_id, symbol
    from core.quotes
    union all
    select distinct captures.block_id, aside.symbol
    from set_aside_lines as aside
    inner join captures on aside.source = captures.source and aside.document = captures.document
)

select lines.block_id, lines.symbol, count(used.symbol) as use_count
from core.block_quotes as lines
inner join core.placements as placements
    on lines.block_id = placements.block_id and lines.part = placements.part
left join used on lines.block_id = used.block_id and lines.symbol = used.symbol
where placements.trade_date is not null
group by lines.block_id, lines.symbol
having count(used.symbol) <> 1
