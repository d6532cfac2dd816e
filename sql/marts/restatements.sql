-- One row per published figure that a later build changed, or took back.
-- grain: new_build_id, table_name, trade_date, key, column_name
-- check: old_value is distinct from new_value
-- accepted: reason in new_code, late_file, placed_anew, better_close, new_reference
-- A figure that appears for the first time is none. Values stand as text, as the database prints them.
with figures as (
    select 'daily_quotes' as table_name, trade_date, symbol as key, 'last_price' as column_name, cast(last_price as varchar) as value, capture_id, price_status
    from daily_quotes
    union all
    select 'daily_quotes', trade_date, symbol, 'previous_price', cast(previous_price as varchar), capture_id, price_status
    from daily_quotes
    union all
    select 'daily_quotes', trade_date, symbol, 'change_pct', cast(change_pct as varchar), capture_id, price_status
    from daily_quotes
    union all
    select 'daily_quotes', trade_date, symbol, 'price_status', price_status, capture_id, price_status
    from daily_quotes
    union all
    select 'daily_index_summary', trade_date, index_code, 'level', cast(level as varchar), capture_id, price_status
    from daily_index_summary
    union all
    select 'daily_index_summary', trade_date, index_code, 'previous_level', cast(previous_level as varchar), capture_id, price_status
    from daily_index_summary
    union all
    select 'daily_index_summary', trade_date, index_code, 'change_pct', cast(change_pct as varchar), capture_id, price_status
    from daily_index_summary
    union all
    select 'daily_index_summary', trade_date, index_code, 'price_status', price_status, capture_id, price_status
    from daily_index_summary
),

changed as (
    select
        old.table_name,
        old.trade_date,
        old.key,
        old.column_name,
        old.value as old_value,
        new.value as new_value,
        old.capture_id as old_capture_id,
        new.capture_id as new_capture_id,
        old.price_status as old_status,
        new.price_status as new_status
    from published.figures as old
    left join figures as new
        on
            old.table_name = new.table_name
            and old.trade_date = new.trade_date
            and old.key = new.key
            and old.column_name = new.column_name
    where old.value is not null and old.value is distinct from new.value
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
            else 'new_reference'
        end as reason
    from changed
    cross join published.build as old_build
    cross join reference.build as new_build
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
    old_value,                      -- what was published
    new_value,                      -- what stands there now; null if it is gone
    old_build_id,                   -- build that published the old value
    new_build_id,                   -- build that changed it
    reason                          -- `new_code`, `late_file` (a page that was not there before), `placed_anew`, `better_close` or `new_reference`
from explained
union all
select table_name, trade_date, key, column_name, old_value, new_value, old_build_id, new_build_id, reason
from published.restatements
