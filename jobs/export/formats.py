"""The formats of an export: how one table becomes one file."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from pyarrow import feather

from jobs.errors import UsageError

_SHEET_ROWS = 1_048_575
"""Rows of an Excel sheet below its heading."""

_FORMULA = r"^[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
"""How a text begins that a spreadsheet would run as a formula; the last four are wide letters."""

_CELL = 32_767
"""Letters that an Excel cell takes."""


def write_parquet(table: pa.Table, file: Path) -> None:
    """Parquet as BI tools read it: V1 pages, Snappy."""
    pq.write_table(
        table, file, version="2.6", data_page_version="1.0", compression="snappy", store_schema=True
    )


def write_csv(table: pa.Table, file: Path) -> None:
    """CSV in UTF-8, a heading first; null is an empty cell and an empty text is `""`.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    columns = [
        pc.replace_substring_regex(column, _FORMULA, r"'\0")
        if pa.types.is_string(column.type)
        else column
        for column in table.columns
    ]
    pa_csv.write_csv(pa.table(columns, names=table.column_names), file)


def write_arrow(table: pa.Table, file: Path) -> None:
    """Arrow IPC, also called Feather, uncompressed, so that it can be mapped into memory."""
    feather.write_feather(table, file, compression="uncompressed")


def write_workbook(tables: Mapping[str, pa.Table], file: Path) -> None:
    """An Excel workbook with a sheet a table. Texts stay texts: no formula, no link.

    A text that is longer than a cell may be ends with an ellipsis.

    Raises:
        UsageError: the package that writes it is not installed, or a table has too many rows.
    """
    try:
        import xlsxwriter  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "--format excel needs the package xlsxwriter;"
            " the extra `excel` of psx-warehouse brings it"
        ) from None
    for name, table in tables.items():
        if table.num_rows > _SHEET_ROWS:
            raise UsageError(
                f"--format excel: {name} has {table.num_rows:,} rows and a sheet takes"
                f" {_SHEET_ROWS:,}; use --format csv or parquet"
            )
    options = {
        "constant_memory": True,
        "tmpdir": str(file.parent),  # where a killed run's go with what else it left
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for name, table in tables.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for number, field in enumerate(table.schema):
                look = day if pa.types.is_date(field.type) else None
                look = moment if pa.types.is_timestamp(field.type) else look
                sheet.set_column(number, number, 14, look)
                sheet.write_string(0, number, field.name, bold)
            for number, row in enumerate(table.to_pylist(), start=1):
                for column, value in enumerate(row.values()):
                    if isinstance(value, str) and len(value) > _CELL:
                        sheet.write_string(number, column, f"{value[: _CELL - 1]}…")
                    elif value is not None:
                        sheet.write(number, column, value)
