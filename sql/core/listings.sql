-- One row per symbol of the reference table and period: what it is called then, and whether it is listed.
-- grain: symbol, applies_from
-- The first period reaches back and the last one on, so that frozen prices of a delisted share keep their name.
select
    symbol,                                                                           -- ticker symbol
    company_name,                                                                     -- listed company
    sector_code,                                                                      -- sector in this period
    case
        when valid_from = min(valid_from) over (partition by symbol) then date '1900-01-01' else valid_from
    end as applies_from,                                                              -- first day for which the names hold
    case
        when valid_to = max(valid_to) over (partition by symbol) then date '9999-12-31' else valid_to
    end as applies_to,                                                                -- last day for which they hold
    min(valid_from) over (partition by symbol) as listed_from,                        -- first day of the listing
    max(valid_to) over (partition by symbol) as listed_to                             -- last day of the listing
from staging.securities
