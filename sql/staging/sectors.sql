-- The exchange's sectors.
-- grain: sector_code
select
    sector_code, -- four digits, as the exchange numbers them; `UNKNOWN` for none
    sector_name  -- name in the exchange's own words
from reference.sectors
