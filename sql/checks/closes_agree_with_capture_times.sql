-- The index history dates no page on the session that its capture time names: its closes may be shifted.
-- severity: warn
-- Of real pages with a capture time two of three show the session of that time. The check looks at pages whose
-- previous KSE100 level is an official close, and needs five sessions of them.
with matched as (
    select
        clock.block_id,
        clock.session_number,
        min(abs(clock.session_number - sessions.session_number)) as session_distance
    from core.clock_sessions as clock
    inner join core.block_parts as parts on clock.block_id = parts.block_id and parts.part = 'index'
    inner join core.index_evidence as evidence on parts.group_id = evidence.group_id and evidence.fit = 'exact'
    inner join core.sessions as sessions on evidence.trade_date = sessions.trade_date
    group by clock.block_id, clock.session_number
)

select
    count(*) as page_count,
    count(distinct session_number) as session_count,
    min(session_distance) as least_distance_in_sessions
from matched
having count(distinct session_number) >= 5 and min(session_distance) > 0
