-- One row per frequency, period and sector: how its shares moved.
-- grain: frequency, period_start, sector_code
-- Of shares with the same change the first by symbol is named best or worst.
with ranked as (
    select
        *,
        row_number() over (
            partition by frequency, period_start, sector_code order by change_pct desc, symbol
        ) as best_rank,
        row_number() over (
            partition by frequency, period_start, sector_code order by change_pct, symbol
        ) as worst_rank
    from measures.period_shares
    where change_pct is not null
)

select
    frequency,                                                                 -- `weekly` or `monthly`
    period_start,                                                              -- Monday of the week, or first of the month
    sector_code,                                                               -- sector
    cast(count(*) as integer) as symbol_count,                                 -- shares whose change is known
    cast(count(*) filter (where change_pct > 0) as integer) as advancer_count, -- shares that rose
    cast(count(*) filter (where change_pct < 0) as integer) as decliner_count, -- shares that fell
    cast(sum(cast(change_pct as decimal(18, 6))) as double) / count(*) as mean_change_pct, -- mean change, percent: each share weighs the same
    median(change_pct) as median_change_pct,                                   -- median change, percent
    max(symbol) filter (where best_rank = 1) as best_symbol,                   -- share that did best
    max(change_pct) as best_change_pct,                                        -- its change, percent
    max(symbol) filter (where worst_rank = 1) as worst_symbol,                 -- share that did worst
    min(change_pct) as worst_change_pct                                        -- its change, percent
from ranked
group by frequency, period_start, sector_code
