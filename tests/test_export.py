"""Exports: the narrow Parquet that BI tools read rightly, equal to the warehouse cell by cell."""

import hashlib
import json
import math
import re
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.errors import DataRefusedError
from jobs.export.marts import export_marts
from jobs.export.tables import bi_table
from jobs.models.graph import mart_keys
from jobs.settings import Warehouse, sql_folder
from tests.conftest import rows, run_night
from tests.support.commands import DUCKDB
from tests.support.parquet_contract import violations

KEYS = mart_keys(sql_folder())
MARTS = sorted(KEYS)
EMPTY = {"damaged_spans", "price_adjustments", "restatements"}
"""Marts without rows in the sample."""


@pytest.fixture(scope="module", params=MARTS)
def mart(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def in_warehouse(sample: Warehouse, mart: str) -> list[dict[str, Any]]:
    return rows(sample, f"from {mart} order by all")


def test_the_export_holds_every_mart_and_a_manifest(sample: Warehouse) -> None:
    names = sorted(file.name for file in sample.export.iterdir())
    assert names == sorted([*(f"{mart}.parquet" for mart in MARTS), "datapackage.json"])


def test_files_keep_the_contract(sample: Warehouse, mart: str) -> None:
    assert list(violations(sample.export / f"{mart}.parquet", KEYS[mart])) == []


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
    """As the Data Package standard has it: names, paths, fields of its types, keys, checksums."""
    manifest = json.loads((sample.export / "datapackage.json").read_text(encoding="utf-8"))
    (build,) = rows(sample, "select build_id from build_info")
    assert manifest["version"] == build["build_id"]
    assert [resource["name"] for resource in manifest["resources"]] == MARTS
    standard = {
        "DATE": "date",
        "VARCHAR": "string",
        "DOUBLE": "number",
        "DECIMAL(18,4)": "number",
        "INTEGER": "integer",
        "BIGINT": "integer",
        "BOOLEAN": "boolean",
        "TIMESTAMP WITH TIME ZONE": "datetime",
    }
    for resource in manifest["resources"]:
        name = resource["name"]
        content = (sample.export / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["bytes"] == len(content)
        assert resource["rows"] == len(in_warehouse(sample, name))
        assert re.fullmatch(r"[a-z0-9_]+\.parquet", resource["path"])
        columns = rows(
            sample,
            "select column_name, data_type, comment from duckdb_columns()"
            f" where table_name = '{name}' order by column_index",
        )
        fields = resource["schema"]["fields"]
        assert [(f["name"], f["type"], f["description"]) for f in fields] == [
            (c["column_name"], standard[str(c["data_type"])], c["comment"]) for c in columns
        ]
        assert set(resource["schema"]["primaryKey"]) <= {f["name"] for f in fields}
        assert resource["schema"]["primaryKey"] == list(KEYS[name])


def test_an_empty_mart_is_a_file_without_rows(tmp_path: Path, sample: Warehouse) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "a.txt").write_text("no ticker here\n", encoding="utf-8")
    warehouse = run_night(tmp_path)
    table = pq.read_table(warehouse.export / "daily_quotes.parquet")
    assert (table.num_rows, str(table.schema.field("trade_date").type)) == (0, "date32[day]")
    assert table.num_columns == len(pq.read_schema(sample.export / "daily_quotes.parquet"))


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
        written = export_marts(connection, tmp_path / "copy", KEYS)
        again = export_marts(connection, tmp_path / "copy", KEYS)
    assert written == again
    assert {f.name: f.read_bytes() for f in written} == {
        f.name: f.read_bytes() for f in sample.export.iterdir()
    }
    assert sorted(f.name for f in (tmp_path / "copy").iterdir()) == sorted(f.name for f in written)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_figure_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(DataRefusedError, match="column odd holds NaN or infinity"):
        bi_table(pa.table({"odd": [1.0, None, value]}))


GOOD = pa.table(
    {"day": pa.array([1, 2], pa.date32()), "price": pa.array([1.5, None])},
    schema=pa.schema(
        [
            pa.field("day", pa.date32(), metadata={"comment": "a day"}),
            pa.field("price", pa.float64(), metadata={"comment": "a price"}),
        ],
        metadata={"comment": "Prices."},
    ),
)


def with_column(column: pa.Array) -> pa.Table:
    field = pa.field("odd", column.type, metadata={"comment": "odd"})
    return GOOD.append_column(field, column)


@pytest.mark.parametrize(
    ("table", "written", "complaint"),
    [
        (GOOD.replace_schema_metadata({}), {}, "the table has no comment"),
        (GOOD.append_column("bare", pa.array([1, 2])), {}, "column bare has no comment"),
        (with_column(pa.array([1, 2], pa.uint32())), {}, "column odd is uint32"),
        (with_column(pa.array([1, 2], pa.int16())), {}, "column odd is int16"),
        (with_column(pa.array([[1], [2]])), {}, "column odd.list.element is nested"),
        (with_column(pa.array([1.0, math.nan])), {}, "column odd holds NaN"),
        (GOOD, {"compression": "zstd"}, "column day is compressed with ZSTD, not Snappy"),
        (GOOD, {"data_page_version": "2.0"}, "column day has data pages of version 2"),
        (GOOD.slice(0, 0).append_column("k", pa.array([], pa.int64())), {}, "column k has no"),
    ],
)
def test_a_file_that_breaks_the_contract_is_objected_to(
    table: pa.Table, written: dict[str, str], complaint: str, tmp_path: Path
) -> None:
    file = tmp_path / "odd.parquet"
    pq.write_table(table, file, **{"compression": "snappy", **written})
    assert any(problem.startswith(complaint) for problem in violations(file, ["day"]))


@pytest.mark.parametrize(
    ("key", "complaint"),
    [("price", "key column price holds nulls"), ("gone", "key column gone is not there")],
)
def test_a_key_with_nulls_is_refused(key: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "prices.parquet"
    pq.write_table(GOOD, file, compression="snappy")
    assert list(violations(file, ["day"])) == []
    assert list(violations(file, ["day", key])) == [complaint]
