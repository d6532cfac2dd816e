"""Pieces of the work on a cluster, tried without one.

The client of Spark objects to being imported by a test, so what imports it runs as a script.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from jobs.cluster.kernel import PLACES, of_contents, of_places
from jobs.snapshot.containers.found import Limits
from tests.conftest import ROOT
from tests.support.commands import psx

if not find_spec("pyspark"):
    pytest.skip("pyspark is not installed", allow_module_level=True)


def printed(folder: Path, script: str) -> list[str]:
    """The lines that a script prints."""
    file = folder / "script.py"
    file.write_text(script)
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_what_is_no_longer_as_it_was_listed_is_left_for_the_next_time(tmp_path: Path) -> None:
    script = """
import polars as pl
from jobs.cluster.ingest import _Batch
from jobs.errors import InputError
from jobs.snapshot.containers.found import Limits
from jobs.snapshot.ingest import Ingested
files = pl.DataFrame({"path": ["a", "b", "c", "d", "e"], "size": [5, 7, 9, 8, 5]})
read = pl.DataFrame({
    "path": ["a", "b", "c", "d", "e"],
    "file_id": ["x", "y", None, "y", "x"],
    "size": [5, 8, None, 8, 5],
    "document_count": [1, 1, None, None, 1],
    "problem": [None, None, "it is away", None, None],
})
result = Ingested()
sound, fresh = _Batch(None, Limits(), set(), {}, result)._chosen(read, files)
print(*sorted(sound["path"]), *fresh["path"], *result.refused, sep="\\n")
class Away:
    url = "sc://there"
gone = read.with_columns(
    size=pl.lit(None, pl.Int64), problem=pl.lit("cannot be read (No such file or directory)")
)
try:
    _Batch(Away, Limits(), set(), {}, result)._chosen(gone, files)
except InputError as error:
    print(error)
"""
    changed = "cannot be read (it changed while it was read); it is tried again next time"
    assert printed(tmp_path, script) == [
        "a",
        "e",
        "a",
        f"b: {changed}",
        "c: it is away",
        f"d: {changed}",  # its content came under the name of b
        "sc://there: the workers see none of the files, such as a; they must lie there under the"
        " same paths as here",
    ]


def test_a_copy_of_a_large_file_that_changes_is_parsed_whole(tmp_path: Path) -> None:
    line = b'{"text": "' + b"x" * 1_000_000 + b'"}\n'
    rows = []
    for name in ("a.jsonl", "b.jsonl"):
        file = tmp_path / name
        file.write_bytes(line * 40)
        status = file.stat()
        changed = name == "a.jsonl"
        rows.append((name, bytes(file), status.st_size, status.st_mtime_ns + changed))
    columns = zip(PLACES, zip(*rows, strict=True), strict=True)
    batch = pa.record_batch([pa.array(v, f.type) for f, v in columns], schema=PLACES)
    parsed = pl.concat(pl.DataFrame(pa.table(rows)) for rows in of_places(Limits(), {})([batch]))
    read = parsed["files"].struct.unnest().drop_nulls("path").sort("path")
    assert read["document_count"].to_list() == [None, 40]
    assert read["problem"][0].startswith("cannot be read (it changed while it was read)")
    documents = parsed["documents"].struct.unnest().filter(pl.col("path") == "b.jsonl")
    assert sorted(documents["document"]) == list(range(1, 41))


def test_a_file_too_large_to_travel_is_told_and_the_others_are_parsed(tmp_path: Path) -> None:
    script = """
import polars as pl
from jobs.cluster.ingest import _without_giants
from jobs.snapshot.ingest import Ingested
paths = ["s3a://crawl/large.warc", "s3a://crawl/small.warc", "/data/large.warc"]
files = pl.DataFrame({"path": paths, "size": [2_000_000_001, 2_000_000_000, 9_000_000_000]})
result = Ingested()
print(*_without_giants(files, result)["path"], *result.refused, sep="\\n")
"""
    assert printed(tmp_path, script) == [
        "s3a://crawl/small.warc",
        "/data/large.warc",
        "s3a://crawl/large.warc: 2,000,000,001 bytes are too much for one value on a cluster (at"
        " most 2,000,000,000); split it, or put it on the file system that the workers share",
    ]


def test_a_cluster_that_sees_another_lake_publishes_nothing(tmp_path: Path) -> None:
    page = sorted((ROOT / "warehouse" / "landing").glob("*.txt"))[0]
    assert psx("parse", "-w", tmp_path, page).returncode == 0
    script = f"""
from pathlib import Path
import pyarrow as pa
from jobs.cluster.build import RemoteModels
from jobs.errors import InputError
from jobs.snapshot.lake import Lake
class Blind:
    url = "sc://there"
    def read(self, *_):
        pass
    def name(self, *_):
        pass
    def table(self, query):
        return pa.table({{"seen": [0]}})
lake = Lake(Path("{tmp_path}/lake"))
for _ in range(2):
    try:
        RemoteModels(Blind(), lake).load_lake(None)
    except InputError as error:
        print(error)
    lake.parquet_files("files")[0].write_bytes(b"damaged")
"""
    assert printed(tmp_path, script) == [
        f"sc://there: it sees 0 of 1 rows of files in {tmp_path}/lake; the warehouse must lie on a"
        " file system that the workers share, under the same path",
        f"{tmp_path}/lake/batch-00000001/files.parquet: damaged; restore it, or remove the lake and"
        " parse anew",
    ]


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        (
            "select\n    i,\n    nothing as n\nfrom core.t",
            ":5: Binder Error: Referenced column",
        ),
        ("select\n    i,\n    [i] as n\nfrom core.t", ": the column n is of type INTEGER[]"),
        ("select\n    i,\n    [1.5] as n\nfrom core.t", ": the column n is of type DECIMAL(2,1)[]"),
    ],
)
def test_a_model_that_cannot_run_over_there_is_refused_by_name(
    query: str, complaint: str, tmp_path: Path
) -> None:
    (tmp_path / "m.sql").write_text(f"-- One row.\n-- grain: i\n{query}\n")
    script = f"""
from pathlib import Path
import duckdb
from jobs.cluster.build import RemoteModels
from jobs.errors import PsxError
from jobs.models.header import read_sql_file
from jobs.models.run import run_model
from jobs.snapshot.lake import Lake
connection = duckdb.connect()
connection.execute("create schema core; create table core.t as select 1 as i")
model = read_sql_file(Path("{tmp_path}/m.sql"))
try:
    run_model(connection, model, RemoteModels(None, Lake(Path("{tmp_path}"))))
except PsxError as error:
    print(int(error.exit_code), error)
"""
    (line,) = printed(tmp_path, script)
    assert line.startswith(f"2 {tmp_path}/m.sql{complaint}"), line


def test_the_kernel_gives_each_document_once_and_tells_what_it_read() -> None:
    files = sorted((ROOT / "warehouse" / "landing").glob("*.txt"))[:5]
    batch = pa.RecordBatch.from_pydict(
        {"path": [f.name for f in files], "content": [f.read_bytes() for f in files]}
    )
    parsed = of_contents(Limits(), {}, "s3://crawl")([batch])
    rows = [row for part in parsed for row in part.to_pylist()]
    read = [row["files"] for row in rows if row["files"]]
    assert [row["path"] for row in read] == [f"s3://crawl/{file.name}" for file in files]
    assert [row["size"] for row in read] == [file.stat().st_size for file in files]
    assert [row["document_count"] for row in read] == [1] * len(files)
    assert len([row for row in rows if row["documents"]]) == len(files)
    assert all(sum(value is not None for value in row.values()) == 1 for row in rows)


def test_the_workers_need_no_spark_and_no_command_line() -> None:
    code = (
        "import sys; import jobs.cluster.kernel;"
        " print(sorted({'pyspark', 'grpc', 'typer', 'duckdb', 'sqlglot'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
