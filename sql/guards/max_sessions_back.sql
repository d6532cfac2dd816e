-- The sessions by which the newest session went back since the last build.
with newest as (
    select max(trade_date) as trade_date
    from measures.seen_sessions
)

select
    count(sessions.trade_date) as figure,
    settings.max_sessions_back as at_most,
    cast(last_build.newest_trade_date as varchar) as example
from published.build as last_build
cross join newest
cross join reference.settings as settings
left join core.sessions as sessions
    on
        sessions.trade_date <= last_build.newest_trade_date
        and (sessions.trade_date > newest.trade_date or newest.trade_date is null)
group by settings.max_sessions_back, last_build.newest_trade_date
