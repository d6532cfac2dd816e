"""The models on a cluster: each is run there, and its table comes back into the same database."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.cluster.engine import SHARED_PATH, Cluster, connected
from jobs.errors import InputError, UsageError
from jobs.models.graph import INPUT_SCHEMAS
from jobs.models.header import SqlFile
from jobs.models.portable import carried_over, complaints
from jobs.models.tables import create_table
from jobs.snapshot.lake import Lake, damaged
from jobs.snapshot.versions import TABLES

_TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double",
    "FLOAT": "float",
    "HUGEINT": "decimal(38, 0)",
    "INTEGER": "int",
    "SMALLINT": "smallint",
    "TIMESTAMP": "timestamp_ntz",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "TINYINT": "tinyint",
    "VARCHAR": "string",
}
"""DuckDB's types in Spark's words; decimals are called the same."""


@contextmanager
def models_on(url: str, lake: Lake) -> Iterator["RemoteModels"]:
    """Models run on the cluster at `url`; what they leave beside the lake is gone afterwards.

    The caller holds the warehouse's lock.

    Raises:
        UsageError: `url` is no address of an endpoint.
        InputError: nobody answers there.
    """
    with connected(url) as cluster:
        models = RemoteModels(cluster, lake)
        models.tidy()
        try:
            yield models
        finally:
            models.tidy()


class RemoteModels:
    """Runs models on a cluster. It is an `inputs.Engine`."""

    def __init__(self, cluster: Cluster, lake: Lake) -> None:
        self._cluster = cluster
        self._lake = lake
        # A name of its own: a job that goes on after its run was killed must not write into it.
        self._aside = lake.folder / f".models.{uuid4().hex}.tmp"
        self._given: set[str] = set()

    def tidy(self) -> None:
        """Remove the tables that were kept for other models."""
        for left in self._lake.folder.glob(".models.*tmp"):
            shutil.rmtree(left, ignore_errors=True)

    def load_lake(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Open the lake over there; `lake` here gets all but the pages without a ticker."""
        for table, schema in TABLES.items():
            batches = []
            for number, batch in enumerate(self._lake.batches(), start=1):
                name = f"psx_lake__{table}_{number}"
                self._cluster.read(name, self._lake.parts(batch, table), schema)
                batches.append(f"select *, {number} as batch from {name}")
            self._cluster.name(_there(f"lake.{table}"), " union all ".join(batches))
            self._refuse_other_rows(table)
        documents, files, damage = (
            _there(f"lake.{table}") for table in ("documents", "files", "damage")
        )
        told = f"select file_id from {documents} where outcome <> 'no_block'"
        kept = {
            "documents": f"select * from {documents} where outcome <> 'no_block'",
            "lines": f"select * from {_there('lake.lines')}",
            "damage": f"select * from {damage}",
            "files": f"select * from {files} where file_id in"
            f" ({told} union all select file_id from {damage})",
        }
        for table, query in kept.items():
            schema = TABLES[table].append(pa.field("batch", pa.int32()))
            rows = self._cluster.table(query).cast(schema)
            create_table(connection, f"lake.{table}", rows)

    def _refuse_other_rows(self, table: str) -> None:
        """Object to a cluster that reads another lake, or none: it would publish what it sees."""
        parts = self._lake.parquet_files(table)
        try:
            here = sum(pq.read_metadata(part).num_rows for part in parts)
        except pa.ArrowException as error:
            raise damaged(parts, error) from error
        counted = self._cluster.table(f"select count(*) as seen from {_there(f'lake.{table}')}")
        if (there := counted["seen"][0].as_py()) != here:
            raise InputError(
                f"{self._cluster.url}: it sees {there:,} of {here:,} rows of {table} in"
                f" {self._lake.folder}; {SHARED_PATH}"
            )

    def run(self, connection: duckdb.DuckDBPyConnection, model: SqlFile) -> pa.Table | None:
        """Run a model over there and keep it for those that read it.

        Its columns get the types that DuckDB gives them; `connection` has what it reads.

        Returns:
            Its rows; None if it is a view, whose rows stay there.

        Raises:
            UsageError: it does not carry over.
            InputError: the cluster fails.
        """
        for complaint in complaints(model):
            raise UsageError(str(complaint))
        for table in sorted(model.reads - self._given):
            if table.split(".")[0] in INPUT_SCHEMAS and not table.startswith("lake."):
                self._cluster.give(_there(table), connection.sql(f"from {table}").to_arrow_table())
                self._given.add(table)
        described = connection.execute(f"describe from (\n{model.sql}\n)").fetchall()
        columns = ", ".join(
            f"cast(`{name}` as {_spark_type(kind, name, model)}) as `{name}`"
            for name, kind, *_ in described
        )
        *steps, (name, query) = carried_over(model.sql, model.name, _there)
        for step, part in steps:
            self._cluster.keep(step, part, self._aside / step)
        typed = f"select {columns} from ({query}) as model"
        self._cluster.keep(name, typed, self._aside / name)
        return None if model.is_view else self._cluster.table(f"select * from {name}")


def _spark_type(kind: str, column: str, model: SqlFile) -> str:
    if kind not in _TYPES and not re.fullmatch(r"DECIMAL\(\d+,\d+\)", kind):
        raise UsageError(
            f"{model.path}: the column {column} is of type {kind}, which does not carry over;"
            f" cast it to one of {', '.join(_TYPES).lower()} or decimal"
        )
    return _TYPES.get(kind, kind.lower())


def _there(table: str) -> str:
    """What a table of the models is called on the cluster, where it is a view of the session."""
    return f"psx_{table.replace('.', '__')}"
