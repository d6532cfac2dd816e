-- One row per distinct document text: where it was seen first by name, and when it was captured.
-- grain: document_id
-- check: outcome in ('block', 'no_block', 'refused')
-- check: (outcome = 'block') = (block_id is not null)
-- check: ticker_line_count = accepted_line_count + rejected_line_count
-- A copy of a file, or a page kept twice, is one document: its earliest stated capture time counts. A time
-- more than a day after the build itself is a mistake and none.
with sightings as (
    select
        documents.*,
        files.path as source,
        coalesce(documents.captured_at, files.stated_at) as seen_at,
        case when documents.captured_at is null then files.stated_precision else documents.captured_precision end as seen_precision,
        case when documents.captured_at is null then files.stated_by else 'container' end as seen_by
    from lake.documents as documents
    inner join staging.files as files on documents.file_id = files.file_id
),

first_by_name as (
    select *
    from sightings
    qualify row_number() over (partition by document_id order by source, document) = 1
),

earliest as (
    select sightings.*
    from sightings
    inner join reference.build as build on sightings.seen_at <= build.built_at + interval 1 day
    qualify row_number() over (
        partition by document_id order by seen_at, seen_precision desc, source, document
    ) = 1
)

select
    first_by_name.document_id,                                -- content key of the document's text
    first_by_name.source,                                     -- file that holds it
    first_by_name.document,                                   -- its number in the file, from 1
    first_by_name.member,                                     -- its name within a zip
    first_by_name.url,                                        -- address of the page, if the file keeps it
    earliest.seen_at as captured_at,                          -- when the page was captured, as the user or the file states
    earliest.seen_precision as captured_precision,            -- `second` or `day`
    earliest.seen_by as captured_by,                          -- `path`, `captures.csv` or `container`
    first_by_name.outcome,                                    -- `block`, `no_block` or `refused`
    first_by_name.refused_because,                            -- why it could not be read
    first_by_name.block_id,                                   -- content key of its ticker block
    first_by_name.ticker_line_count,                          -- lines that mean to be ticker lines
    first_by_name.accepted_line_count,                        -- those with sound figures
    first_by_name.rejected_line_count,                        -- those rejected with a reason
    first_by_name.repeated_line_count                         -- accepted lines that repeat an earlier one
from first_by_name
left join earliest on first_by_name.document_id = earliest.document_id
