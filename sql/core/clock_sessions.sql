-- One row per capture with a stated time: the session that its page showed by the clock.
-- grain: capture_id
-- A page seen before the open shows the session before; so does one whose indices all stand unchanged.
with captured as (
    select
        documents.document_id as capture_id,
        documents.captured_at,
        documents.captured_precision,
        blocks.is_index_carried_over or blocks.is_share_carried_over as is_carried_over,
        cast(documents.captured_at at time zone 'Asia/Karachi' as date) as captured_date
    from staging.documents as documents
    inner join core.blocks as blocks on documents.block_id = blocks.block_id
    where documents.captured_at is not null
),

latest_days as (
    select
        captured.capture_id,
        case
            when captured.is_carried_over then captured.captured_date - 1
            when captured.captured_precision = 'second' and captured.captured_at < sessions.opens_at
                then captured.captured_date - 1
            else captured.captured_date
        end as latest_day
    from captured
    left join core.sessions as sessions on captured.captured_date = sessions.trade_date
)

select
    latest_days.capture_id,   -- the capture
    sessions.trade_date,      -- last session that had opened
    sessions.session_number   -- its number
from latest_days
inner join core.sessions as sessions
    on
        sessions.trade_date <= latest_days.latest_day
        and (sessions.next_trade_date > latest_days.latest_day or sessions.next_trade_date is null)
