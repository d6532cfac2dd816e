-- One row per ticker block, part, method and candidate session: all that speaks for a session, or against it.
-- grain: block_id, part, method, trade_date
-- Blocks that show one session share their evidence. Weights are natural logarithms of odds; the sum over a
-- session's methods is what stands for it, zero being a session that nothing speaks for.
select
    placements.block_id,                               -- content key of the ticker block
    placements.part,                                   -- `share` or `index`
    evidence.method,                                   -- `index_history`, `capture_time`, `not_listed`, `chain`, `nearby_prices`, `free_session` or `shares`
    case
        when parts.is_carried_over then sessions.previous_trade_date else evidence.trade_date
    end as trade_date,                                 -- candidate session
    evidence.distance,                                 -- `index_history`: points off the official previous close; `capture_time`: sessions before the clock's; `nearby_prices`, `free_session`: percent for one session between
    evidence.match_count,                              -- `chain`: neighbouring sessions that agree; `not_listed`: shares that were not listed
    round(evidence.weight, 2) as weight,                             -- logarithm of odds; below zero speaks against the session
    coalesce(case
        when parts.is_carried_over then sessions.previous_trade_date else evidence.trade_date
    end = placements.trade_date, false) as is_chosen   -- whether the part was placed on it
from core.placements as placements
inner join core.block_parts as parts on placements.block_id = parts.block_id and placements.part = parts.part
inner join core.part_evidence as evidence on placements.group_id = evidence.group_id and placements.part = evidence.part
inner join core.sessions as sessions on evidence.trade_date = sessions.trade_date
where not parts.is_carried_over or sessions.previous_trade_date is not null
