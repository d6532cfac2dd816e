"""One small interface to a cluster: read files, run the kernel, run a model, hand back a table."""

import contextlib
import re
import socket
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pyarrow as pa

from jobs.cluster.kernel import PARSED, PLACES, address, of_contents, of_places
from jobs.errors import InputError, UsageError
from jobs.snapshot.containers.found import MEGABYTE, Limits

for chatter in ("PySpark does not yet fully support pandas", r"\[RETRIES_EXCEEDED\]"):
    warnings.filterwarnings("ignore", message=chatter)

try:
    import grpc
    from pyspark.errors import AnalysisException, PySparkException, UnsupportedOperationException
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.pandas.types import from_arrow_schema
except ImportError as missing:
    raise UsageError(
        f"--remote needs the package {missing.name}; the extra `spark` of psx-warehouse brings it"
    ) from missing

NEEDED_BY_WORKERS = (
    "backports-zstd", "fastwarc", "isal", "orjson", "polars", "pyarrow", "selectolax", "xxhash",
)  # fmt: skip
"""The packages that the Python of the workers must have; psx itself is shipped to them."""

_PORT = 15002
_PATIENCE = 10
"""Seconds that an endpoint has to take a connection."""

_TASK_BYTES = 32 * MEGABYTE
_FEWEST_TASKS = 16
"""How files on a shared file system are dealt out, if there are as many."""

SHARED_PATH = "the warehouse must lie on a file system that the workers share, under the same path"
"""The remedy where a cluster does not see the warehouse that psx sees."""

_CONNECT = "connect"
_NOWHERE = "there is no such file or folder over there, or nothing in it"

_CONF = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.ansi.enabled": "true",
}


class Cluster:
    """A Spark Connect session: an Apache Spark cluster, a hosted one, or Sail."""

    def __init__(self, url: str) -> None:
        """Connect to `sc://host:port`.

        Raises:
            UsageError: that is no address of such an endpoint.
            InputError: nobody answers there.
        """
        self.url = _knock(url)
        """The address without what follows it, which can be a token."""
        with self._told(_CONNECT):
            try:
                self._spark: SparkSession = SparkSession.builder.remote(url).create()
            except PySparkException as error:
                if "INVALID_CONNECT_URL" not in str(error):
                    raise
                # What it says repeats the address, which can hold a token.
                raise UsageError(
                    f"--remote {self.url}: expected sc://host:port/;key=value;..."
                ) from None
            client = self._spark.client
            client.set_retry_policies([DefaultPolicy(max_retries=4, max_backoff=2000)])
            _ = self._spark.version  # the first question, which only such an endpoint answers
            for key, value in _CONF.items():
                with contextlib.suppress(PySparkException):  # not every engine knows every one
                    self._spark.conf.set(key, value)
        self._has_shipped = False
        self._as_listed: dict[str, str] = {}
        """From the name of a file to what the engine calls it."""

    def close(self) -> None:
        """End the session; what it holds over there is gone."""
        with contextlib.suppress(PySparkException, grpc.RpcError):
            self._spark.stop()

    def files(self, source: str) -> pl.DataFrame:
        """Every file under an address on object storage: `path`, `size` (bytes), `modified_ns`.

        Engines leave out files and folders whose name begins with a dot or an underscore.

        Raises:
            InputError: there is nothing.
        """
        with self._told(f"list {source}"):
            reader = self._spark.read.format("binaryFile").option("recursiveFileLookup", "true")
            found = reader.load(_pattern(source)).select("path", "length", "modificationTime")
            listed = pl.DataFrame(found.toArrow())
        names = [address(path, store_of(source)) for path in listed["path"]]
        self._as_listed.update(zip(names, listed["path"], strict=True))
        files = listed.select(
            path=pl.Series(names, dtype=pl.String),
            size=pl.col("length").cast(pl.Int64),
            modified_ns=pl.col("modificationTime").dt.timestamp("ns"),
        )
        if "?" in _pattern(source):  # which may have matched others as well
            itself = source.rstrip("/")
            files = files.filter(
                (pl.col("path") == itself) | pl.col("path").str.starts_with(f"{itself}/")
            )
        if files.is_empty():  # Sail lists nothing where Spark finds no such path
            raise InputError(f"{self.url}: list {source}: {_NOWHERE}")
        return files

    def parse(
        self, files: pl.DataFrame, begun: Mapping[str, int], limits: Limits, into: Path
    ) -> None:
        """Run the kernel over files, split by file; `kernel.PARSED` as Parquet in `into`.

        Those on a shared file system are opened by the workers; those on object storage travel to
        them whole, as the engine reads them.

        Args:
            files: what `sources.find_files` gives, or `files` here.
            begun: as of `portions.Seen`.
            limits: what a document, and what compression, may ask for.
            into: a folder on the shared file system.
        """
        self._ship()
        stores = pl.Series([store_of(path) for path in files["path"]], dtype=pl.String)
        parts = []
        with self._told("parse"), self._one_file_a_record():
            for (store,), group in files.group_by(stores.alias("store"), maintain_order=True):
                if store:
                    rows, kernel = self._contents(group), of_contents(limits, begun, str(store))
                else:
                    rows, kernel = self._places(group), of_places(limits, begun)
                parts.append(rows.mapInArrow(kernel, from_arrow_schema(PARSED)))
            reduce(DataFrame.union, parts).write.parquet(_shared(into))
        if not into.is_dir():
            raise InputError(
                f"{self.url}: what it wrote to {into.parent.parent} is not there; {SHARED_PATH}"
            )

    def _places(self, files: pl.DataFrame) -> DataFrame:
        rows = files.select(PLACES.names).to_arrow().cast(PLACES)
        task_count = max(int(files["size"].sum()) // _TASK_BYTES, _FEWEST_TASKS)
        return self._spark.createDataFrame(rows).repartition(min(task_count, files.height))

    def _contents(self, files: pl.DataFrame) -> DataFrame:
        """Whole files as rows: `path`, `content`."""
        patterns = [_pattern(path) for path in files["path"]]
        rows = self._spark.read.format("binaryFile").load(patterns)
        if any("?" in pattern for pattern in patterns):  # which may match others as well
            rows = rows.where(rows["path"].isin([self._as_listed[path] for path in files["path"]]))
        return rows.select("path", "content")

    @contextlib.contextmanager
    def _one_file_a_record(self) -> Iterator[None]:
        """Hand each file to the kernel by itself, for a batch of large ones is beyond measure."""
        key = "spark.sql.execution.arrow.maxRecordsPerBatch"
        with contextlib.suppress(PySparkException):  # not every engine knows it
            self._spark.conf.set(key, "1")
        try:
            yield
        finally:
            with contextlib.suppress(PySparkException, grpc.RpcError):
                self._spark.conf.unset(key)

    def give(self, name: str, rows: pa.Table) -> None:
        """Make `rows` the table `name` over there."""
        with self._told(f"take {name}"):
            frame = (
                self._spark.createDataFrame(rows)
                if rows.num_rows
                else self._spark.createDataFrame([], from_arrow_schema(rows.schema))
            )
            frame.createOrReplaceTempView(name)

    def read(self, name: str, files: Sequence[Path], schema: pa.Schema) -> None:
        """Make Parquet files, with the columns of `schema`, the table `name` over there."""
        if not files:
            self.give(name, schema.empty_table())
            return
        with self._told(f"read {name}"):
            frame = self._spark.read.schema(from_arrow_schema(schema))
            frame.parquet(*map(_shared, files)).createOrReplaceTempView(name)

    def keep(self, name: str, query: str, folder: Path) -> None:
        """Run `query`, keep its rows as Parquet in `folder`, and make that the table `name`."""
        with self._told(name):
            frame: DataFrame = self._spark.sql(query)
            frame.write.parquet(_shared(folder))
            kept = self._spark.read.schema(frame.schema).parquet(_shared(folder))
            kept.createOrReplaceTempView(name)

    def name(self, name: str, query: str) -> None:
        """Make `query` the table `name` over there; it runs whenever that is read."""
        with self._told(name):
            self._spark.sql(query).createOrReplaceTempView(name)

    def table(self, query: str) -> pa.Table:
        """What a query gives."""
        with self._told("hand back a table"):
            return self._spark.sql(query).toArrow()

    def _ship(self) -> None:
        """Send psx to the workers; where an engine takes no code, its Python must have psx."""
        if self._has_shipped:
            return
        with (
            self._told("take the code of psx"),
            contextlib.suppress(UnsupportedOperationException),
            TemporaryDirectory() as folder,
        ):
            self._spark.addArtifacts(str(_packed_code(Path(folder))), pyfile=True)
        self._has_shipped = True

    @contextlib.contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        """Failures of the cluster as one line."""
        try:
            yield
        except (PySparkException, grpc.RpcError) as error:
            raise self._error(doing, error) from error

    def _error(self, doing: str, error: Exception) -> InputError | UsageError:
        said = " ".join(str(error).split())
        if re.search("UNAUTHENTICATED|PERMISSION_DENIED", said):
            return InputError(f"{self.url}: it takes no work without a token, or refuses this one")
        if isinstance(error, grpc.RpcError) or _LOST.search(said):
            if doing == _CONNECT:
                return InputError(
                    f"{self.url}: what answers there is no Spark Connect endpoint, or is not ready"
                )
            return InputError(f"{self.url}: the connection was lost; nothing half done is kept")
        if missing := re.search(r"No module named '?([\w.]+)", said):
            return InputError(
                f"{self.url}: the Python of the workers lacks {missing[1]}; it needs"
                f" {', '.join(NEEDED_BY_WORKERS)}, and on an engine that takes no code psx itself"
            )
        if isinstance(error, AnalysisException) and "PATH_NOT_FOUND" in said:
            return InputError(f"{self.url}: {doing}: {_NOWHERE}")
        return InputError(f"{self.url}: {doing}: {said[:300]}; nothing half done is kept")


@contextlib.contextmanager
def connected(url: str) -> Iterator[Cluster]:
    """A session for the length of a `with` block.

    Raises:
        UsageError: `url` is no address of an endpoint.
        InputError: nobody answers there.
    """
    cluster = Cluster(url)
    try:
        yield cluster
    finally:
        cluster.close()


_LOST = re.compile(
    r"UNAVAILABLE|failed to connect|Connection refused|RETRIES_EXCEEDED|INVALID_HANDLE"
)


def _knock(url: str) -> str:
    """Find out quickly whether anybody listens; the address, fit to be shown."""
    place = re.fullmatch(r"sc://([^/:;@\s]+)(?::(\d{1,5}))?(?:/.*)?", url)
    if not place:
        raise UsageError(f"--remote {url.partition(';')[0]}: expected sc://host:port")
    host, port = place[1], int(place[2] or _PORT)
    shown = f"sc://{host}:{port}"
    try:
        socket.create_connection((host, port), _PATIENCE).close()
    except (OSError, OverflowError) as error:
        said = getattr(error, "strerror", None) or error
        raise InputError(
            f"{shown}: no Spark Connect endpoint answers ({said}); start it"
        ) from error
    return shown


def _pattern(path: str) -> str:
    """A path as engines take it, who see patterns in it: what would be one stands for itself."""
    return re.sub(r"[\[\]{}*\\%]", "?", path)


def store_of(path: str) -> str:
    """How the address of a file on object storage begins, up to the bucket; of a path nothing."""
    found = re.match(r"[\w+.-]+://[^/]*", path)
    return found[0] if found else ""


def _shared(path: Path) -> str:
    """A place on the file system that psx and the cluster share, whatever is the cluster's own.

    Raises:
        UsageError: engines would take its name for another one.
    """
    if odd := re.search(r"[%*?{}\[\]\\]", str(path)):
        raise UsageError(
            f"{path.parent}: engines take no {odd[0]} in the name of a warehouse folder"
        )
    return f"file://{path}"


def _packed_code(folder: Path) -> Path:
    """The package of psx as one zip file in `folder`."""
    package = Path(__file__).parent.parent
    packed = folder / "psx_code.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(package.rglob("*.py")):
            archive.write(file, f"{package.name}/{file.relative_to(package)}")
    return packed
