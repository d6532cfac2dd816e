"""Exports: the narrow Parquet that BI tools read rightly, equal to the warehouse cell by cell."""

import hashlib
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.errors import DataRefusedError
from jobs.export.parquet import bi_table, export_marts
from jobs.models.graph import load_models
from jobs.settings import Warehouse, sql_folder
from tests.conftest import rows, run_night

DUCKDB = Path(sys.executable).with_name("duckdb")
MARTS = sorted(model.name for model in load_models(sql_folder()) if model.layer == "marts")
EMPTY = {"damaged_spans", "price_adjustments", "restatements"}
"""Marts without rows in the sample."""
ALLOWED = {"date32[day]", "string", "double", "int32", "int64", "bool", "decimal128(18, 4)"}
ALLOWED |= {"timestamp[us, tz=UTC]"}
DATA_PAGE_V1 = bytes([0x15, 0x00])
"""A page header's first field is its type: 0 is a data page, 3 (0x06) one of version 2."""


@pytest.fixture(scope="module", params=MARTS)
def mart(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def in_warehouse(sample: Warehouse, mart: str) -> list[dict[str, Any]]:
    return rows(sample, f"from {mart} order by all")


def test_the_export_holds_every_mart_and_a_manifest(sample: Warehouse) -> None:
    names = sorted(file.name for file in sample.export.iterdir())
    assert names == sorted([*(f"{mart}.parquet" for mart in MARTS), "manifest.json"])


def test_files_are_plain(sample: Warehouse, mart: str) -> None:
    path = sample.export / f"{mart}.parquet"
    content, file = path.read_bytes(), pq.ParquetFile(path)
    assert file.metadata.format_version == "2.6"
    assert {str(field.type) for field in file.schema_arrow} <= ALLOWED
    for group in range(file.num_row_groups):
        for column in range(file.metadata.num_columns):
            chunk = file.metadata.row_group(group).column(column)
            assert chunk.compression == "SNAPPY"
            assert set(chunk.encodings) <= {"PLAIN", "RLE", "RLE_DICTIONARY"}
            page = chunk.data_page_offset
            assert content[page : page + 2] == DATA_PAGE_V1 or not chunk.num_values
    for column in range(len(file.schema)):
        leaf = file.schema.column(column)
        assert (leaf.max_repetition_level, leaf.max_definition_level) == (0, 1)
        assert leaf.logical_type.type != "INT" or "isSigned=true" in str(leaf.logical_type)


def test_files_hold_no_nan(sample: Warehouse, mart: str) -> None:
    for row in pq.read_table(sample.export / f"{mart}.parquet").to_pylist():
        assert not any(isinstance(value, float) and math.isnan(value) for value in row.values())


def test_comments_stand_in_the_files(sample: Warehouse, mart: str) -> None:
    schema = pq.read_schema(sample.export / f"{mart}.parquet")
    (said,) = rows(sample, f"select comment from duckdb_tables() where table_name = '{mart}'")
    assert schema.metadata[b"comment"].decode() == said["comment"]
    assert [field.name for field in schema if not (field.metadata or {}).get(b"comment")] == []


def test_values_are_those_of_the_warehouse(sample: Warehouse, mart: str) -> None:
    expected = in_warehouse(sample, mart)
    assert expected or mart in EMPTY
    file = sample.export / f"{mart}.parquet"
    assert pq.read_table(file).to_pylist() == expected
    assert pl.read_parquet(file).rows(named=True) == expected


def test_the_command_line_of_duckdb_finds_no_difference(sample: Warehouse, mart: str) -> None:
    difference = (
        f"select count(*) from (from {mart} except all from '{sample.export}/{mart}.parquet')"
        f" union all"
        f" select count(*) from (from '{sample.export}/{mart}.parquet' except all from {mart})"
    )
    command = [DUCKDB, "-readonly", "-noheader", "-list", sample.database, "-c", difference]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert found == ["0", "0"]


def test_the_manifest_describes_the_files(sample: Warehouse) -> None:
    manifest = json.loads((sample.export / "manifest.json").read_text(encoding="utf-8"))
    (build,) = rows(sample, "select build_id from build_info")
    assert manifest["build_id"] == build["build_id"]
    assert [table["table"] for table in manifest["tables"]] == MARTS
    for table in manifest["tables"]:
        content = (sample.export / table["file"]).read_bytes()
        assert table["sha256"] == hashlib.sha256(content).hexdigest()
        assert table["rows"] == len(in_warehouse(sample, table["table"]))
        columns = rows(
            sample,
            "select column_name as name, data_type as type, comment from duckdb_columns()"
            f" where table_name = '{table['table']}' order by column_index",
        )
        for column in columns:
            kind = str(column["type"]).replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
            column["type"] = kind
        assert table["columns"] == columns


def test_an_empty_mart_is_a_file_without_rows(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "a.txt").write_text("no ticker here\n", encoding="utf-8")
    warehouse = run_night(tmp_path)
    table = pq.read_table(warehouse.export / "daily_quotes.parquet")
    assert (table.num_rows, str(table.schema.field("trade_date").type)) == (0, "date32[day]")
    assert table.num_columns == 22


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1], pa.uint32()),
        pa.array([1], pa.uint64()),
        pa.array([0], pa.timestamp("us")),
        pa.array([0], pa.time64("us")),
        pa.array(["x"]).dictionary_encode(),
        pa.array([1], pa.int8()),
        pa.array([[1]]),
        pa.array([{"a": 1}]),
        pa.array([b"x"]),
        pa.array([1.0], pa.float32()),
    ],
)
def test_a_type_that_some_tool_misreads_is_refused(column: pa.Array) -> None:
    with pytest.raises(TypeError, match="column odd is"):
        bi_table(pa.table({"odd": column}))


def test_an_export_elsewhere_has_the_same_bytes(sample: Warehouse, tmp_path: Path) -> None:
    with duckdb.connect(sample.database, read_only=True) as connection:
        written = export_marts(connection, tmp_path / "copy")
        again = export_marts(connection, tmp_path / "copy")
    assert written == again
    assert {f.name: f.read_bytes() for f in written} == {
        f.name: f.read_bytes() for f in sample.export.iterdir()
    }
    assert sorted(f.name for f in (tmp_path / "copy").iterdir()) == sorted(f.name for f in written)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_figure_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(DataRefusedError, match="column odd holds NaN or infinity"):
        bi_table(pa.table({"odd": [1.0, None, value]}))
