-- One row per session with figures: counted shares, or indices that a page shows.
-- grain: trade_date
select trade_date -- session
from measures.breadth_counts
union
select trade_date
from core.last_quotes
where is_index and origin = 'captured'
