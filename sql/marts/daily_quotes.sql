-- One row per share and trading session: its last price and change.
-- grain: trade_date, symbol
-- check: high_seen >= low_seen
-- check: direction in ('up', 'down', 'flat')
select
    quotes.trade_date,                                                  -- session
    quotes.symbol,                                                      -- ticker symbol
    securities.company_name,                                            -- listed company; null if unknown
    coalesce(securities.sector_code, 'UNKNOWN') as sector_code,         -- sector in force on the day
    sectors.sector_name,                                                -- its name
    quotes.price as last_price,                                         -- last price seen, PKR
    quotes.previous_price,                                              -- the page's own previous price, PKR
    quotes.change,                                                      -- last less previous, PKR
    quotes.change_pct,                                                  -- the same in percent, as printed
    case
        when quotes.change > 0 then 'up' when quotes.change < 0 then 'down' else 'flat'
    end as direction,                                                   -- `up`, `down` or `flat`
    quotes.capture_count,                                               -- captures of the session that show the share
    quotes.high_seen,                                                   -- highest price over them, PKR
    quotes.low_seen,                                                    -- lowest price over them, PKR
    quotes.price_status,                                                -- `close`, `intraday` or `unordered`
    quotes.capture_id,                                                  -- capture that holds the line
    quotes.line                                                         -- its line number in the document
from core.last_quotes as quotes
left join staging.securities as securities
    on
        quotes.symbol = securities.symbol
        and quotes.trade_date between securities.valid_from and securities.valid_to
left join staging.sectors as sectors on coalesce(securities.sector_code, 'UNKNOWN') = sectors.sector_code
where not quotes.is_index
