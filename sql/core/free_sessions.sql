-- One row per chain in doubt and session on which it may begin, by what the dated sessions leave free.
-- grain: chain_id, first_session_number
-- check: weight between -12 and 13
-- A place in a gap is weighed against the chain's other places, against the chain that else fits best into its sessions,
-- and against 0.02 for all that is no such place. A session that a surer chain has shown with other prices, on four
-- fifths of ten shares or more, is not shown by this one too (-8).
with contested as (
    select
        votes.chain_id,
        votes.first_session_number,
        own_chains.group_id,
        other_chains.group_id as other_id
    from core.chain_votes as votes
    inner join core.chain_dates as own_dates on votes.chain_id = own_dates.chain_id and own_dates.confidence < 0.9999
    inner join core.chains as own_chains on votes.chain_id = own_chains.chain_id
    inner join core.chain_dates as other_dates
        on
            other_dates.confidence >= 0.99
            and other_dates.confidence > own_dates.confidence
    inner join core.chains as other_chains
        on
            other_dates.chain_id = other_chains.chain_id
            and votes.first_session_number + own_chains.chain_position
            = other_dates.first_session_number + other_chains.chain_position
),

compared as (
    select
        contested.chain_id,
        contested.first_session_number
    from contested
    inner join core.group_prices as own on contested.group_id = own.group_id
    inner join core.group_prices as other on contested.other_id = other.group_id and own.symbol = other.symbol
    group by contested.chain_id, contested.first_session_number, contested.group_id, contested.other_id
    having count(*) >= 10 and 5 * count(*) filter (where own.previous_price = other.previous_price) < count(*)
),

taken as (
    select distinct
        chain_id,
        first_session_number
    from compared
),

filled as (
    select
        places.chain_id,
        places.first_session_number,
        places.first_session_number + chains.chain_position as session_number,
        places.fit
    from core.gap_places as places
    inner join core.chains as chains on places.chain_id = chains.chain_id
),

rivals as (
    select
        filled.chain_id,
        filled.first_session_number,
        max(others.fit) as fit
    from filled
    inner join filled as others
        on filled.session_number = others.session_number and filled.chain_id <> others.chain_id
    group by filled.chain_id, filled.first_session_number
),

weighed as (
    select
        places.chain_id,
        places.first_session_number,
        places.distance_pct,
        greatest(
            ln(
                1250.0 * places.fit
                / (sum(places.fit) over (partition by places.chain_id) - places.fit + coalesce(rivals.fit, 0.0) + 0.02)
            ),
            -12.0
        ) as weight
    from core.gap_places as places
    left join rivals
        on places.chain_id = rivals.chain_id and places.first_session_number = rivals.first_session_number
)

select
    weighed.chain_id,                     -- key of the chain
    weighed.first_session_number,         -- number of the session on which the chain would begin
    weighed.distance_pct,                 -- how far its prices are from those at the ends of the gap, percent; null if another chain has shown it
    case
        when weighed.weight < 0.0 then weighed.weight
        else greatest(
            weighed.weight - greatest(coalesce(votes.weight, 0.0) + coalesce(nearby.weight, 0.0), 0.0), 0.0
        )
    end as weight                         -- log odds of this session
from weighed
left join core.chain_votes as votes
    on weighed.chain_id = votes.chain_id and weighed.first_session_number = votes.first_session_number
left join core.nearby_prices as nearby
    on weighed.chain_id = nearby.chain_id and weighed.first_session_number = nearby.first_session_number
union all
select chain_id, first_session_number, null, -8.0
from taken
