-- The share of ticker lines rejected on the pages that are new, against the limit or what the last build had.
with new_pages as (
    select
        sum(captures.rejected_line_count) as rejected_count,
        sum(
            captures.rejected_line_count + captures.repeated_line_count
            + captures.share_line_count + captures.index_line_count
        ) as line_count
    from captures
    left join published.captures as known on captures.capture_id = known.capture_id
    where known.capture_id is null
)

select
    round(cast(rejected_count as double) / line_count, 4) as figure,
    greatest(
        settings.max_reject_rate,
        cast(last_build.rejected_line_count as double) / nullif(last_build.ticker_line_count, 0)
    ) as at_most,
    null as example
from new_pages
cross join published.build as last_build
cross join reference.settings as settings
where line_count >= 200
