-- One row per index and session: its best known closing level.
-- grain: trade_date, index_code
-- check: level > 0
-- KSE100 has the official close wherever the history knows it, also on sessions that no page shows.
with seen as (
    select
        trade_date,
        symbol as index_code,
        case when price_status <> 'close' then coalesce(implied_close, price) else price end as level
    from core.last_quotes
    where is_index
),

official as (
    select trade_date, 'KSE100' as index_code, official_close as level
    from core.sessions
    where official_close is not null
),

known as (
    select
        coalesce(official.trade_date, seen.trade_date) as trade_date,
        coalesce(official.index_code, seen.index_code) as index_code,
        cast(coalesce(official.level, seen.level) as double) as level
    from seen
    full join official on seen.trade_date = official.trade_date and seen.index_code = official.index_code
)

select
    known.trade_date,        -- session
    known.index_code,        -- `KSE100`, `KSE30`, `BR100` or `BR30`
    sessions.session_number, -- counts sessions of the exchange
    known.level,             -- closing level, points
    ln(known.level / max(known.level) over (
        partition by known.index_code order by sessions.session_number range between 1 preceding and 1 preceding
    )) as log_return         -- natural logarithm of the level over that of the session before; null if that is unknown
from known
inner join core.sessions as sessions on known.trade_date = sessions.trade_date
