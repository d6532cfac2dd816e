"""Snapshot files of a stock-market ticker in; a DuckDB warehouse and Parquet exports out."""

from importlib.metadata import version

__version__ = version("psx-warehouse")
