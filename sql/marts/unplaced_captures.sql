-- One row per captured page and part that no session could be found for; it takes part in no daily table.
-- grain: capture_id, part
-- `date_evidence` lists everything that speaks for its candidates.
select
    captures.capture_id,                                          -- content key of the page's text
    placements.part,                                              -- `share` or `index`; `none` for a page without one sound line
    captures.source,                                              -- file that holds it
    captures.document,                                            -- its number in the file, from 1
    captures.captured_at,                                         -- when it was captured, as stated
    coalesce(placements.unplaced_because, 'no_sound_line') as reason, -- why it is unplaced
    captures.share_line_count,                                    -- shares with sound figures
    captures.index_line_count,                                    -- indices with sound figures
    placements.best_date,                                         -- most likely session; null without any evidence
    placements.best_confidence,                                   -- its probability; from 0.95 on a page is placed
    placements.runner_up_date                                     -- next best session, if anything speaks for one
from captures
inner join core.placements as placements on captures.block_id = placements.block_id
where placements.trade_date is null
union all
select
    capture_id,
    'none',
    source,
    document,
    captured_at,
    'no_sound_line',
    share_line_count,
    index_line_count,
    null,
    null,
    null
from captures
where share_line_count + index_line_count = 0
