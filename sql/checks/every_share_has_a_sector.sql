-- A share without a row in securities.csv is counted under the sector UNKNOWN.
-- severity: warn
select symbol, count(*) as session_count, min(trade_date) as first_trade_date
from daily_quotes
where sector_code = 'UNKNOWN'
group by symbol
