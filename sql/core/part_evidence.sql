-- One row per group, part, method and session: all that speaks for a session of it, or against it.
-- grain: part, group_id, method, trade_date
-- accepted: method in index_history, capture_time, not_listed, chain, shares
-- Shares hear the figures of the index lines beside them, the clock, and their chain: what the groups of
-- neighbouring sessions say. Index lines hear their own figures, the clock, and what the rest says of the
-- shares beside them.
with spoken as (
    select
        evidence.group_id,
        sessions.session_number,
        sum(evidence.weight) as weight
    from core.group_evidence as evidence
    inner join core.sessions as sessions on evidence.trade_date = sessions.trade_date
    group by evidence.group_id, sessions.session_number
),

heard as (
    select
        chains.group_id,
        votes.first_session_number + chains.chain_position as session_number,
        votes.group_count - case when spoken.group_id is null then 0 else 1 end as group_count,
        votes.weight - coalesce(spoken.weight, 0.0) as chain_weight,
        votes.weight as weight
    from core.chains as chains
    inner join core.chain_votes as votes on chains.chain_id = votes.chain_id
    left join spoken
        on
            chains.group_id = spoken.group_id
            and votes.first_session_number + chains.chain_position = spoken.session_number
),

answered as (
    -- what the shares say to the index lines tied to them, less what these had said to the shares, and
    -- less the clock, which the index lines hear themselves
    select
        ties.index_group_id,
        ties.weight_limit,
        sessions.trade_date,
        heard.weight - coalesce(own.weight, 0.0) - coalesce(clock.weight, 0.0) as weight
    from core.index_ties as ties
    inner join heard on ties.share_group_id = heard.group_id
    inner join core.sessions as sessions on heard.session_number + ties.session_offset = sessions.session_number
    left join core.index_votes as own
        on ties.index_group_id = own.index_group_id and heard.session_number = own.session_number
    left join core.clock_evidence as clock
        on
            ties.share_group_id = clock.group_id
            and clock.part = 'share'
            and heard.session_number = clock.session_number
),

beside as (
    select
        index_group_id,
        trade_date,
        greatest(
            weight - greatest(max(weight) over (partition by index_group_id) - weight_limit, 0.0), -weight_limit
        ) as weight
    from answered
)

select
    'share' as part,       -- `share` or `index`
    evidence.group_id,     -- key of the group
    evidence.method,       -- what speaks: `index_history`, `capture_time`, `not_listed`, `chain` or `shares`
    evidence.trade_date,   -- session
    case when evidence.method <> 'not_listed' then evidence.distance end as distance, -- points, or sessions, between the evidence and the session
    case when evidence.method = 'not_listed' then cast(evidence.distance as integer) end as match_count, -- sessions of a chain that agree, or symbols not listed
    evidence.weight        -- log odds of this session against one unknown
from core.group_evidence as evidence
union all
select 'share', heard.group_id, 'chain', sessions.trade_date, null, cast(heard.group_count as integer), heard.chain_weight
from heard
inner join core.sessions as sessions on heard.session_number = sessions.session_number
where heard.group_count > 0
union all
select 'index', evidence.group_id, 'index_history', evidence.trade_date, evidence.distance, null, evidence.weight
from core.index_evidence as evidence
union all
select 'index', clock.group_id, 'capture_time', sessions.trade_date, cast(clock.lag as double), null, clock.weight
from core.clock_evidence as clock
inner join core.sessions as sessions on clock.session_number = sessions.session_number
where clock.part = 'index'
union all
select 'index', index_group_id, 'shares', trade_date, null, null, weight
from beside
where weight <> 0
