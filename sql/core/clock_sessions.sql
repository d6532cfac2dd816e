-- One row per block with a stated capture time: the session that the exchange had opened last by then.
-- grain: block_id
-- Of several captures the earliest counts. Where the capture is known to the day alone and the day was
-- one of trading, the page may have been seen before the open. A page on which nothing has moved yet
-- was made for the session that came next, or on the day itself.
with captured as (
    select
        block_id,
        captured_at,
        captured_precision,
        cast(captured_at at time zone 'Asia/Karachi' as date) as captured_date
    from staging.documents
    where captured_at is not null and block_id is not null
    qualify row_number() over (
        partition by block_id order by captured_at, captured_precision desc, document_id
    ) = 1
),

days as (
    select
        captured.block_id,
        captured.captured_at,
        captured.captured_precision = 'second' or sessions.trade_date is null as is_certain,
        case
            when captured.captured_precision = 'second' and captured.captured_at < sessions.opens_at
                then captured.captured_date - 1
            else captured.captured_date
        end as latest_day,
        case
            when captured.captured_precision = 'day' or captured.captured_at < sessions.closes_at
                then sessions.session_number
        end as running_number
    from captured
    left join core.sessions as sessions on captured.captured_date = sessions.trade_date
)

select
    days.block_id,            -- content key of the block
    days.captured_at,         -- its earliest capture
    sessions.trade_date,      -- last session that had opened
    sessions.session_number,  -- its number
    days.is_certain,          -- whether it had opened for certain
    coalesce(days.running_number, sessions.session_number + 1) as coming_number -- number of the session of a page that still shows the one before
from days
inner join core.sessions as sessions
    on
        sessions.trade_date <= days.latest_day
        and (sessions.next_trade_date > days.latest_day or sessions.next_trade_date is null)
