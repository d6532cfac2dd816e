-- A document with a block stands in `captures`; each part of it without a session in `unplaced_captures`.
-- severity: error
with unplaced as (
    select capture_id, count(*) as part_count
    from unplaced_captures
    group by capture_id
)

select documents.document_id, documents.source
from staging.documents as documents
left join captures on documents.document_id = captures.capture_id
left join unplaced on documents.document_id = unplaced.capture_id
where
    documents.outcome = 'block'
    and (
        captures.capture_id is null
        or coalesce(unplaced.part_count, 0) <> case
            when captures.share_line_count + captures.index_line_count = 0 then 1
            else
                case when captures.share_line_count > 0 and captures.share_trade_date is null then 1 else 0 end
                + case when captures.index_line_count > 0 and captures.index_trade_date is null then 1 else 0 end
        end
    )
