-- One row per share symbol and period of one company name and sector.
-- grain: symbol, valid_from
-- check: valid_from <= valid_to
-- check: (successor_symbol is null) = (successor_kind is null)
-- check: successor_kind is null or successor_kind in ('rename', 'merger')
select
    symbol,                                                           -- ticker symbol
    company_name,                                                     -- listed company
    coalesce(sector_code, 'UNKNOWN') as sector_code,                  -- sector in this period
    coalesce(cast(valid_from as date), date '1900-01-01') as valid_from, -- first day of the period
    coalesce(cast(valid_to as date), date '9999-12-31') as valid_to,  -- last day of the period
    successor_symbol,                                                 -- symbol that carries the listing on, or absorbed it
    successor_kind,                                                   -- `rename` (one series of prices) or `merger` (two)
    note                                                              -- what is known of the change
from reference.securities
