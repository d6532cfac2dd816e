-- One row per group, part, method and session: all that speaks for a session of it, or against it.
-- grain: part, group_id, method, trade_date
-- accepted: method in index_history, capture_time, not_listed, chain, nearby_prices, free_session, shares
-- Shares hear the figures of the index lines beside them, the clock, and their chain: what the groups of
-- neighbouring sessions say, how their prices go with those of the sessions around, and which sessions others leave
-- free. Index lines hear
-- their own figures, the clock, and what the rest says of the shares beside them.
with spoken as (
    select
        evidence.group_id,
        sessions.session_number,
        sum(evidence.weight) as weight
    from core.group_evidence as evidence
    inner join core.sessions as sessions on evidence.trade_date = sessions.trade_date
    group by evidence.group_id, sessions.session_number
),

starts as (
    select chain_id, first_session_number from core.chain_votes
    union
    select chain_id, first_session_number from core.free_sessions
),

heard as (
    select
        chains.group_id,
        starts.first_session_number + chains.chain_position as session_number,
        coalesce(votes.group_count, 0) - case when spoken.group_id is null then 0 else 1 end as group_count,
        votes.weight - coalesce(spoken.weight, 0.0) as chain_weight,
        nearby.distance_pct,
        nearby.weight as nearby_weight,
        free.distance_pct as free_distance_pct,
        free.weight as free_weight,
        coalesce(votes.weight, 0.0) + coalesce(nearby.weight, 0.0) + coalesce(free.weight, 0.0) as weight
    from core.chains as chains
    inner join starts on chains.chain_id = starts.chain_id
    left join core.chain_votes as votes
        on starts.chain_id = votes.chain_id and starts.first_session_number = votes.first_session_number
    left join core.nearby_prices as nearby
        on starts.chain_id = nearby.chain_id and starts.first_session_number = nearby.first_session_number
    left join core.free_sessions as free
        on starts.chain_id = free.chain_id and starts.first_session_number = free.first_session_number
    left join spoken
        on
            chains.group_id = spoken.group_id
            and starts.first_session_number + chains.chain_position = spoken.session_number
),

answered as (
    -- what the shares say to the index lines tied to them, less what these had said to the shares, and
    -- less the clock, which the index lines hear themselves
    select
        ties.index_group_id,
        ties.weight_limit,
        ties.next_weight,
        sessions.session_number,
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

limited as (
    select
        index_group_id,
        next_weight,
        session_number,
        trade_date,
        greatest(
            weight - greatest(max(weight) over (partition by index_group_id) - weight_limit, 0.0), -weight_limit
        ) as weight
    from answered
),

beside as (
    select
        index_group_id,
        trade_date,
        max(weight) as weight
    from (
        select index_group_id, trade_date, weight from limited
        union all
        select limited.index_group_id, sessions.trade_date, limited.weight + limited.next_weight
        from limited
        inner join core.sessions as sessions on limited.session_number + 1 = sessions.session_number
        where limited.next_weight is not null
    ) as said
    group by index_group_id, trade_date
)

select
    'share' as part,       -- `share` or `index`
    evidence.group_id,     -- key of the group
    evidence.method,       -- what speaks: `index_history`, `capture_time`, `not_listed`, `chain`, `nearby_prices`, `free_session` or `shares`
    evidence.trade_date,   -- session
    case when evidence.method <> 'not_listed' then evidence.distance end as distance, -- points, sessions or percent between the evidence and the session
    case when evidence.method = 'not_listed' then cast(evidence.distance as integer) end as match_count, -- sessions of a chain that agree, or symbols not listed
    evidence.weight        -- log odds of this session against one unknown
from core.group_evidence as evidence
union all
select 'share', heard.group_id, 'chain', sessions.trade_date, null, cast(heard.group_count as integer), heard.chain_weight
from heard
inner join core.sessions as sessions on heard.session_number = sessions.session_number
where heard.group_count > 0
union all
select 'share', heard.group_id, 'nearby_prices', sessions.trade_date, heard.distance_pct, null, heard.nearby_weight
from heard
inner join core.sessions as sessions on heard.session_number = sessions.session_number
where heard.nearby_weight is not null
union all
select 'share', heard.group_id, 'free_session', sessions.trade_date, heard.free_distance_pct, null, heard.free_weight
from heard
inner join core.sessions as sessions on heard.session_number = sessions.session_number
where heard.free_weight <> 0
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
