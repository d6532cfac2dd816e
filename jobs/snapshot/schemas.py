"""The columns of the lake: one frozen schema a dataset, named nowhere else."""

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")

_PLACE = [
    ("file_id", pa.string()),
    ("document", pa.int32()),
    ("url", pa.string()),
    ("member", pa.string()),
    ("captured_at", INSTANT),
    ("captured_precision", pa.string()),
    ("refused_because", pa.string()),
]

DOCUMENT_TEXTS = pa.schema([*_PLACE, ("text", pa.large_string())])
"""What the readers give the parser: one row a document.

`file_id` is a content key of the file's bytes; `document` counts from 1 within the file; `member`
is the name within a zip; `captured_at` is the container's own capture time, if it keeps one, to
the `second` or to the `day`. A document that could not be read has a reason and no text.
"""

DOCUMENTS = pa.schema(
    [
        *_PLACE,
        ("document_id", pa.string()),
        ("outcome", pa.string()),
        ("block_id", pa.string()),
        ("ticker_line_count", pa.int32()),
        ("accepted_line_count", pa.int32()),
        ("rejected_line_count", pa.int32()),
        ("repeated_line_count", pa.int32()),
    ]
)
"""One row a document. `document_id` is a content key of its text; `outcome` is `block`, `no_block`
or `refused`; a block has a `block_id`.

Ticker-like lines = accepted + rejected; repeated ones are among the accepted.
"""

DAMAGE = pa.schema(
    [
        ("file_id", pa.string()),
        ("span", pa.int32()),
        ("byte_offset", pa.int64()),
        ("what", pa.string()),
        ("bytes_lost", pa.int64()),
    ]
)
"""One row a damaged span of a file, numbered from 1; offset and loss are null where unknown."""

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
        ("file_id", pa.string()),
        ("modified_ns", pa.int64()),
        ("stated_at", INSTANT),
        ("stated_precision", pa.string()),
        ("stated_by", pa.string()),
    ]
)
"""One row a sighting of a file; of several of one path and content the newest batch counts.

`stated_at` is the capture time that the user states for the file (`stated_by` is `path` or
`captures.csv`), to the `second` or to the `day`; a day stands as its first moment in Karachi.
"""
