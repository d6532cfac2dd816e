"""Versions of the lake: how the rows of an older one are brought forward, without a reparse.

Each batch is of one version. A change of `schemas` adds one to `VERSION` and a step to `STEPS`.

    0   before the first release: no table `damage`, no members of zips, no precision of times
    1   the first release
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from jobs.snapshot.schemas import DAMAGE, DOCUMENTS, FILES, LINES

TABLES = {"files": FILES, "documents": DOCUMENTS, "lines": LINES, "damage": DAMAGE}

VERSION = 1
"""What this program writes, and the newest that it reads."""


def _to_1(table: str, rows: pa.Table) -> pa.Table:
    if table != "documents":
        return rows
    times = rows["captured_at"]
    second = pa.scalar("second", pa.string())
    precision = pc.if_else(pc.is_valid(times), second, pa.scalar(None, pa.string()))
    rows = rows.append_column("member", pa.nulls(rows.num_rows, pa.string()))
    return rows.append_column("captured_precision", precision)


STEPS: list[Callable[[str, pa.Table], pa.Table]] = [_to_1]
"""Rows of a table of version 0 to those of version 1, and so on."""


def brought_forward(table: str, rows: pa.Table, version: int) -> pa.Table:
    """Rows of `table` as an older `version` wrote them, in the schema of today."""
    for step in STEPS[version:]:
        rows = step(table, rows)
    return rows.select(TABLES[table].names).cast(TABLES[table])
