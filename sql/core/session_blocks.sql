-- One row per session and distinct block of it: how often it was captured, and where it stands in time.
-- grain: trade_date, block_id
-- check: price_status in ('close', 'intraday', 'unordered')
-- check: capture_count > 0
-- The last capture of a session counts: the one whose KSE100 level is the official close, else the
-- latest by capture time, else one chosen by its key, so that every run chooses the same.
with placed_captures as (
    select
        placements.trade_date,
        placements.capture_id,
        documents.block_id,
        documents.captured_at,
        documents.captured_precision,
        coalesce(abs(blocks.kse100_level - sessions.official_close) <= 0.6, false)
        and not blocks.is_index_carried_over as is_official_close,
        documents.captured_at > sessions.closes_at as is_after_close
    from core.placements as placements
    inner join staging.documents as documents on placements.capture_id = documents.document_id
    inner join core.blocks as blocks on documents.block_id = blocks.block_id
    inner join core.sessions as sessions on placements.trade_date = sessions.trade_date
),

ranked as (
    select
        *,
        row_number() over (
            partition by trade_date
            order by is_official_close desc, captured_at desc nulls last, block_id, capture_id
        ) as capture_rank
    from placed_captures
)

select
    trade_date,                                            -- session
    block_id,                                              -- content key of the block
    min_by(capture_id, capture_rank) as capture_id,        -- the capture that stands for the block
    cast(min(capture_rank) as integer) as capture_rank,    -- 1 is the last of the session
    cast(count(*) as integer) as capture_count,            -- captures that show this block
    case
        when bool_or(is_official_close) or coalesce(bool_or(is_after_close), false) then 'close'
        when count(*) filter (where captured_precision = 'second') > 0 then 'intraday'
        else 'unordered'
    end as price_status                                    -- `close`, `intraday` or `unordered`
from ranked
group by trade_date, block_id
