-- One row per chain in doubt and session on which it may begin, by what the dated sessions leave free.
-- grain: chain_id, first_session_number
-- check: weight between -12 and 13
-- The best place in a gap is weighed against the others, and against 0.02 for all that is no such place. A session that
-- a surer chain has shown with other prices, on four fifths of ten shares or more, is not shown by this one too.
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

weighed as (
    select
        chain_id,
        first_session_number,
        distance_pct,
        greatest(ln(1250.0 * fit / (sum(fit) over (partition by chain_id) - fit + 0.02)), -12.0) as weight
    from core.gap_places
)

select
    weighed.chain_id,                     -- key of the chain
    weighed.first_session_number,         -- number of the session on which the chain would begin
    true as is_free,                      -- whether it would lie in a gap; else another chain has its place
    weighed.distance_pct,                 -- how far its prices are from those at the ends of the gap, percent
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
select taken.chain_id, taken.first_session_number, false, null, -8.0
from taken
left join weighed
    on taken.chain_id = weighed.chain_id and taken.first_session_number = weighed.first_session_number
where weighed.chain_id is null
