-- One row per block and part, shares and indices apart: the session that it belongs to, and why.
-- grain: block_id, part
-- accepted: part in share, index
-- check: (trade_date is null) = (unplaced_because is not null)
-- check: (trade_date is null) = (placed_by is null)
-- check: trade_date is null or confidence between 0 and 1
-- A part is placed on the best session of its group where that is right with a probability of 0.95.
-- A part of too few figures for those to say anything is placed by its capture day alone, at 0.68.
with heard as (
    select
        part,
        group_id,
        bool_or(method = 'capture_time' and weight > 0) as has_clock,
        bool_or(method in ('index_history', 'chain') and weight > 0) as has_figures,
        bool_or(method = 'free_session' and weight > 0) as has_place
    from core.part_evidence
    group by part, group_id
),

decided as (
    select
        parts.block_id,
        parts.part,
        parts.group_id,
        parts.is_carried_over,
        parts.is_early,
        blocks.is_mostly_zero,
        blocks.index_line_count,
        dates.trade_date as best_date,
        case when dates.method = 'shares' then share_dates.method else dates.method end as method,
        dates.confidence,
        dates.runner_up_date,
        dates.candidate_count,
        coalesce(heard.has_clock, false) or coalesce(share_heard.has_clock, false) as has_clock,
        coalesce(heard.has_figures, false) or coalesce(share_heard.has_figures, false) as has_figures,
        coalesce(heard.has_place, false) or coalesce(share_heard.has_place, false) as has_place,
        not blocks.is_mostly_zero
        and coalesce(
            dates.confidence >= 0.95
            or (
                dates.confidence >= 0.6 and not heard.has_figures
                and blocks.share_line_count < 5 and blocks.index_line_count = 0
            ),
            false
        ) as is_placed
    from core.block_parts as parts
    inner join core.blocks as blocks on parts.block_id = blocks.block_id
    left join core.group_dates as dates on parts.group_id = dates.group_id and parts.part = dates.part
    left join core.index_ties as ties on parts.group_id = ties.index_group_id and parts.part = 'index'
    left join heard as share_heard on ties.share_group_id = share_heard.group_id and share_heard.part = 'share'
    left join core.group_dates as share_dates on ties.share_group_id = share_dates.group_id and share_dates.part = 'share'
    left join heard on parts.group_id = heard.group_id and parts.part = heard.part
)

select
    decided.block_id,                                                      -- content key of the block
    decided.part,                                                          -- `share` or `index`
    decided.group_id,                                                      -- key of the group of blocks that show its session
    case
        when decided.is_placed and decided.is_carried_over then best.previous_trade_date
        when decided.is_placed then decided.best_date
    end as trade_date,                                                     -- session that its figures belong to; null if unplaced
    case when decided.is_placed then decided.method end as placed_by,      -- what spoke most for it: `index_history`, `chain`, `free_session` or `capture_time`
    case when decided.is_placed then round(decided.confidence, 6) end as confidence, -- probability that it is the session
    round(decided.confidence, 6) as best_confidence, -- probability of `best_date`, whether placed on it or not
    case
        when decided.is_carried_over then runner_up.previous_trade_date else decided.runner_up_date
    end as runner_up_date,                                                 -- next best session, if anything speaks for one
    case
        when decided.is_carried_over then best.previous_trade_date else decided.best_date
    end as best_date,                                                      -- the best session, whether placed on it or not
    case
        when decided.is_placed then null
        when decided.is_mostly_zero then 'mostly_zero_prices'
        when decided.has_clock and decided.has_figures then 'figures_contradict_capture_time'
        when decided.has_clock then 'capture_day_alone'
        when (decided.has_figures or decided.has_place) and decided.candidate_count > 1 then 'several_sessions_match'
        when decided.has_figures or decided.has_place then 'not_confirmed'
        when decided.is_early then 'before_the_open'
        when decided.index_line_count = 0 then 'no_index_line'
        else 'no_session_matches'
    end as unplaced_because,                                               -- reason code; null if placed
    decided.is_placed and not decided.is_early and not decided.is_carried_over as has_quotes -- whether its figures are those of the session's trading
from decided
left join core.sessions as best on decided.best_date = best.trade_date
left join core.sessions as runner_up on decided.runner_up_date = runner_up.trade_date
