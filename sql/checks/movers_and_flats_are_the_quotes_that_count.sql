-- A session's risers, fallers and flats are its counted quotes.
-- severity: error
with quotes as (
    select trade_date, count(*) as quote_count
    from daily_quotes
    where is_counted
    group by trade_date
),

movers as (
    select
        trade_date,
        count(gainer_rank) + count(loser_rank) + count(*) filter (where direction = 'flat') as mover_count
    from daily_movers
    group by trade_date
)

select quotes.trade_date, quotes.quote_count, movers.mover_count
from quotes
full join movers on quotes.trade_date = movers.trade_date
where quotes.quote_count is distinct from movers.mover_count
