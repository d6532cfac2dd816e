-- One row per chain and session on which it may begin: what all its groups say for that, and against it.
-- grain: chain_id, first_session_number
-- A group at place five of a chain that speaks for a session speaks for the chain's beginning five
-- sessions earlier. The votes of all groups add up, so no single figure decides. A group speaks against a
-- beginning where the history knows the close before its session and it is another one.
with votes as (
    select
        chains.chain_id,
        sessions.session_number - chains.chain_position as first_session_number,
        chains.group_id,
        sum(evidence.weight) as weight
    from core.chains as chains
    inner join core.group_evidence as evidence on chains.group_id = evidence.group_id
    inner join core.sessions as sessions on evidence.trade_date = sessions.trade_date
    group by chains.chain_id, sessions.session_number - chains.chain_position, chains.group_id
),

beginnings as (
    select
        chain_id,
        first_session_number,
        count(*) as group_count,
        sum(weight) as weight
    from votes
    group by chain_id, first_session_number
),

objections as (
    select
        beginnings.chain_id,
        beginnings.first_session_number,
        count(*) as group_count
    from beginnings
    inner join core.chains as chains on beginnings.chain_id = chains.chain_id
    inner join core.index_ties as ties on chains.group_id = ties.share_group_id and ties.session_offset = 0
    inner join core.index_groups as index_groups on ties.index_group_id = index_groups.group_id
    inner join core.sessions as sessions
        on beginnings.first_session_number + chains.chain_position = sessions.session_number
    where abs(index_groups.previous_level - sessions.previous_official_close) > 15
    group by beginnings.chain_id, beginnings.first_session_number
)

select
    beginnings.chain_id,                                         -- key of the chain
    beginnings.first_session_number,                             -- number of the session on which the chain would begin
    cast(beginnings.group_count as integer) as group_count,      -- groups that speak for it
    cast(coalesce(objections.group_count, 0) as integer) as objection_count, -- groups that speak against it
    beginnings.weight
    + coalesce(objections.group_count, 0) * ln(0.01 / gaps.miss_rate) as weight -- what they say together, as log odds
from beginnings
left join objections
    on beginnings.chain_id = objections.chain_id and beginnings.first_session_number = objections.first_session_number
cross join core.history_gaps as gaps
