-- One row per session: how many of the shares that count rose and fell.
-- grain: trade_date
-- check: symbol_count = advancer_count + decliner_count + unchanged_count
select
    quotes.trade_date,                                                                   -- session
    sessions.session_number,                                                             -- counts sessions of the exchange
    cast(count(*) as integer) as symbol_count,                                           -- shares seen
    cast(count(*) filter (where quotes.direction = 'up') as integer) as advancer_count,  -- shares that rose
    cast(count(*) filter (where quotes.direction = 'down') as integer) as decliner_count, -- shares that fell
    cast(count(*) filter (where quotes.direction = 'flat') as integer) as unchanged_count -- shares that did not move
from daily_quotes as quotes
inner join core.sessions as sessions on quotes.trade_date = sessions.trade_date
where quotes.is_counted
group by quotes.trade_date, sessions.session_number
