-- One row per index and trading session: its last level and change.
-- grain: trade_date, index_code
-- check: high_seen >= low_seen
-- not null: price_status, origin, capture_id
-- references: capture_id -> captures.capture_id
-- accepted: origin in captured, implied
-- An index that no page of the session shows has an `implied` row: the level that the next session's pages
-- use as previous one.
select
    quotes.trade_date,                                                                  -- session
    quotes.symbol as index_code,                                                        -- `KSE100`, `KSE30`, `BR100` or `BR30`
    quotes.price as level,                                                              -- last level seen, points
    quotes.previous_price as previous_level,                                            -- level less change, points; of an implied row the close before, if known
    quotes.change,                                                                      -- change since the previous session, points
    quotes.change_pct,                                                                  -- the same in percent, as printed
    quotes.high_seen,                                                                   -- highest level over the session's captures
    quotes.low_seen,                                                                    -- lowest level over them
    case when quotes.symbol = 'KSE100' then sessions.official_close end as official_close, -- official close, if the history has it
    quotes.capture_count,                                                               -- captures of the session that show the index
    quotes.price_status,                                                                -- `close`, `intraday`, `unordered` or `implied`
    quotes.origin,                                                                      -- `captured`, or `implied` by the next session
    quotes.implied_close,                                                               -- closing level by the next session's pages; null if unknown
    quotes.capture_id,                                                                  -- capture that holds the line
    quotes.line                                                                         -- its line number in the document
from core.last_quotes as quotes
inner join core.sessions as sessions on quotes.trade_date = sessions.trade_date
where quotes.is_index
