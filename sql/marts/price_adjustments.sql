-- One row per share and session that began from another price than the one before had ended with.
-- grain: trade_date, symbol
-- check: factor > 0
-- accepted: kind in ex_entitlement, unexplained
-- Recorded where a page shows the session's end (nine tenths of its shares are the previous prices of the next
-- session) and one share's previous price is then another. A base lower by one percent or more
-- is that of a share gone ex dividend, bonus or rights; anything else is left unexplained.
select
    sessions.next_trade_date as trade_date,                                      -- first session from the new base
    quotes.implied_symbol as symbol,                                             -- ticker symbol on it
    quotes.security_id,                                                          -- security whose series it belongs to
    quotes.price as last_price,                                                  -- price at the end of the session before, PKR
    quotes.implied_close as base_price,                                          -- previous price that the session's pages use, PKR
    round(cast(quotes.implied_close as double) / cast(quotes.price as double), 8) as factor, -- base over last price; earlier prices times it are comparable
    case
        when quotes.implied_close <= 0.99 * quotes.price then 'ex_entitlement' else 'unexplained'
    end as kind,                                                                 -- `ex_entitlement` or `unexplained`
    quotes.capture_id,                                                           -- capture that shows the session's end
    quotes.line                                                                  -- its line number in the document
from core.last_quotes as quotes
inner join core.sessions as sessions on quotes.trade_date = sessions.trade_date
inner join core.session_blocks as session_blocks
    on
        quotes.trade_date = session_blocks.trade_date
        and session_blocks.part = 'share'
        and quotes.capture_id = session_blocks.capture_id
inner join core.closing_evidence as closing
    on session_blocks.block_id = closing.block_id and closing.part = 'share' and closing.is_confirmed
where
    not quotes.is_index
    and quotes.origin = 'captured'
    and abs(quotes.price - quotes.implied_close) > 0.01
