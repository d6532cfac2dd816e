-- The sectors of a session hold the shares that its breadth counts.
-- severity: error
with sectors as (
    select
        trade_date,
        sum(symbol_count) as symbol_count,
        sum(advancer_count) as advancer_count,
        sum(decliner_count) as decliner_count
    from daily_sector_summary
    group by trade_date
)

select breadth.trade_date, breadth.symbol_count, sectors.symbol_count as symbols_in_sectors
from daily_market_breadth as breadth
left join sectors on breadth.trade_date = sectors.trade_date
where
    sectors.symbol_count is distinct from breadth.symbol_count
    or sectors.advancer_count is distinct from breadth.advancer_count
    or sectors.decliner_count is distinct from breadth.decliner_count
