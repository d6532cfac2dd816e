-- One row per build that led to this one, itself included, and model: its rows, and how long it took.
-- built: after the checks
-- grain: build_id, model_name
select
    build.build_id,   -- name of the generation
    runs.model_name,  -- table or view
    runs.row_count,   -- rows; null of a view, and of the tables about builds
    runs.seconds,     -- how long it took to build; null of the tables about builds
    runs.sql_digest   -- a short name of its query; another text has another
from run.models as runs
cross join reference.build as build
union all
select
    build_id,
    model_name,
    row_count,
    seconds,
    sql_digest
from published.model_runs
