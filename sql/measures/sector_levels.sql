-- One row per sector and session with a known close: its equal-weight index.
-- grain: trade_date, sector_code
-- check: level > 0
-- The index moves by the mean price ratio of the shares known on this session and on the sector's last one.
-- Where those two have no share in common it begins anew at 100.
with sector_sessions as (
    select
        sector_code,
        session_number,
        lag(session_number) over (partition by sector_code order by session_number) as last_number
    from (select distinct sector_code, session_number from measures.closes) as seen
),

ratios as (
    select
        closes.trade_date,
        closes.sector_code,
        closes.session_number,
        sector_sessions.last_number,
        cast(sum(cast(closes.close / before.close as decimal(18, 10))) as double) / nullif(count(before.close), 0) as ratio
    from measures.closes as closes
    inner join sector_sessions
        on closes.sector_code = sector_sessions.sector_code and closes.session_number = sector_sessions.session_number
    left join measures.closes as before
        on closes.security_id = before.security_id and sector_sessions.last_number = before.session_number
    group by closes.trade_date, closes.sector_code, closes.session_number, sector_sessions.last_number
),

stretches as (
    select
        *,
        sum(case when ratio is null then 1 else 0 end) over (
            partition by sector_code order by session_number rows between unbounded preceding and current row
        ) as stretch
    from ratios
)

select
    trade_date,                                                         -- session
    sector_code,                                                        -- sector
    session_number,                                                     -- counts sessions of the exchange
    cast(stretch as integer) as stretch,                                -- counts the times that the index began
    min(trade_date) over (partition by sector_code, stretch) as base_date, -- session on which it stood at 100
    100.0 * exp(sum(ln(coalesce(ratio, 1.0))) over (
        partition by sector_code, stretch order by session_number rows between unbounded preceding and current row
    )) as level,                                                        -- equal-weight index of its shares
    case when session_number = last_number + 1 then 100.0 * (ratio - 1) end as change_pct -- change since the session before, percent; null if that is unknown
from stretches
