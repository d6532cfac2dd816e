-- One row: what this warehouse was built from, and what came of it.
-- built: after the checks
-- grain: build_id
with documents as (
    select
        count(*) as document_count,
        count(*) filter (where outcome = 'block') as block_count,
        count(*) filter (where outcome = 'no_block') as no_block_count,
        count(*) filter (where outcome = 'refused') as refused_count,
        sum(ticker_line_count) as ticker_line_count,
        sum(accepted_line_count) as accepted_line_count,
        sum(rejected_line_count) as rejected_line_count,
        sum(repeated_line_count) as repeated_line_count
    from staging.documents
),

placements as (
    select
        count(trade_date) as placed_count,
        count(*) - count(trade_date) as unplaced_count
    from captures
),

sessions as (
    select
        count(*) as session_count,
        min(seen.trade_date) as first_trade_date,
        max(seen.trade_date) as newest_trade_date,
        count(*) filter (where history.trade_date is null) as own_session_count
    from measures.seen_sessions as seen
    left join staging.index_history as history on seen.trade_date = history.trade_date
),

quotes as (
    select
        count(*) filter (where origin = 'implied') as implied_quote_count,
        count(*) filter (where flag is not null) as flagged_quote_count,
        count(distinct symbol) filter (where sector_code = 'UNKNOWN') as unknown_sector_count
    from daily_quotes
),

built_in as (
    select
        min(cast(trade_date as date)) as first_date,
        max(cast(trade_date as date)) as last_date
    from reference.index_closes
),

brought as (
    select
        min(trade_date) as first_date,
        max(trade_date) as last_date,
        count(*) as close_count
    from reference.index_history
)

select
    build.build_id,                                                                  -- name of the generation
    build.built_at,                                                                  -- when the build began
    run.took_seconds,                                                                -- how long models and checks took
    build.code_version,                                                              -- version of psx
    build.code_commit,                                                               -- commit of its code; null if that is no checkout
    run.check_count,                                                                 -- checks passed
    run.warning_count,                                                               -- those that warned
    (select count(distinct path) from staging.files) as file_count,                  -- files seen
    documents.document_count,                                                        -- distinct documents
    documents.block_count,                                                           -- those with a ticker block
    documents.no_block_count,                                                        -- those without one
    documents.refused_count,                                                         -- those that could not be read
    cast(coalesce(documents.ticker_line_count, 0) as bigint) as ticker_line_count,     -- ticker-like lines
    cast(coalesce(documents.accepted_line_count, 0) as bigint) as accepted_line_count, -- lines accepted
    cast(coalesce(documents.rejected_line_count, 0) as bigint) as rejected_line_count, -- lines rejected
    cast(coalesce(documents.repeated_line_count, 0) as bigint) as repeated_line_count, -- accepted lines that repeat an earlier one
    placements.placed_count,                                                         -- captures placed on a session
    placements.unplaced_count,                                                       -- captures that no session was found for
    (select count(*) from set_aside_lines) as set_aside_line_count,                  -- sound lines of placed captures that no daily table uses
    quotes.implied_quote_count,                                                      -- closes of shares that no capture shows, implied by the next session
    quotes.flagged_quote_count,                                                      -- quotes of shares not listed or beyond the daily limit
    quotes.unknown_sector_count, -- shares without a sector; `sql/reference/securities.csv` gives a share its sector
    sessions.session_count,                                                          -- sessions with figures
    sessions.first_trade_date,                                                       -- oldest session with figures
    sessions.newest_trade_date,                                                      -- newest session with figures
    built_in.first_date as built_in_history_first_date, -- oldest close of the built-in index history; null if it is not used
    built_in.last_date as built_in_history_last_date, -- newest close of the built-in index history
    brought.first_date as user_history_first_date, -- oldest close of the user's index history; null without one
    brought.last_date as user_history_last_date, -- newest close of the user's index history
    sessions.own_session_count, -- sessions with figures that no index history has; capture times and neighbouring sessions date them
    brought.close_count as user_history_close_count -- closes of the user's index history
from reference.build as build
cross join run.build as run
cross join documents
cross join placements
cross join sessions
cross join quotes
cross join built_in
cross join brought
