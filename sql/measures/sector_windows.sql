-- One row per sector and session: its strength beside KSE100.
-- grain: trade_date, sector_code
-- accepted: quadrant in leading, weakening, lagging, improving
-- Strength is the ratio of the sector's return to that of KSE100, less one.
with returns as (
    select
        trade_date,
        sector_code,
        session_number,
        base_date,
        level,
        change_pct,
        level / max(level) over (partition by sector_code, stretch order by session_number range between 5 preceding and 5 preceding) as ratio_5,
        level / max(level) over (partition by sector_code, stretch order by session_number range between 20 preceding and 20 preceding) as ratio_20,
        level / max(level) over (partition by sector_code, stretch order by session_number range between 60 preceding and 60 preceding) as ratio_60
    from measures.sector_levels
),

strengths as (
    select
        returns.trade_date,
        returns.sector_code,
        returns.session_number,
        returns.base_date,
        returns.level,
        100.0 * (returns.ratio_5 / (1 + market.return_5_pct / 100.0) - 1) as strength_5,
        100.0 * (returns.ratio_20 / (1 + market.return_20_pct / 100.0) - 1) as strength_20,
        100.0 * (returns.ratio_60 / (1 + market.return_60_pct / 100.0) - 1) as strength_60,
        returns.change_pct > 100.0 * (exp(levels.log_return) - 1) as is_ahead
    from returns
    left join measures.index_windows as market
        on returns.trade_date = market.trade_date and market.index_code = 'KSE100'
    left join measures.index_levels as levels
        on returns.trade_date = levels.trade_date and levels.index_code = 'KSE100'
),

momenta as (
    select
        *,
        strength_20 - max(strength_20) over (
            partition by sector_code order by session_number range between 5 preceding and 5 preceding
        ) as momentum
    from strengths
),

runs as (
    select
        trade_date,
        sector_code,
        session_number,
        is_ahead,
        session_number - row_number() over (partition by sector_code, is_ahead order by session_number) as run
    from strengths
    where is_ahead is not null
),

streaks as (
    select
        trade_date,
        sector_code,
        case when is_ahead then row_number() over (
            partition by sector_code, is_ahead, run order by session_number
        ) else 0 end as leadership_streak
    from runs
)

select
    momenta.trade_date,                                              -- session
    momenta.sector_code,                                             -- sector
    momenta.level as sector_index,                                   -- equal-weight index of its shares, 100 at its base date
    momenta.base_date as sector_index_base_date,                     -- session on which it stood at 100
    momenta.strength_5 as relative_strength_5_pct,                   -- its return over 5 sessions beside that of KSE100, percent
    momenta.strength_20 as relative_strength_20_pct,                 -- the same over 20 sessions
    momenta.strength_60 as relative_strength_60_pct,                 -- the same over 60 sessions
    momenta.momentum as relative_momentum_pct,                       -- the strength over 20 sessions less that of 5 sessions ago, percentage points
    case
        when momenta.strength_20 is null or momenta.momentum is null then null
        when momenta.strength_20 >= 0 and momenta.momentum >= 0 then 'leading'
        when momenta.strength_20 >= 0 then 'weakening'
        when momenta.momentum >= 0 then 'improving'
        else 'lagging'
    end as quadrant,                                                 -- `leading`, `weakening`, `lagging` or `improving`
    cast(streaks.leadership_streak as integer) as leadership_streak  -- sessions in a row, to this one, that it did better than KSE100
from momenta
left join streaks on momenta.trade_date = streaks.trade_date and momenta.sector_code = streaks.sector_code
