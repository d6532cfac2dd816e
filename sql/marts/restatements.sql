-- One row per published figure that a later build changed, or took back.
-- grain: new_build_id, table_name, trade_date, key, column_name
-- check: old_value is distinct from new_value
-- accepted: reason in new_code, late_file, placed_anew, better_close, other_session, new_reference
-- A figure that appears for the first time is none, but for a flag: a row without one was plain. Values stand as
-- text, as the database prints them. Where a share's last price stays, a change of its `adjusted_price` stands on the
-- newest session that it concerns, and holds for those before it. What follows from figures listed here (`direction`,
-- ranks, measures over many sessions) has no row.
with figures as (
    select
        'daily_quotes' as table_name,
        trade_date,
        symbol as key,
        last_price as price,
        previous_price,
        change,
        change_pct,
        high_seen,
        low_seen,
        price_status,
        implied_close,
        null as official_close,
        adjusted_price,
        flag,
        is_counted,
        sector_code,
        capture_id
    from daily_quotes
    union all
    select
        'daily_index_summary',
        trade_date,
        index_code,
        level,
        previous_level,
        change,
        change_pct,
        high_seen,
        low_seen,
        price_status,
        implied_close,
        official_close,
        null,
        null,
        null,
        null,
        capture_id
    from daily_index_summary
),

columns as (
    select * from (values
        ('price', 'last_price', 'level'),
        ('previous_price', 'previous_price', 'previous_level'),
        ('change', 'change', 'change'),
        ('change_pct', 'change_pct', 'change_pct'),
        ('high_seen', 'high_seen', 'high_seen'),
        ('low_seen', 'low_seen', 'low_seen'),
        ('price_status', 'price_status', 'price_status'),
        ('implied_close', 'implied_close', 'implied_close'),
        ('official_close', 'official_close', 'official_close'),
        ('adjusted_price', 'adjusted_price', 'adjusted_price'),
        ('flag', 'flag', 'flag'),
        ('is_counted', 'is_counted', 'is_counted'),
        ('sector_code', 'sector_code', 'sector_code')
    ) as given (figure, quote_column, index_column)
),

compared as (
    select
        old.table_name,
        old.trade_date,
        old.key,
        columns.figure,
        case when old.table_name = 'daily_quotes' then columns.quote_column else columns.index_column end as column_name,
        case columns.figure
            when 'price' then cast(old.price as varchar)
            when 'previous_price' then cast(old.previous_price as varchar)
            when 'change' then cast(old.change as varchar)
            when 'change_pct' then cast(old.change_pct as varchar)
            when 'high_seen' then cast(old.high_seen as varchar)
            when 'low_seen' then cast(old.low_seen as varchar)
            when 'price_status' then old.price_status
            when 'implied_close' then cast(old.implied_close as varchar)
            when 'official_close' then cast(old.official_close as varchar)
            when 'adjusted_price' then cast(old.adjusted_price as varchar)
            when 'flag' then old.flag
            when 'is_counted' then cast(old.is_counted as varchar)
            when 'sector_code' then old.sector_code
        end as old_value,
        case columns.figure
            when 'price' then cast(new.price as varchar)
            when 'previous_price' then cast(new.previous_price as varchar)
            when 'change' then cast(new.change as varchar)
            when 'change_pct' then cast(new.change_pct as varchar)
            when 'high_seen' then cast(new.high_seen as varchar)
            when 'low_seen' then cast(new.low_seen as varchar)
            when 'price_status' then new.price_status
            when 'implied_close' then cast(new.implied_close as varchar)
            when 'official_close' then cast(new.official_close as varchar)
            when 'adjusted_price' then cast(new.adjusted_price as varchar)
            when 'flag' then new.flag
            when 'is_counted' then cast(new.is_counted as varchar)
            when 'sector_code' then new.sector_code
        end as new_value,
        old.capture_id as old_capture_id,
        new.capture_id as new_capture_id,
        old.price_status as old_status,
        new.price_status as new_status,
        old.price is not distinct from new.price as is_same_price
    from published.figures as old
    left join figures as new
        on old.table_name = new.table_name and old.trade_date = new.trade_date and old.key = new.key
    cross join columns
    where
        old.price is distinct from new.price
        or old.previous_price is distinct from new.previous_price
        or old.change is distinct from new.change
        or old.change_pct is distinct from new.change_pct
        or old.high_seen is distinct from new.high_seen
        or old.low_seen is distinct from new.low_seen
        or old.price_status is distinct from new.price_status
        or old.implied_close is distinct from new.implied_close
        or old.official_close is distinct from new.official_close
        or old.adjusted_price is distinct from new.adjusted_price
        or old.flag is distinct from new.flag
        or old.is_counted is distinct from new.is_counted
        or old.sector_code is distinct from new.sector_code
),

changed as (
    select *
    from compared
    where
        old_value is distinct from new_value
        and (old_value is not null or figure = 'flag')
    qualify
        figure <> 'adjusted_price'
        or not is_same_price
        or row_number() over (partition by table_name, key, figure, is_same_price order by trade_date desc) = 1
),

explained as (
    select
        changed.*,
        old_build.build_id as old_build_id,
        new_build.build_id as new_build_id,
        case
            when old_build.code_version <> new_build.code_version then 'new_code'
            when changed.new_capture_id is not null and seen_before.capture_id is null then 'late_file'
            when moved.capture_id is not null then 'placed_anew'
            when changed.old_status <> changed.new_status and changed.new_status = 'close' then 'better_close'
            when changed.figure in ('implied_close', 'adjusted_price') and changed.is_same_price then 'other_session'
            when changed.figure = 'flag' and ex_dates.symbol is not null then 'other_session'
            else 'new_reference'
        end as reason
    from changed
    cross join published.build as old_build
    cross join reference.build as new_build
    left join (
        select trade_date, symbol
        from (
            select trade_date, symbol from price_adjustments
            union all
            select trade_date, symbol from published.price_adjustments
        ) as ex_dates_of_both
        group by trade_date, symbol
        having count(*) = 1
    ) as ex_dates on changed.trade_date = ex_dates.trade_date and changed.key = ex_dates.symbol
    left join published.captures as seen_before on changed.new_capture_id = seen_before.capture_id
    left join (
        select old.capture_id
        from published.captures as old
        inner join captures as new on old.capture_id = new.capture_id
        where old.trade_date is distinct from new.trade_date
    ) as moved on changed.old_capture_id = moved.capture_id
)

select
    table_name,                     -- table of the figure
    trade_date,                     -- its session
    key,                            -- its symbol or index code
    column_name,                    -- its column
    old_value,                      -- what was published; null for a row that had no flag
    new_value,                      -- what stands there now; null if it is gone
    old_build_id,                   -- build that published the old value
    new_build_id,                   -- build that changed it
    reason                          -- `new_code`, `late_file` (a page that was not there before), `placed_anew`, `better_close`, `other_session` (what its pages imply), `new_reference`
from explained
union all
select table_name, trade_date, key, column_name, old_value, new_value, old_build_id, new_build_id, reason
from published.restatements
