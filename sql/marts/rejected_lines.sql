-- One row per ticker-like line that was rejected, with its place and its reason.
-- grain: source, document, line
select
    documents.source,                 -- file
    documents.document,               -- document in the file, from 1
    lines.line,                       -- line in the document, from 1
    lines.text,                       -- the line as it stands there
    lines.rejected_because as reason -- `text_before`, `cut_off`, `malformed`, `bad_number`, `zero_price`, `direction_mismatch`, `pct_mismatch` or `conflicting`
from staging.documents as documents
inner join staging.lines as lines on documents.block_id = lines.block_id
where lines.rejected_because is not null
