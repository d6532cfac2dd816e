"""The export of a build: a file a mart, and a manifest that lists them."""

import functools
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from jobs.export import Format
from jobs.export.formats import write_arrow, write_csv, write_parquet, write_workbook
from jobs.export.package import MANIFEST, package, resource
from jobs.export.tables import read_marts
from jobs.files import replace_file

Keys = Mapping[str, Sequence[str]]
"""Per mart the columns that make a row unique."""

_WRITERS = {
    Format.PARQUET: write_parquet,
    Format.CSV: write_csv,
    Format.ARROW: write_arrow,
}

WORKBOOK = "psx.xlsx"

_UNKNOWN = "__HIVE_DEFAULT_PARTITION__"
"""What the field calls the partition of null."""


def export_marts(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    keys: Keys,
    kind: Format = Format.PARQUET,
    *,
    by_year: bool = False,
) -> list[Path]:
    """Write every mart to `folder`, and a manifest that lists them.

    An existing file is replaced as a whole. With `by_year`, a mart with a `trade_date` becomes a
    file for each year, `MART/year=2024/MART.parquet`, each with its `trade_date` column.

    Returns:
        The files written, the manifest last.

    Raises:
        DataRefusedError: a column holds NaN or infinity.
        UsageError: the format cannot be written here, or cannot hold the tables.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ((build_id,),) = connection.sql("select build_id from build_info").fetchall()
    if kind is Format.EXCEL:
        book = folder / WORKBOOK
        tables = dict(read_marts(connection))
        replace_file(book, functools.partial(write_workbook, tables))
        return [book]
    resources: list[dict[str, Any]] = []
    written: list[Path] = []
    for name, table in read_marts(connection):
        key = keys.get(name, ())
        parts = {folder / f"{name}.{kind}": table}
        if by_year and "trade_date" in table.column_names:
            parts = _years(folder, name, table, kind)
        for file, rows in parts.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(file, functools.partial(_WRITERS[kind], rows))
        written += parts
        resources.append(resource(folder, list(parts), name, table, key))
    text = json.dumps(package(build_id, resources), indent=2, ensure_ascii=False) + "\n"
    replace_file(folder / MANIFEST, lambda aside: aside.write_text(text, encoding="utf-8"))
    return [*written, folder / MANIFEST]


def _years(folder: Path, name: str, table: pa.Table, kind: Format) -> dict[Path, pa.Table]:
    """The rows of a table by the file of their year.

    The year stands in the folder's name alone: PyArrow refuses a column that stands in both.
    """
    year = pc.year(table.column("trade_date"))
    place = folder / name
    values = pc.unique(year).to_pylist() or [None]
    parts = {
        place / f"year={_UNKNOWN if value is None else value}" / f"{name}.{kind}": table.filter(
            pc.is_null(year) if value is None else pc.equal(year, value)
        )
        for value in sorted(values, key=str)
    }
    for left in set(place.glob("year=*")) - {file.parent for file in parts}:
        shutil.rmtree(left)  # of an earlier export, in which that year still had rows
    return parts
