"""The page on readers of the exports, `docs/bi.md`: `python -m docs.bi` runs those it finds."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from jobs.models.graph import mart_keys
from jobs.settings import Warehouse, sql_folder
from tests.conftest import ROOT, run_night
from tests.support.bi_readers import READERS, unchanged
from tests.support.cells import differences, in_warehouse

PAGE = Path(__file__).with_name("bi.md")

_HEAD = """# BI tools

`make bi` builds the shipped sample and reads every mart with each reader below; `make bi-tableau`
does so with Tableau's engine as well, which it installs (some 290 MB). They compare cell by cell,
in order, with `from TABLE order by all` of the warehouse: type and value, decimals exact, doubles
to the last bit, instants in UTC. All read `warehouse/export/*.parquet`, but for SQLAlchemy, which
opens `market.duckdb` read-only. This page is what they found.

| reader | version | marts | rows | cells | not the same | of these unexplained | its own limits |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""

_TAIL = """
A cell is explained if it is, to the last bit, what the reader's limits make of the value.

- fastparquet: a decimal is the whole number in the file times 10^-scale as a double, so its last
  bits can differ from those of the nearest double. Where a cent matters, round to four places.
- hyparquet: whole numbers are doubles here as well, exact up to 2^53.
- pandas is read with `dtype_backend="pyarrow"`. By its default it turns a column of whole numbers
  into doubles if one of them is unknown.
- SQLAlchemy: Superset asks for a version from 1.4 and below 2. With 1.4.54 duckdb-engine 0.17.0
  finds columns, comments, keys and whole tables; with 2.0.58, which the tests use, columns and
  comments, but not keys or `Table(autoload_with=...)` (DuckDB has no type `REGCLASS`); with 2.1.9
  not even the columns (`pg_collation`). It asks DuckDB for PostgreSQL's catalogue in the words of
  the SQLAlchemy that is installed, and DuckDB 1.4.5 objects to them too. Plain queries work in all
  three. DuckDB 2.0.0 needs `pytz` to hand instants to Python.

## What the files are made of

| choice | why |
| --- | --- |
| V1 data pages, Snappy | what every reader above decodes without an addition |
| flat columns | Tableau's engine gives a list as bytes of an unsupported type |
| INTEGER and BIGINT, never unsigned | Tableau's engine refuses a file with an unsigned BIGINT |
| DECIMAL for prices | exact, in the readers that have decimals |
| DATE for sessions, instants in UTC microseconds | no time zone to guess |
| no NaN, NULL is unknown | readers that hold NULL as NaN lose nothing |
| rows ordered by all columns | the same mart is the same file |
"""


def main() -> None:
    """Build the sample aside, read it with every reader that can run, and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        warehouse = run_night(Path(folder) / "warehouse", ROOT / "warehouse" / "landing")
        PAGE.write_text(_HEAD + "".join(_lines(warehouse)) + _TAIL, encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


def _lines(warehouse: Warehouse) -> Iterator[str]:
    expected = {table: in_warehouse(warehouse, table) for table in sorted(mart_keys(sql_folder()))}
    for reader in READERS:
        if reason := reader.missing():
            yield f"| {reader.name} | not run: {reason} | | | | | | {reader.limit} |\n"
            continue
        rows = cells = changed = unexplained = 0
        for table, wanted in expected.items():
            found = reader.read(warehouse, table)
            rows += len(found)
            cells += sum(map(len, found))
            changed += len(list(differences(wanted, found, unchanged)))
            unexplained += len(list(differences(wanted, found, reader.given)))
        yield (
            f"| {reader.name} | {reader.version()} | {len(expected)} | {rows:,} | {cells:,}"
            f" | {changed:,} | {unexplained:,} | {reader.limit} |\n"
        )


if __name__ == "__main__":
    main()
