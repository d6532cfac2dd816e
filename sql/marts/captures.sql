-- One row per captured page with a ticker: what it holds, and the session that it was placed on.
-- grain: capture_id
-- Indices and shares are placed each on their own; `trade_date` is the session of the indices, or of the
-- shares where there are none or their session is unknown.
with shares as (select * from core.placements where part = 'share'),

indices as (select * from core.placements where part = 'index'),

states as (
    select
        block_id,
        part,
        case
            when is_carried_over then 'carried_over'
            when is_early then 'before_the_open'
            when not is_whole then 'partly_refreshed'
            else 'trading'
        end as state
    from core.block_parts
)

select
    documents.document_id as capture_id,                                -- content key of the page's text
    documents.source,                                                   -- file that holds it
    documents.document,                                                 -- its number in the file, from 1
    documents.member,                                                   -- its name within a zip
    documents.url,                                                      -- address of the page, if known
    documents.captured_at,                                              -- when it was captured, as stated; null if nobody said
    documents.captured_precision,                                       -- `second`, or `day` for a date alone
    documents.block_id,                                                 -- content key of its ticker
    cast(blocks.share_line_count as integer) as share_line_count,       -- shares with sound figures
    cast(blocks.index_line_count as integer) as index_line_count,       -- indices with sound figures
    cast(blocks.rejected_line_count as integer) as rejected_line_count, -- lines rejected
    documents.repeated_line_count,                                      -- lines that repeat an earlier one
    coalesce(indices.trade_date, shares.trade_date) as trade_date,      -- session of its figures; null if unplaced
    indices.trade_date as index_trade_date,                             -- session of its indices
    shares.trade_date as share_trade_date,                              -- session of its shares
    case when indices.trade_date is not null then indices.placed_by else shares.placed_by end as placed_by, -- what spoke most for it: `index_history`, `chain`, `free_session` or `capture_time`
    case when indices.trade_date is not null then indices.confidence else shares.confidence end as confidence, -- probability that it is the session
    case when indices.trade_date is not null then indices.runner_up_date else shares.runner_up_date end as runner_up_date, -- next best session, if anything speaks for one
    index_states.state as index_state,                                  -- `trading`, or `carried_over` from the session before
    share_states.state as share_state,                                  -- `trading`, `partly_refreshed`, `before_the_open` or `carried_over`: all flat
    clock.session_number - placed.session_number as stale_session_count -- sessions by which the page lagged its capture time
from staging.documents as documents
inner join core.blocks as blocks on documents.block_id = blocks.block_id
left join shares on documents.block_id = shares.block_id
left join indices on documents.block_id = indices.block_id
left join states as share_states on documents.block_id = share_states.block_id and share_states.part = 'share'
left join states as index_states on documents.block_id = index_states.block_id and index_states.part = 'index'
left join core.clock_sessions as clock on documents.block_id = clock.block_id
left join core.sessions as placed on coalesce(indices.trade_date, shares.trade_date) = placed.trade_date
