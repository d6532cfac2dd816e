-- One row per sector and trading session: how its shares moved, and its strength beside KSE100.
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
    ranked.trade_date,                                                                 -- session
    ranked.sector_code,                                                                -- sector
    max(ranked.sector_name) as sector_name,                                            -- its name
    cast(count(*) as integer) as symbol_count,                                         -- shares seen
    cast(count(*) filter (where ranked.direction = 'up') as integer) as advancer_count, -- shares that rose
    cast(count(*) filter (where ranked.direction = 'down') as integer) as decliner_count, -- shares that fell
    cast(count(*) filter (where ranked.direction = 'flat') as integer) as unchanged_count, -- shares that did not move
    cast(sum(cast(ranked.change_pct as decimal(18, 4))) as double) / count(*) as mean_change_pct, -- mean change, percent: each share weighs the same
    median(ranked.change_pct) as median_change_pct,                                    -- median change, percent
    max(ranked.symbol) filter (where ranked.best_rank = 1) as best_symbol,             -- share that did best
    max(ranked.change_pct) as best_change_pct,                                         -- its change, percent
    max(ranked.symbol) filter (where ranked.worst_rank = 1) as worst_symbol,           -- share that did worst
    min(ranked.change_pct) as worst_change_pct,                                        -- its change, percent
    max(windows.sector_index) as sector_index,                                         -- equal-weight index of its shares' closes, 100 at its base date
    max(windows.sector_index_base_date) as sector_index_base_date,                     -- session on which it stood at 100
    max(windows.relative_strength_5_pct) as relative_strength_5_pct,                   -- its return over 5 sessions beside that of KSE100, percent
    max(windows.relative_strength_20_pct) as relative_strength_20_pct,                 -- the same over 20 sessions
    max(windows.relative_strength_60_pct) as relative_strength_60_pct,                 -- the same over 60 sessions
    max(windows.relative_momentum_pct) as relative_momentum_pct,                       -- the strength over 20 sessions less that of 5 sessions ago, percentage points
    max(windows.quadrant) as quadrant,                                                 -- `leading`, `weakening`, `lagging` or `improving`
    max(windows.leadership_streak) as leadership_streak                                -- sessions in a row, to this one, that it did better than KSE100
from ranked
left join measures.sector_windows as windows
    on ranked.trade_date = windows.trade_date and ranked.sector_code = windows.sector_code
group by ranked.trade_date, ranked.sector_code
