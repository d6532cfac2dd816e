-- A capture time after the build is not believed, whether a path, a captures.csv or an archive states it.
-- severity: warn
select
    files.path,
    documents.document,
    coalesce(documents.captured_at, files.stated_at) as captured_at
from lake.documents as documents
inner join staging.files as files on documents.file_id = files.file_id
inner join reference.build as build on coalesce(documents.captured_at, files.stated_at) > build.built_at + interval 1 day
