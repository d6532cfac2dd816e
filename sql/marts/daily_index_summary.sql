-- One row per index and trading session: its last level and change.
-- grain: trade_date, index_code
-- check: high_seen >= low_seen
select
    quotes.trade_date,                                                                  -- session
    quotes.symbol as index_code,                                                        -- `KSE100`, `KSE30`, `BR100` or `BR30`
    quotes.price as level,                                                              -- last level seen, points
    quotes.previous_price as previous_level,                                            -- level less change, points
    quotes.change,                                                                      -- change since the previous session, points
    quotes.change_pct,                                                                  -- the same in percent, as printed
    quotes.high_seen,                                                                   -- highest level over the session's captures
    quotes.low_seen,                                                                    -- lowest level over them
    case when quotes.symbol = 'KSE100' then sessions.official_close end as official_close, -- official close, if the history has it
    quotes.capture_count,                                                               -- captures of the session that show the index
    quotes.price_status,                                                                -- `close`, `intraday` or `unordered`
    quotes.capture_id,                                                                  -- capture that holds the line
    quotes.line                                                                         -- its line number in the document
from core.last_quotes as quotes
inner join core.sessions as sessions on quotes.trade_date = sessions.trade_date
where quotes.is_index
