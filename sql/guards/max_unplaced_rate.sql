-- The share of new pages that no session was found for, against the limit or what the last build had.
with new_pages as (
    select
        count(*) as page_count,
        count(*) - count(captures.trade_date) as unplaced_count
    from captures
    left join published.captures as known on captures.capture_id = known.capture_id
    where known.capture_id is null
)

select
    round(cast(new_pages.unplaced_count as double) / new_pages.page_count, 4) as figure,
    greatest(
        settings.max_unplaced_rate,
        coalesce(
            cast(last_build.unplaced_count as double)
            / nullif(last_build.placed_count + last_build.unplaced_count, 0),
            0.0
        )
    ) as at_most,
    null as example
from new_pages
cross join published.build as last_build
cross join reference.settings as settings
where new_pages.page_count >= 20
