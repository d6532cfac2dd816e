-- One row per build that led to this one, itself included: what it was made from, and what came of it.
-- built: after the checks
-- grain: build_id
select
    build_id,             -- name of the generation
    built_at,             -- when the build began
    took_seconds,         -- how long models and checks took
    code_version,         -- version of psx
    code_commit,          -- commit of its code; null if that is no checkout
    file_count,           -- files seen
    document_count,       -- distinct documents
    ticker_line_count,    -- ticker-like lines
    rejected_line_count,  -- lines rejected
    placed_count,         -- captures placed on a session
    unplaced_count,       -- captures that no session was found for
    session_count,        -- sessions with figures
    newest_trade_date,    -- newest session with figures
    check_count,          -- checks passed
    warning_count         -- those that warned
from build_info
union all
select
    build_id,
    built_at,
    took_seconds,
    code_version,
    code_commit,
    file_count,
    document_count,
    ticker_line_count,
    rejected_line_count,
    placed_count,
    unplaced_count,
    session_count,
    newest_trade_date,
    check_count,
    warning_count
from published.build_history
