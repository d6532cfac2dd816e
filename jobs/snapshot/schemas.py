"""The columns of the lake: one frozen schema a dataset, named nowhere else."""

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")

DOCUMENT_TEXTS = pa.schema(
    [
        ("file_id", pa.string()),
        ("document", pa.int32()),
        ("document_id", pa.string()),
        ("url", pa.string()),
        ("captured_at", INSTANT),
        ("text", pa.large_string()),
    ]
)
"""What a reader gives the parser: one row a document.

`file_id` and `document_id` are content keys of the file's bytes and of the text; `document` counts
from 1 within the file; `captured_at` is the container's own capture time, if it keeps one.
"""

DOCUMENTS = pa.schema(
    [
        ("file_id", pa.string()),
        ("document", pa.int32()),
        ("document_id", pa.string()),
        ("url", pa.string()),
        ("captured_at", INSTANT),
        ("outcome", pa.string()),
        ("refused_because", pa.string()),
        ("block_id", pa.string()),
        ("ticker_line_count", pa.int32()),
        ("accepted_line_count", pa.int32()),
        ("rejected_line_count", pa.int32()),
        ("repeated_line_count", pa.int32()),
    ]
)
"""One row a document. `outcome` is `block`, `no_block` or `refused`; a block has a `block_id`.

Ticker-like lines = accepted + rejected; repeated ones are among the accepted.
"""

LINES = pa.schema(
    [
        ("block_id", pa.string()),
        ("line", pa.int32()),
        ("text", pa.large_string()),
        ("symbol", pa.string()),
        ("is_index", pa.bool_()),
        ("price", pa.decimal128(18, 4)),
        ("change", pa.decimal128(18, 4)),
        ("change_pct", pa.decimal128(18, 4)),
        ("is_repeated", pa.bool_()),
        ("rejected_because", pa.string()),
    ]
)
"""One row a ticker-like line of a block; documents with the same block share its rows.

`line` counts from 1 within the document. A rejected line has a reason and no figures.
"""

FILES = pa.schema(
    [
        ("path", pa.string()),
        ("size", pa.int64()),
        ("modified_ns", pa.int64()),
        ("file_id", pa.string()),
        ("stated_at", INSTANT),
        ("stated_precision", pa.string()),
        ("stated_by", pa.string()),
    ]
)
"""One row a sighting of a file; of several of one path and content the newest batch counts.

`stated_at` is the capture time that the user states for the file (`stated_by` is `path` or
`captures.csv`), to the `second` or to the `day`; a day stands as its first moment in Karachi.
"""
