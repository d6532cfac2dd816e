-- Of every index and share, the change is the price less the previous price.
-- severity: error
select trade_date, index_code as symbol, level as price, previous_level as previous_price, change
from daily_index_summary
where change <> level - previous_level
union all
select trade_date, symbol, last_price, previous_price, change
from daily_quotes
where change <> last_price - previous_price
