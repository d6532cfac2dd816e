-- A page's accepted lines are its sound figures, and those that repeat one.
-- severity: error
select captures.capture_id, documents.accepted_line_count
from captures
inner join staging.documents as documents on captures.capture_id = documents.document_id
where
    documents.accepted_line_count
    <> captures.share_line_count + captures.index_line_count + captures.repeated_line_count
