-- The exchange traded since the last build, and no new page shows a session that the last build did not have.
-- severity: warn
-- Pages that a collector saves from a cache, or no longer from the site, look like this.
with new_pages as (
    select
        count(*) as page_count,
        min(captures.source) as example,
        count(distinct captures.trade_date) filter (where known.trade_date is null) as new_session_count
    from captures
    left join published.captures as same on captures.capture_id = same.capture_id
    left join (select distinct trade_date from published.captures) as known on captures.trade_date = known.trade_date
    where same.capture_id is null and captures.trade_date is not null
),

missed as (
    select
        max(sessions.trade_date) as newest_session,
        any_value(last_build.newest_trade_date) as newest_shown
    from published.build as last_build
    cross join reference.build as build
    inner join core.sessions as sessions
        on
            sessions.trade_date > last_build.newest_trade_date
            and sessions.opens_at > last_build.built_at
            and sessions.closes_at <= build.built_at
)

select
    new_pages.page_count,
    new_pages.example,
    missed.newest_session,
    missed.newest_shown
from new_pages
cross join missed
where new_pages.page_count > 0 and new_pages.new_session_count = 0 and missed.newest_session is not null
