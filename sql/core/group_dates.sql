-- One row per group and part with any evidence: the session that most speaks for, and how sure that is.
-- grain: part, group_id
-- Named as the method is the one that speaks most; of several that are sure by themselves (seven, a thousand to
-- one) the figures before the chain, the chain before the clock.
-- Evidence adds up as log odds. Against the best session stand the others that anything speaks for, and
-- the 1,250 sessions (five years) that nothing speaks for, each at odds of one.
with totals as (
    select
        part,
        group_id,
        trade_date,
        sum(weight) as weight,
        max_by(method, least(weight, 7.0) + case method
            when 'index_history' then 0.3 when 'chain' then 0.2 when 'capture_time' then 0.1 else 0.0
        end) as method
    from core.part_evidence
    group by part, group_id, trade_date
),

ranked as (
    select
        *,
        row_number() over (partition by part, group_id order by weight desc, trade_date) as date_rank,
        max(weight) over (partition by part, group_id) as best_weight
    from totals
)

select
    part,                                                               -- `share` or `index`
    group_id,                                                           -- key of the group
    max(trade_date) filter (where date_rank = 1) as trade_date,         -- the best session
    max(method) filter (where date_rank = 1) as method,                 -- what speaks most for it
    max(weight) filter (where date_rank = 1) as weight,                 -- all that speaks for it, as log odds
    1.0 / (
        sum(exp(greatest(weight - best_weight, -700.0))) + 1250.0 * exp(greatest(-max(weight), -700.0))
    ) as confidence,                                                    -- probability that it is the session
    max(trade_date) filter (where date_rank = 2) as runner_up_date,     -- the next best
    cast(count(*) filter (where weight > 0) as integer) as candidate_count                        -- sessions that anything speaks for
from ranked
group by part, group_id
