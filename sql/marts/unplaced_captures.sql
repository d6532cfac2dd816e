-- One row per captured page that no session could be found for; it takes part in no other mart.
-- grain: capture_id
select
    captures.capture_id,                                  -- content key of the page's text
    captures.source,                                      -- file that holds it
    captures.document,                                    -- its number in the file, from 1
    captures.captured_at,                                 -- when it was captured, as stated
    placements.unplaced_because as reason,                -- why it is unplaced
    captures.share_line_count,                            -- shares with sound figures
    captures.index_line_count,                            -- indices with sound figures
    nearest.trade_date as nearest_date,                   -- session nearest by the KSE100 line, within 15 points
    cast(nearest.distance as double) as nearest_distance  -- points between implied and official previous close
from captures
inner join core.placements as placements on captures.capture_id = placements.capture_id
inner join staging.documents as documents on captures.capture_id = documents.document_id
left join core.index_candidates as nearest
    on documents.block_id = nearest.block_id and nearest.candidate_rank = 1
where captures.trade_date is null
