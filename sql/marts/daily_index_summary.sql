-- One row per index and trading session: its last level and change, and measures over the sessions before.
-- grain: trade_date, index_code
-- check: high_seen >= low_seen
-- not null: price_status, origin, capture_id
-- references: capture_id -> captures.capture_id
-- accepted: origin in captured, implied
-- An index that no page of the session shows has an `implied` row: the level that the next session's pages
-- use as previous one. Measures are of closes, the official ones where the history has them; one whose window
-- lacks sessions is null.
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
    windows.return_5_pct,                                                               -- return over 5 sessions, percent
    windows.return_20_pct,                                                              -- return over 20 sessions, percent
    windows.return_60_pct,                                                              -- return over 60 sessions, percent
    windows.return_250_pct,                                                             -- return over 250 sessions, percent
    windows.volatility_20_pct,                                                          -- deviation of log returns over 20 sessions, a year, percent
    windows.volatility_60_pct,                                                          -- the same over 60 sessions
    windows.drawdown_pct,                                                               -- close below the highest one known so far, percent
    windows.drawdown_session_count,                                                     -- sessions since that one
    windows.high_250,                                                                   -- highest close of the last 250 sessions, points
    windows.low_250,                                                                    -- lowest close of them, points
    windows.streak,                                                                     -- sessions in a row, to this one, that rose (positive) or fell (negative)
    windows.correlation_60,                                                             -- correlation of log returns with those of KSE100 over 60 sessions; null for KSE100
    windows.beta_60,                                                                    -- slope of log returns on those of KSE100 over 60 sessions; null for KSE100
    windows.observation_20_count,                                                       -- sessions of the last 20 whose one-session return is known
    windows.observation_60_count,                                                       -- the same of the last 60
    windows.observation_250_count,                                                      -- sessions of the last 250 with a known close
    quotes.capture_id,                                                                  -- capture that holds the line
    quotes.line                                                                         -- its line number in the document
from core.last_quotes as quotes
inner join core.sessions as sessions on quotes.trade_date = sessions.trade_date
inner join measures.index_windows as windows
    on quotes.trade_date = windows.trade_date and quotes.symbol = windows.index_code
where quotes.is_index
