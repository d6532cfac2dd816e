"""The manifest of an export: `datapackage.json`, as the Data Package standard has it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from jobs.export.tables import comment_of

MANIFEST = "datapackage.json"

_KINDS = {
    pa.date32(): ("date", "DATE"),
    pa.string(): ("string", "VARCHAR"),
    pa.float64(): ("number", "DOUBLE"),
    pa.int32(): ("integer", "INTEGER"),
    pa.int64(): ("integer", "BIGINT"),
    pa.bool_(): ("boolean", "BOOLEAN"),
    pa.timestamp("us", tz="UTC"): ("datetime", "TIMESTAMPTZ"),
}


def package(build_id: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """The manifest of one build's files."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "psx-warehouse",
        "title": "Pakistan Stock Exchange, from saved ticker pages",
        "version": build_id,
        "resources": resources,
    }


def resource(
    folder: Path, files: Sequence[Path], name: str, table: pa.Table, key: Sequence[str]
) -> dict[str, Any]:
    """One table: its files with their checksums, its columns, and what makes a row unique."""
    paths = [file.relative_to(folder).as_posix() for file in files]
    kind = files[0].suffix.removeprefix(".")
    described: dict[str, Any] = {
        "name": name,
        "path": paths[0] if len(paths) == 1 else paths,
        "description": comment_of(table.schema),
        "format": kind,
        "rows": table.num_rows,
        "bytes": sum(file.stat().st_size for file in files),
    }
    if len(files) == 1:
        described["hash"] = f"sha256:{hashlib.sha256(files[0].read_bytes()).hexdigest()}"
    described["schema"] = {
        "fields": [_field(field) for field in table.schema],
        "primaryKey": list(key),
    }
    return described


def _field(field: pa.Field) -> dict[str, str]:
    if pa.types.is_decimal128(field.type):
        kind = ("number", f"DECIMAL({field.type.precision},{field.type.scale})")
    else:
        kind = _KINDS[field.type]
    return {
        "name": field.name,
        "type": kind[0],
        "sqlType": kind[1],
        "description": comment_of(field),
    }
