-- One row per chain and session on which it may begin: how well its prices go with those of the sessions around.
-- grain: chain_id, first_session_number
-- Prices wander from session to session as the square root of time: of groups up to eight sessions apart
-- the shares differ at the median by some 1.5 % times that root; on real pages ten of twelve such sessions are
-- within 3 % and all within 5 %, and sessions taken at random are within 3 % in one of seventeen cases and
-- beyond 5 % in four of five. What is compared is each group of a chain whose own votes leave doubt, with the groups of other
-- chains that these leave hardly any; the best of all pairs counts, so that no single wrong date objects.
with asked as (
    select
        votes.chain_id,
        votes.first_session_number,
        chains.group_id,
        votes.first_session_number + chains.chain_position as session_number
    from core.chain_votes as votes
    inner join core.chain_dates as dates on votes.chain_id = dates.chain_id and dates.confidence < 0.9999
    inner join core.chains as chains on votes.chain_id = chains.chain_id
),

dated as (
    select
        chains.chain_id,
        chains.group_id,
        dates.first_session_number + chains.chain_position as session_number
    from core.chains as chains
    inner join core.chain_dates as dates on chains.chain_id = dates.chain_id and dates.confidence >= 0.99
),

pairs as (
    select
        asked.chain_id,
        asked.first_session_number,
        asked.group_id,
        dated.group_id as other_id,
        greatest(abs(asked.session_number - dated.session_number), 1) as lag
    from asked
    inner join dated
        on
            dated.session_number between asked.session_number - 8 and asked.session_number + 8
            and asked.chain_id <> dated.chain_id
),

compared as (
    select
        pairs.chain_id,
        pairs.first_session_number,
        median(abs(ln(cast(own.previous_price as double) / cast(other.previous_price as double))))
        / sqrt(pairs.lag) as distance
    from pairs
    inner join core.group_prices as own on pairs.group_id = own.group_id
    inner join core.group_prices as other on pairs.other_id = other.group_id and own.symbol = other.symbol
    where own.previous_price > 0 and other.previous_price > 0
    group by pairs.chain_id, pairs.first_session_number, pairs.group_id, pairs.other_id, pairs.lag
    having count(*) >= 10
)

select
    chain_id,                            -- key of the chain
    first_session_number,                -- number of the session on which the chain would begin
    100.0 * min(distance) as distance_pct, -- how far the prices are apart at the median for one session between them, percent
    cast(
        case when min(distance) <= 0.03 then 2.5 when min(distance) <= 0.05 then 0.0 else -4.0 end as double
    ) as weight                          -- log odds of this session
from compared
group by chain_id, first_session_number
