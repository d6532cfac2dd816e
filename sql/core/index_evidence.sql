-- One row per group of index parts and session that its KSE100 figures speak for.
-- grain: group_id, trade_date
-- accepted: fit in exact, near, close
-- What speaks is the implied previous close: within 0.65 points of the official one (`exact`), or within
-- 15 (`near`; on some days the page's base is off); where the history lacks that close, a level that
-- is the session's own official close (`close`). Levels must lie within the session's range;
-- a group leaves its close to the next session's where that implies it, lest one figure count twice.
-- A session from the days of another way of writing index lines is most unlikely (-6).
-- Weights are natural logarithms of odds against a session that the history does not know; sums of them
-- are compared in core.group_dates.
with quoted as (
    select
        parts.group_id,
        quotes.price as level
    from core.block_parts as parts
    inner join core.blocks as blocks on parts.block_id = blocks.block_id
    inner join core.block_quotes as quotes on parts.block_id = quotes.block_id and quotes.symbol = 'KSE100'
    where parts.part = 'index' and not blocks.is_mostly_zero and blocks.is_kse100_sound and not parts.is_early
),

by_previous as (
    select
        implied.group_id,
        sessions.trade_date,
        abs(implied.previous_level - sessions.previous_official_close) as distance
    from core.index_groups as implied
    inner join core.sessions as sessions
        on sessions.previous_official_close between implied.previous_level - 15 and implied.previous_level + 15
),

by_close as (
    select
        quoted.group_id,
        sessions.trade_date,
        min(abs(quoted.level - sessions.official_close)) as distance
    from quoted
    inner join core.sessions as sessions
        on sessions.official_close between quoted.level - 0.6 and quoted.level + 0.6
    left join core.group_links as links on quoted.group_id = links.group_id and links.is_exact
    left join core.index_groups as following on links.next_group_id = following.group_id
    where
        sessions.previous_official_close is null
        and not coalesce(abs(following.previous_level - sessions.official_close) <= 0.65, false)
    group by quoted.group_id, sessions.trade_date
),

candidates as (
    select group_id, trade_date, distance, case when distance <= 0.65 then 'exact' else 'near' end as fit
    from by_previous
    union all
    select group_id, trade_date, distance, 'close' as fit
    from by_close
),

ranged as (
    select
        candidates.group_id,
        candidates.trade_date,
        candidates.distance,
        candidates.fit,
        count(quoted.level) as level_count,
        count(*) filter (
            where quoted.level between sessions.official_low - 15 and sessions.official_high + 15
        ) as in_range_count,
        count(*) filter (
            where abs(quoted.level - sessions.official_close) <= 0.6
        ) as at_close_count,
        count(sessions.official_low) as known_range_count
    from candidates
    inner join core.sessions as sessions on candidates.trade_date = sessions.trade_date
    left join quoted on candidates.group_id = quoted.group_id
    group by candidates.group_id, candidates.trade_date, candidates.distance, candidates.fit
),

judged as (
    select
        ranged.*,
        case
            when ranged.fit <> 'close' and at_close_count > 0 and links.group_id is null then 'at_close'
            when level_count = 0 or known_range_count = 0 then 'unknown'
            when 2 * in_range_count >= level_count then 'in_range'
            else 'out_of_range'
        end as level_fit
    from ranged
    left join core.group_links as links on ranged.group_id = links.group_id and links.is_exact
),

dated as (
    select
        judged.*,
        implied.level_count as different_level_count,
        coalesce(
            (implied.index_format = 'arrows' and judged.trade_date >= date '2022-01-01')
            or (implied.index_format = 'bare' and judged.trade_date < date '2021-11-01'),
            false
        ) as is_outdated
    from judged
    inner join core.index_groups as implied on judged.group_id = implied.group_id
)

select
    dated.group_id,                                      -- key of the group
    dated.trade_date,                                    -- session that the figures may be of
    cast(dated.distance as double) as distance,          -- points between implied and official close
    dated.fit,                                           -- `exact`, `near` or `close`
    dated.level_fit,                                     -- `at_close`, `in_range`, `out_of_range` or `unknown`
    dated.is_outdated,                                   -- whether its lines are written in another way than that session's
    case dated.fit
        when 'exact' then ln(22000.0 / gaps.miss_rate)
        when 'near' then ln(30.0 / gaps.miss_rate)
        else ln(12500.0 / greatest(dated.different_level_count, 1) / gaps.miss_rate)
    end
    + case dated.level_fit when 'at_close' then 6.0 when 'in_range' then 0.7 when 'out_of_range' then -5.0 else 0.0 end
    - case when dated.is_outdated then 6.0 else 0.0 end
        as weight                                        -- log odds of this session against one unknown
from dated
cross join core.history_gaps as gaps
