-- One row per sector and week: how its shares moved over the week.
-- grain: week_start, sector_code
-- check: symbol_count >= advancer_count + decliner_count
-- check: best_change_pct >= worst_change_pct
select
    moves.period_start as week_start,  -- Monday of the week
    moves.sector_code,                 -- sector at the end of the week
    sectors.sector_name,               -- its name
    moves.symbol_count,                -- shares whose change over the week is known
    moves.advancer_count,              -- shares that rose
    moves.decliner_count,              -- shares that fell
    moves.mean_change_pct,             -- mean change, percent: each share weighs the same
    moves.median_change_pct,           -- median change, percent
    moves.best_symbol,                 -- share that did best
    moves.best_change_pct,             -- its change, percent
    moves.worst_symbol,                -- share that did worst
    moves.worst_change_pct             -- its change, percent
from measures.period_sectors as moves
left join staging.sectors as sectors on moves.sector_code = sectors.sector_code
where moves.frequency = 'weekly'
