-- One row per share and trading session: its last price and change.
-- grain: trade_date, symbol
-- check: high_seen >= low_seen
-- not null: price_status, origin, capture_id
-- references: capture_id -> captures.capture_id
-- accepted: direction in up, down, flat
-- accepted: origin in captured, implied
-- accepted: flag in not_listed, beyond_limit
-- check: not is_counted or flag is distinct from 'not_listed'
-- One security has one row a session. A share that no page of the session shows has an `implied` row: the
-- close that the next session's pages use as previous price. Movers, sectors and breadth count captured
-- rows; implied ones only on a session without any captured share, and only if the setting `count_implied`
-- says so. Shares shown while they are not listed keep their row and are not counted. The exchange measures
-- a day's limit from its own closing price, and the page from the last one, so a move is flagged from one
-- percent beyond it.
with adjustments as (
    select
        quotes.trade_date,
        quotes.symbol,
        exp(sum(ln(adjustments.factor))) as factor
    from core.last_quotes as quotes
    inner join price_adjustments as adjustments
        on
            quotes.security_id = adjustments.security_id
            and adjustments.kind = 'ex_entitlement'
            and quotes.trade_date < adjustments.trade_date
    where not quotes.is_index
    group by quotes.trade_date, quotes.symbol
),

captured_sessions as (
    select distinct trade_date
    from core.last_quotes
    where origin = 'captured' and not is_index
),

flagged as (
    select
        quotes.*,
        case
            when quotes.trade_date not between listings.listed_from and listings.listed_to then 'not_listed'
            when
                abs(quotes.change) > 0.01 + 0.01 * cast(quotes.previous_price as double) + greatest(
                    limits.limit_rupees, limits.limit_pct / 100.0 * cast(quotes.previous_price as double)
                )
                and ex_dates.symbol is null
                then 'beyond_limit'
        end as flag,
        abs(quotes.change) >= greatest(
            limits.limit_rupees, limits.limit_pct / 100.0 * cast(quotes.previous_price as double)
        ) - 0.01 as is_at_limit,
        listings.company_name,
        coalesce(listings.sector_code, 'UNKNOWN') as sector_code
    from core.last_quotes as quotes
    left join core.listings as listings
        on quotes.symbol = listings.symbol and quotes.trade_date between listings.applies_from and listings.applies_to
    left join staging.price_limits as limits
        on
            quotes.trade_date >= limits.valid_from
            and (quotes.trade_date < limits.next_valid_from or limits.next_valid_from is null)
    left join price_adjustments as ex_dates
        on quotes.trade_date = ex_dates.trade_date and quotes.security_id = ex_dates.security_id
    where not quotes.is_index
)

select
    quotes.trade_date,                                                  -- session
    quotes.symbol,                                                      -- ticker symbol
    quotes.security_id,                                                 -- its newest symbol: one series across renamings
    quotes.company_name,                                                -- listed company; null if unknown
    quotes.sector_code,                                                 -- sector in force on the day
    sectors.sector_name,                                                -- its name
    quotes.price as last_price,                                         -- last price seen, PKR; of an implied row the close
    quotes.previous_price,                                              -- the page's own previous price, PKR; of an implied row the close before, if known
    quotes.change,                                                      -- last less previous, PKR
    quotes.change_pct,                                                  -- the same in percent, as printed
    case
        when quotes.change > 0 then 'up' when quotes.change < 0 then 'down' when quotes.change = 0 then 'flat'
    end as direction,                                                   -- `up`, `down` or `flat`; null if the change is unknown
    quotes.capture_count,                                               -- captures of the session that show the share
    quotes.high_seen,                                                   -- highest price over them, PKR
    quotes.low_seen,                                                    -- lowest price over them, PKR
    quotes.price_status,                                                -- `close`, `intraday`, `unordered` or `implied`
    quotes.origin,                                                      -- `captured`, or `implied` by the next session
    quotes.implied_close,                                               -- close by the next session's pages, PKR; null if unknown
    coalesce(adjustments.factor, 1.0) as adjustment_factor,             -- product of the factors of later ex dates; 1 without any
    round(cast(quotes.price as double) * coalesce(adjustments.factor, 1.0), 4) as adjusted_price, -- last price on the newest base, PKR: times that factor
    quotes.is_at_limit,                                                 -- whether it moved by the daily limit, by the page's own previous price
    quotes.flag,                                                        -- `not_listed`, or `beyond_limit` for a move that the exchange does not allow; null if plain
    coalesce(quotes.flag <> 'not_listed', true)
    and quotes.change is not null
    and (
        quotes.origin = 'captured'
        or (settings.count_implied and captured_sessions.trade_date is null)
    ) as is_counted,                                                    -- whether movers, sectors and breadth count it
    quotes.capture_id,                                                  -- capture that holds the line
    quotes.line                                                         -- its line number in the document
from flagged as quotes
cross join reference.settings as settings
left join staging.sectors as sectors on quotes.sector_code = sectors.sector_code
left join adjustments on quotes.trade_date = adjustments.trade_date and quotes.symbol = adjustments.symbol
left join captured_sessions on quotes.trade_date = captured_sessions.trade_date
