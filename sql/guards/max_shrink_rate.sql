-- The share of its rows that a daily table, or captures, lost since the last build.
select
    round(1.0 - cast(runs.row_count as double) / last_runs.row_count, 4) as figure,
    settings.max_shrink_rate as at_most,
    runs.model_name as example
from run.models as runs
inner join published.model_runs as last_runs on runs.model_name = last_runs.model_name
inner join published.build as last_build on last_runs.build_id = last_build.build_id
cross join reference.settings as settings
where last_runs.row_count > 0 and (runs.model_name like 'daily!_%' escape '!' or runs.model_name = 'captures')
qualify row_number() over (order by figure desc, runs.model_name) = 1
