-- The lines in the lake are those that were counted when their document was parsed.
-- severity: error
with counted as (
    select
        block_id,
        count(*) as line_count,
        count(*) filter (where rejected_because is null) as accepted_count
    from staging.lines
    group by block_id
)

select documents.source, documents.document, documents.ticker_line_count, counted.line_count
from staging.documents as documents
left join counted on documents.block_id = counted.block_id
where
    coalesce(counted.line_count, 0) <> documents.ticker_line_count
    or coalesce(counted.accepted_count, 0) <> documents.accepted_line_count
