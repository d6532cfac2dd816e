-- One row per capture with a ticker block: the session it belongs to, and why.
-- grain: capture_id
-- check: (trade_date is null) = (unplaced_because is not null)
-- check: (trade_date is null) = (placed_by is null)
-- check: trade_date is null or confidence between 0 and 1
-- Figures first: a block is placed where one session alone matches its KSE100 line, or where one of
-- several is the session by the clock. Else the clock places it, unless its figures speak against it.
with matches as (
    select
        block_id,
        count(*) as match_count,
        min(trade_date) as match_date
    from core.index_candidates
    where is_match
    group by block_id
),

evidence as (
    select
        documents.document_id as capture_id,
        documents.captured_precision,
        blocks.is_mostly_zero,
        blocks.is_index_carried_over,
        blocks.kse100_level is not null as has_kse100,
        coalesce(matches.match_count, 0) as match_count,
        clock.trade_date as clock_date,
        clock.session_number as clock_number,
        case
            when matches.match_count = 1 then matches.match_date
            when at_clock.is_match then clock.trade_date
        end as figure_date,
        at_clock.block_id is not null as is_near_clock,
        not blocks.is_index_carried_over and at_clock.block_id is null
        and abs(blocks.kse100_previous - clock_session.previous_official_close) > 15 as is_against_clock,
        nearest.trade_date as nearest_date,
        second.trade_date as second_date,
        clock_session.previous_trade_date as before_clock_date
    from staging.documents as documents
    inner join core.blocks as blocks on documents.block_id = blocks.block_id
    left join matches on documents.block_id = matches.block_id
    left join core.clock_sessions as clock on documents.document_id = clock.capture_id
    left join core.sessions as clock_session on clock.trade_date = clock_session.trade_date
    left join core.index_candidates as at_clock
        on documents.block_id = at_clock.block_id and clock.trade_date = at_clock.trade_date
    left join core.index_candidates as nearest
        on documents.block_id = nearest.block_id and nearest.candidate_rank = 1
    left join core.index_candidates as second
        on documents.block_id = second.block_id and second.candidate_rank = 2
),

decided as (
    select
        *,
        case
            when figure_date is not null then 'index_history'
            when clock_date is null or is_mostly_zero or coalesce(is_against_clock, false) then null
            else 'capture_time'
        end as placed_by
    from evidence
),

placed as (
    select
        *,
        case placed_by when 'index_history' then figure_date when 'capture_time' then clock_date end as trade_date
    from decided
)

select
    placed.capture_id,                                                -- the capture
    placed.trade_date,                                                -- session that its figures belong to; null if unplaced
    placed.placed_by,                                                 -- `index_history` or `capture_time`
    case
        when placed.placed_by = 'index_history' and placed.trade_date = placed.clock_date then 0.999
        when placed.placed_by = 'index_history' then 0.99
        when placed.placed_by = 'capture_time' and placed.is_near_clock then 0.95
        when placed.placed_by = 'capture_time' and placed.captured_precision = 'second' then 0.9
        when placed.placed_by = 'capture_time' then 0.68
    end::double as confidence,                                        -- how sure the session is, from 0 to 1
    case
        when placed.nearest_date <> placed.trade_date then placed.nearest_date
        when placed.second_date is not null then placed.second_date
        when placed.trade_date is null then placed.nearest_date
        when placed.clock_date <> placed.trade_date then placed.clock_date
        when placed.placed_by = 'capture_time' then placed.before_clock_date
    end as runner_up_date,                                            -- next best session, if there is one
    placed.clock_number - own_session.session_number as stale_session_count, -- sessions by which the page lagged its capture time
    case
        when placed.trade_date is not null then null
        when placed.is_mostly_zero then 'mostly_zero_prices'
        when coalesce(placed.is_against_clock, false) then 'figures_contradict_capture_time'
        when placed.is_index_carried_over then 'before_the_open'
        when not placed.has_kse100 then 'no_index_line'
        when placed.match_count > 1 then 'several_sessions_match'
        else 'no_session_matches'
    end as unplaced_because                                           -- reason code; null if placed
from placed
left join core.sessions as own_session on placed.trade_date = own_session.trade_date
