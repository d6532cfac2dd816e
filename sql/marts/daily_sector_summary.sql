-- One row per sector and trading session: how its shares moved.
-- grain: trade_date, sector_code
-- check: symbol_count = advancer_count + decliner_count + unchanged_count
-- check: best_change_pct >= worst_change_pct
-- Of shares with the same change the first by symbol is named best or worst.
with ranked as (
    select
        *,
        row_number() over (partition by trade_date, sector_code order by change_pct desc, symbol) as best_rank,
        row_number() over (partition by trade_date, sector_code order by change_pct, symbol) as worst_rank
    from daily_quotes
    where is_counted
)

select
    trade_date,                                                                        -- session
    sector_code,                                                                       -- sector
    max(sector_name) as sector_name,                                                   -- its name
    cast(count(*) as integer) as symbol_count,                                         -- shares seen
    cast(count(*) filter (where direction = 'up') as integer) as advancer_count,       -- shares that rose
    cast(count(*) filter (where direction = 'down') as integer) as decliner_count,     -- shares that fell
    cast(count(*) filter (where direction = 'flat') as integer) as unchanged_count,    -- shares that did not move
    cast(sum(cast(change_pct as decimal(18, 4))) as double) / count(*) as mean_change_pct, -- mean change, percent
    median(change_pct) as median_change_pct,                                           -- median change, percent
    max(symbol) filter (where best_rank = 1) as best_symbol,                           -- share that did best
    max(change_pct) as best_change_pct,                                                -- its change, percent
    max(symbol) filter (where worst_rank = 1) as worst_symbol,                         -- share that did worst
    min(change_pct) as worst_change_pct                                                -- its change, percent
from ranked
group by trade_date, sector_code
