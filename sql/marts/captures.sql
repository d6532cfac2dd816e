-- One row per captured page with a ticker: what it holds, and the session that it was placed on.
-- grain: capture_id
select
    documents.document_id as capture_id,                                -- content key of the page's text
    documents.source,                                                   -- file that holds it
    documents.document,                                                 -- its number in the file, from 1
    documents.member,                                                   -- its name within a zip
    documents.url,                                                      -- address of the page, if known
    documents.captured_at,                                              -- when it was captured, as stated; null if nobody said
    documents.captured_precision,                                       -- `second`, or `day` for a date alone
    cast(blocks.share_line_count as integer) as share_line_count,       -- shares with sound figures
    cast(blocks.index_line_count as integer) as index_line_count,       -- indices with sound figures
    cast(blocks.rejected_line_count as integer) as rejected_line_count, -- lines rejected
    documents.repeated_line_count,                                      -- lines that repeat an earlier one
    placements.trade_date,                                              -- session of its figures; null if unplaced
    placements.placed_by,                                               -- `index_history` or `capture_time`
    placements.confidence,                                              -- how sure the session is, from 0 to 1
    placements.runner_up_date,                                          -- next best session, if there is one
    cast(placements.stale_session_count as integer) as stale_session_count -- sessions by which the page lagged its capture time
from staging.documents as documents
inner join core.blocks as blocks on documents.block_id = blocks.block_id
inner join core.placements as placements on documents.document_id = placements.capture_id
