-- One row per span of a file that could not be read; what was readable around it is in the other tables.
-- grain: source, span
-- check: bytes_lost is null or bytes_lost >= 0
select
    files.path as source, -- file
    damage.span,          -- number of the span in the file, from 1
    damage.byte_offset,   -- where it begins in the file, for an archive record in its decompressed content; null if unknown
    damage.what,          -- what is wrong there
    damage.bytes_lost     -- bytes passed over; null if unknown
from lake.damage as damage
inner join staging.files as files on damage.file_id = files.file_id
