-- Every content that was ever seen under a path, with the capture time that the user states for it.
-- grain: path, file_id
select
    path,             -- name of the file: relative to the warehouse folder if it lies in it
    file_id,          -- content key of the file's bytes
    size,             -- bytes
    stated_at,        -- capture time that the user states; a day stands as its first moment in Karachi
    stated_precision, -- `second` or `day`
    stated_by         -- `path` or `captures.csv`
from lake.files
qualify row_number() over (partition by path, file_id order by batch desc) = 1
