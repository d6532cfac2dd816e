-- One row per period of one daily price limit: how far a share may move in a session.
-- grain: valid_from
-- check: limit_pct > 0
select
    cast(valid_from as date) as valid_from,                                                     -- first day of the period
    lead(cast(valid_from as date)) over (order by cast(valid_from as date)) as next_valid_from, -- first day of the next one
    cast(limit_pct as double) as limit_pct,                                                     -- limit in percent of the previous price
    cast(limit_rupees as double) as limit_rupees                                                -- limit in PKR; the higher of the two counts
from reference.price_limits
