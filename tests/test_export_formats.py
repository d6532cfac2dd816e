"""Exports in other formats: every value is there, and nothing that a spreadsheet would run."""

import csv
import json
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.errors import UsageError
from jobs.export import Format, formats
from jobs.export.formats import write_csv, write_workbook
from jobs.export.marts import export_marts
from jobs.models.graph import mart_keys
from jobs.settings import Warehouse, sql_folder
from tests.conftest import rows
from tests.support.commands import psx, stopped

KEYS = mart_keys(sql_folder())
RISKY = ["=1+1", "+1", "-1", "@x", "\tx", "plain", "a=b", "", None, 'say "hi", then\nleave']


def export(sample: Warehouse, folder: Path, kind: Format, **options: bool) -> list[Path]:
    with duckdb.connect(sample.database, read_only=True) as connection:
        return export_marts(connection, folder, KEYS, kind, **options)


def test_csv_holds_every_value(sample: Warehouse, tmp_path: Path) -> None:
    export(sample, tmp_path, Format.CSV)
    expected = rows(sample, "from daily_index_summary order by all")
    with (tmp_path / "daily_index_summary.csv").open(encoding="utf-8", newline="") as handle:
        found = list(csv.DictReader(handle))
    assert len(found) == len(expected) > 100
    for row, values in zip(found, expected, strict=True):
        assert row.keys() == values.keys()
        for name, value in values.items():
            if value is None:
                assert row[name] == ""
            elif isinstance(value, float | Decimal):
                assert Decimal(row[name]) == Decimal(str(value))
            else:
                assert row[name] == str(value)


def test_a_csv_holds_nothing_that_a_spreadsheet_would_run(tmp_path: Path) -> None:
    write_csv(pa.table({"text": RISKY, "number": [-1.5] * len(RISKY)}), tmp_path / "risky.csv")
    with (tmp_path / "risky.csv").open(encoding="utf-8", newline="") as handle:
        found = list(csv.DictReader(handle))
    assert [row["text"] for row in found] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        "plain",
        "a=b",
        "",
        "",
        'say "hi", then\nleave',
    ]
    assert {row["number"] for row in found} == {"-1.5"}


def test_arrow_holds_every_value_and_comment(sample: Warehouse, tmp_path: Path) -> None:
    export(sample, tmp_path, Format.ARROW)
    for mart in KEYS:
        found = pa.ipc.open_file(tmp_path / f"{mart}.arrow").read_all()
        assert found.equals(pq.read_table(sample.export / f"{mart}.parquet"), check_metadata=False)
        assert found.schema.metadata[b"comment"]
    read = pl.read_ipc(tmp_path / "daily_quotes.arrow")
    assert read.height == len(rows(sample, "from daily_quotes"))


def test_a_workbook_has_a_sheet_a_mart(sample: Warehouse, tmp_path: Path) -> None:
    (file,) = export(sample, tmp_path, Format.EXCEL)
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == sorted(KEYS)
    expected = rows(sample, "from daily_movers order by all")
    heading, *found = book["daily_movers"].iter_rows(values_only=True)
    assert heading == tuple(expected[0])
    assert len(found) == len(expected)
    for row, values in zip(found[:200], expected[:200], strict=True):
        for cell, (name, value) in zip(row, values.items(), strict=True):
            if name == "trade_date":
                assert cell.date() == value
            elif isinstance(value, float | Decimal):
                assert cell == pytest.approx(float(value), rel=1e-14)
            else:
                assert cell == value


def test_a_workbook_holds_no_formula_and_no_link(tmp_path: Path) -> None:
    texts = ["=1+1", "https://example.org/", "00123", "+x"]
    write_workbook({"risky": pa.table({"text": texts})}, tmp_path / "risky.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "risky.xlsx")["risky"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == texts
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.hyperlink for cell in cells] == [None] * 4


def test_a_sheet_that_would_overflow_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "_SHEET_ROWS", 2)
    with pytest.raises(UsageError, match="many has 3 rows and a sheet takes 2; use --format csv"):
        write_workbook({"many": pa.table({"n": [1, 2, 3]})}, tmp_path / "many.xlsx")


def test_without_the_extra_the_error_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(UsageError, match="the extra `excel` of psx-warehouse brings it"):
        write_workbook({}, tmp_path / "none.xlsx")


def test_a_partitioned_export_is_read_as_one_table_again(sample: Warehouse, tmp_path: Path) -> None:
    left = tmp_path / "daily_quotes" / "year=1999" / "daily_quotes.parquet"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"of an earlier export")
    export(sample, tmp_path, Format.PARQUET, by_year=True)
    assert not left.parent.exists()
    files = sorted((tmp_path / "daily_quotes").rglob("*.parquet"))
    assert [f.parent.name for f in files] == [f"year={year}" for year in range(2020, 2026)]
    for file in files:
        table = pq.ParquetFile(file).read()
        year = int(file.parent.name.removeprefix("year="))
        assert {day.year for day in table.column("trade_date").to_pylist()} == {year}
    expected = {
        (row["trade_date"], row["symbol"], row["last_price"])
        for row in rows(sample, "from daily_quotes")
    }
    whole = pq.read_table(tmp_path / "daily_quotes")
    assert whole.num_rows == len(expected)
    years = zip(whole["year"].to_pylist(), whole["trade_date"].to_pylist(), strict=True)
    assert all(int(year) == day.year for year, day in years)
    assert pq.read_table(tmp_path / "captures").num_rows == len(rows(sample, "from captures"))
    read = pl.read_parquet(tmp_path / "daily_quotes" / "**" / "*.parquet")
    assert set(read.select("trade_date", "symbol", "last_price").rows()) == expected
    manifest = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    (quotes,) = [r for r in manifest["resources"] if r["name"] == "daily_quotes"]
    assert [tmp_path / path for path in quotes["path"]] == files
    assert quotes["rows"] == len(expected)
    assert (tmp_path / "build_info.parquet").is_file()


def test_the_command_takes_formats(sample: Warehouse, tmp_path: Path) -> None:
    done = psx("export", tmp_path / "out", "--format", "csv", "-w", sample.root)
    assert done.stdout.splitlines()[-1] == str(tmp_path / "out" / "datapackage.json")
    assert len(list((tmp_path / "out").glob("*.csv"))) == len(KEYS)
    code, said = stopped(
        "export", tmp_path, "--format", "excel", "--partition-by", "year", "-w", sample.root
    )
    assert (code, said) == (
        2,
        "--partition-by: a workbook has a sheet a mart; use another --format",
    )
