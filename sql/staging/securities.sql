-- One row per share symbol and period of one company name and sector.
-- grain: symbol, valid_from
-- check: valid_from <= valid_to
-- check: (successor_symbol is null) = (successor_kind is null)
-- check: successor_kind is null or successor_kind in ('rename', 'merger')
-- A symbol without a sector of its own has that of the symbol that was renamed to it.
with predecessors as (
    select
        successor_symbol as symbol,
        max_by(sector_code, coalesce(cast(valid_to as date), date '9999-12-31')) as sector_code
    from reference.securities
    where successor_kind = 'rename' and sector_code is not null
    group by successor_symbol
)

select
    securities.symbol,                                                           -- ticker symbol
    securities.company_name,                                                     -- listed company
    coalesce(securities.sector_code, predecessors.sector_code, 'UNKNOWN') as sector_code, -- sector in this period
    coalesce(cast(securities.valid_from as date), date '1900-01-01') as valid_from, -- first day of the period
    coalesce(cast(securities.valid_to as date), date '9999-12-31') as valid_to,  -- last day of the period
    securities.successor_symbol, -- symbol that carries the listing on, or absorbed it
    securities.successor_kind, -- `rename` (one series of prices) or `merger` (two)
    securities.note                                                              -- what is known of the change
from reference.securities as securities
left join predecessors on securities.symbol = predecessors.symbol
