-- One row per session, part and distinct block of it: how often it was captured, and where it stands in time.
-- grain: trade_date, part, block_id
-- accepted: price_status in close, intraday, unordered
-- check: capture_count > 0
-- The last capture of a session counts: one whose figures are known to be the session's last, else the
-- latest by capture time. Pages caught half refreshed come first of all. What nothing orders
-- is ordered by its key, so that every run chooses the same.
with captures as (
    select
        block_id,
        min(document_id) as capture_id,
        count(*) as capture_count,
        min(captured_at) as captured_at,
        bool_or(captured_precision = 'second') as is_timed
    from staging.documents
    where block_id is not null
    group by block_id
),

placed as (
    select
        placements.trade_date,
        placements.part,
        placements.block_id,
        captures.capture_id,
        captures.capture_count,
        captures.captured_at,
        parts.is_whole,
        coalesce(captures.is_timed, false) as is_timed,
        coalesce(closing.is_close, captures.captured_at > sessions.closes_at, false) as is_close,
        coalesce(closing.is_close, true) as may_be_close
    from core.placements as placements
    inner join core.block_parts as parts on placements.block_id = parts.block_id and placements.part = parts.part
    inner join captures on placements.block_id = captures.block_id
    inner join core.sessions as sessions on placements.trade_date = sessions.trade_date
    left join core.closing_evidence as closing
        on placements.block_id = closing.block_id and placements.part = closing.part
    where placements.has_quotes
)

select
    trade_date,                                         -- session
    part,                                               -- `share` or `index`
    block_id,                                           -- content key of the block
    capture_id,                                         -- the capture that stands for the block
    cast(row_number() over (
        partition by trade_date, part
        order by is_close desc, is_whole desc, may_be_close desc, captured_at desc nulls last, block_id
    ) as integer) as capture_rank,                      -- 1 is the last of the session
    cast(capture_count as integer) as capture_count,    -- captures that show this block
    case
        when is_close then 'close'
        when is_timed or not may_be_close then 'intraday'
        else 'unordered'
    end as price_status                                 -- `close`, `intraday` or `unordered`
from placed
