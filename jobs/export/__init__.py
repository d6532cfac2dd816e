"""Marts to files for other programs."""

from enum import StrEnum


class Format(StrEnum):
    """What an export is written as."""

    PARQUET = "parquet"
    CSV = "csv"
    ARROW = "arrow"
    EXCEL = "excel"
