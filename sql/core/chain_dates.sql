-- One row per chain with any votes: the session on which it most likely begins, by its own groups alone.
-- grain: chain_id
-- Of sessions that have equal votes the first is named; their confidence is a half at most.
with ranked as (
    select
        *,
        row_number() over (partition by chain_id order by weight desc, first_session_number) as vote_rank,
        max(weight) over (partition by chain_id) as best_weight
    from core.chain_votes
)

select
    chain_id,                                                        -- key of the chain
    max(first_session_number) filter (where vote_rank = 1) as first_session_number, -- number of the best session
    1.0 / (
        sum(exp(greatest(weight - best_weight, -700.0))) + 1250.0 * exp(greatest(-max(best_weight), -700.0))
    ) as confidence                                                  -- probability that it is
from ranked
group by chain_id
