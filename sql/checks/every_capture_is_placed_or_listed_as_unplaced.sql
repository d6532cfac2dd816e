-- A document with a block stands in `captures`, and if it has no session, in `unplaced_captures`.
-- severity: error
select documents.document_id, documents.source
from staging.documents as documents
left join captures on documents.document_id = captures.capture_id
left join unplaced_captures on documents.document_id = unplaced_captures.capture_id
where
    documents.outcome = 'block'
    and (
        captures.capture_id is null
        or (captures.trade_date is null) <> (unplaced_captures.capture_id is not null)
    )
