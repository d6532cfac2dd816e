-- One row per chain with any votes: the session on which it most likely begins, by its own groups alone.
-- grain: chain_id
select
    chain_id,                                                        -- key of the chain
    max_by(first_session_number, weight) as first_session_number,    -- number of the best session
    1.0 / (
        sum(exp(greatest(weight - best_weight, -700.0))) + 1250.0 * exp(greatest(-max(best_weight), -700.0))
    ) as confidence                                                  -- probability that it is
from (
    select *, max(weight) over (partition by chain_id) as best_weight from core.chain_votes
) as votes
group by chain_id
