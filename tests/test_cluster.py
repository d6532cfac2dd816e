"""The same lake and the same tables, whoever parses and builds: psx on its own, or a cluster.

Sail runs wherever the extra is installed. Apache Spark, a master and two workers, runs with
`make test-spark`.
"""

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from jobs.settings import Warehouse
from jobs.snapshot.lake import Lake
from tests.conftest import ROOT
from tests.support.clusters import (
    SPARK_PYTHON,
    Endpoint,
    children,
    command_line,
    free_port,
    sail,
    spark,
    wait_until,
)
from tests.support.commands import PSX, psx, stopped
from tests.support.containers import CONTAINERS
from tests.support.golden import write_captures
from tests.support.history import SESSIONS, write_history
from tests.support.object_store import object_store
from tests.support.pages import article, page
from tests.support.same import differences, lake_differences
from tests.support.sample import Figures

for package in ("pyspark", "pysail"):
    if not find_spec(package):
        pytest.skip(f"{package} is not installed", allow_module_level=True)

on_spark = pytest.mark.skipif(not SPARK_PYTHON, reason="`make test-spark` runs Apache Spark")


@pytest.fixture(scope="module", params=["sail", pytest.param("spark", marks=on_spark)])
def endpoint(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Endpoint]:
    started = spark(tmp_path_factory.mktemp("spark")) if request.param == "spark" else sail()
    with started as running:
        yield running


def night(root: Path, source: Path, *words: object) -> Warehouse:
    """Parse and build as a user does; `words` say where."""
    remote = words[:2] if "--remote" in words else ()
    parsed = psx("parse", "-w", root, *remote, source)
    assert parsed.returncode == 0, parsed.stderr
    built = psx("build", "-w", root, *words)
    assert built.returncode == 0, built.stderr
    return Warehouse(root)


def both(folder: Path, source: Path, endpoint: Endpoint, *words: object) -> list[Warehouse]:
    """The same night here and on the cluster."""
    return [
        night(folder / "here", source, *words),
        night(folder / "there", source, "--remote", endpoint.url, *words),
    ]


def test_the_sample_gives_the_same_lake_and_the_same_tables(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    here, there = both(tmp_path, ROOT / "warehouse" / "landing", endpoint)
    assert lake_differences(here, there) == []
    assert differences(here, there) == []
    again = psx("parse", "-w", there.root, "--remote", endpoint.url, ROOT / "warehouse" / "landing")
    assert again.stdout.startswith("nothing new: all ")
    assert psx("check", "-w", there.root).returncode == 0
    assert [p.name for p in there.lake.iterdir()] == ["batch-00000001"]


def test_the_real_captures_give_the_same_lake_and_the_same_tables(
    tmp_path: Path, endpoint: Endpoint, real: Figures
) -> None:
    write_captures(real, tmp_path / "captures", is_dated=True)
    here, there = both(tmp_path, tmp_path / "captures", endpoint)
    assert lake_differences(here, there) == []
    assert differences(here, there) == []


def test_a_history_of_200_sessions_gives_the_same_lake_and_the_same_tables(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    history = write_history(tmp_path / "pages")
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        settings = tmp_path / name / "psx.toml"
        settings.write_text("built_in_history = false\n", encoding="utf-8")
    here, there = both(tmp_path, tmp_path / "pages", endpoint, "--index-history", history)
    assert lake_differences(here, there) == []
    assert differences(here, there) == []
    told = psx("status", "-w", there.root, "--json")
    assert told.returncode == 0
    assert len(SESSIONS) == 200


def test_every_container_damaged_and_copied_ones_too_gives_the_same_lake(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    source = tmp_path / "pages"
    sample = sorted((ROOT / "warehouse" / "landing").glob("*.txt"))[:9]
    for number, write in enumerate(CONTAINERS.values()):
        folder = source / f"kind {number}"
        folder.mkdir(parents=True)
        texts = {f"{f.stem}-{number}": f"{f.read_text()}\n{number}" for f in sample}
        write(folder, texts)
    (whole,) = source.glob("*/pages.warc.gz")
    (source / "cut.warc.gz").write_bytes(whole.read_bytes()[:-4000])
    (source / "bad.jsonl").write_text('{"text": "a"}\nno json\n{"text": 3}\n')
    (source / "copy of a page.txt").write_bytes(sample[0].read_bytes())
    (source / "2024-05-03T15:00 the same.txt").write_bytes(sample[0].read_bytes())
    (source / "a [b] {c} 100%.txt").write_bytes(sample[1].read_bytes())
    (source / "why?.txt").write_bytes(sample[2].read_bytes())
    (source / "whys.txt").write_bytes(sample[3].read_bytes())
    (source / "a%20b.txt").write_bytes(sample[4].read_bytes())
    (source / "a b.txt").write_bytes(sample[5].read_bytes())
    (source / "empty.txt").write_bytes(b"")
    (source / "_under").mkdir()
    (source / "_under" / ".dot.txt").write_bytes(sample[6].read_bytes())
    (source / "date=2024-05-03").mkdir()
    (source / "date=2024-05-03" / "page.txt").write_bytes(sample[7].read_bytes())
    (source / "2024-05-02").mkdir()
    (source / "2024-05-02" / "captures.csv").write_text("file,captured_at\np.txt,2024-05-01\n")
    (source / "2024-05-02" / "p.txt").write_bytes(sample[8].read_bytes())
    for name in ("z.html", "a.txt", "m.html"):  # one content, which its name says how to read
        (source / name).write_text(f"<b>{sample[0].read_text()}</b> A&amp;B")
    for name, words in (("here", []), ("there", ["--remote", endpoint.url])):
        parsed = psx("parse", "-w", tmp_path / name, *words, source)
        assert parsed.returncode == 0, parsed.stderr
    here, there = (Warehouse(tmp_path / name) for name in ("here", "there"))
    assert lake_differences(here, there) == []


def test_a_file_is_named_as_psx_names_it(tmp_path: Path, endpoint: Endpoint) -> None:
    pages = sorted((ROOT / "warehouse" / "landing").glob("*.txt"))
    (tmp_path / "pages").mkdir()
    for file, name in zip(pages, ("why?.txt", "whys.txt", "page.log"), strict=False):
        shutil.copy(file, tmp_path / "pages" / name)
    (tmp_path / "pages" / "captures.csv").write_text("file,captured_at\npage.log,2024-05-03\n")
    sources = [
        tmp_path / "pages" / "why?.txt",
        f"file://{tmp_path}/pages/../pages/page.log",
    ]
    said = psx("parse", "-w", tmp_path / "there", "--remote", endpoint.url, *sources)
    assert "parsed 2 new of 2 files" in said.stdout, said.stderr
    files = Lake(tmp_path / "there" / "lake").known_files()
    assert files["stated_by"].to_list() == ["captures.csv", None]


UNREADABLE = Path("/proc/self/mem")
"""A file of which the first byte is an error, whoever reads it."""


@pytest.mark.skipif(not UNREADABLE.exists(), reason="needs Linux")
def test_a_file_that_workers_cannot_read_is_told_and_tried_again(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    page = sorted((ROOT / "warehouse" / "landing").glob("*.txt"))[0]
    words = ("-w", tmp_path, "--remote", endpoint.url)
    because = f"{UNREADABLE}: cannot be read (Input/output error)"
    done = psx("parse", *words, UNREADABLE, page)
    assert done.stderr == f"psx: refused {because}; it is tried again next time\n"
    assert "parsed 1 new of 2 files" in done.stdout
    again = psx("parse", *words, UNREADABLE)
    assert (again.returncode, again.stderr) == (0, done.stderr)
    assert Lake(tmp_path / "lake").known_files()["path"].to_list() == [str(page)]


def test_a_warehouse_whose_name_engines_take_for_another_is_refused(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    page = sorted((ROOT / "warehouse" / "landing").glob("*.txt"))[0]
    root = tmp_path / "w%41"
    code, said = stopped("parse", "-w", root, "--remote", endpoint.url, page)
    assert code == 2
    assert said.endswith("engines take no % in the name of a warehouse folder")
    assert {p.name for p in root.rglob("*")} == {".lock", "lake"}
    assert psx("parse", "-w", root, page).returncode == 0
    assert stopped("build", "-w", root, "--remote", endpoint.url)[0] == 2
    assert not (root / "market.duckdb").exists()


@contextmanager
def stored_on_sail(objects: dict[str, bytes], folder: Path) -> Iterator[Endpoint]:
    """Sail, and an object store that holds `objects` in a bucket."""
    with object_store("crawl", objects) as settings, sail(settings) as endpoint:
        yield endpoint


@contextmanager
def stored_on_spark(objects: dict[str, bytes], folder: Path) -> Iterator[Endpoint]:
    """Spark, and a folder that is mounted under an address."""
    for key, content in objects.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(content)
    mount = {"spark.hadoop.fs.viewfs.mounttable.crawl.link./2024": f"file://{folder}/2024"}
    with spark(folder.parent, settings=mount) as endpoint:
        yield endpoint


@pytest.mark.parametrize(
    ("stored", "scheme"),
    [(stored_on_sail, "s3a"), pytest.param(stored_on_spark, "viewfs", marks=on_spark)],
)
def test_pages_on_object_storage_are_known_by_their_addresses(
    stored: Callable[..., AbstractContextManager[Endpoint]], scheme: str, tmp_path: Path
) -> None:
    sample = sorted((ROOT / "warehouse" / "landing").glob("*.txt"))[:6]
    names = ("a.txt", "b c.txt", "2024-05-03T1500 d [e] 100%25?.txt", "deeper/f.txt")
    source = tmp_path / "pages"
    (source / "deeper").mkdir(parents=True)
    for name, file in zip(names, sample, strict=False):
        shutil.copy(file, source / name)
    objects = {f"2024/{name}": (source / name).read_bytes() for name in names}
    objects["apart.txt"] = b"nothing"
    here, there = (Warehouse(tmp_path / name) for name in ("here", "there"))
    assert psx("parse", "-w", here.root, source).returncode == 0
    with stored(objects, tmp_path / "store") as endpoint:
        words = ("-w", there.root, "--remote", endpoint.url)
        done = psx("parse", *words, f"{scheme}://crawl/2024/")
        assert "parsed 4 new of 4 files" in done.stdout, done.stderr
        assert lake_differences(here, there) == ["files"]
        found = pl.DataFrame(Lake(there.lake).known_files())
        assert sorted(found["path"]) == sorted(f"{scheme}://crawl/2024/{name}" for name in names)
        assert found["stated_at"].drop_nulls().to_list() == [datetime(2024, 5, 3, 10, tzinfo=UTC)]

        shutil.copy(sample[5], source / "late.txt")
        again = psx("parse", *words, f"{scheme}://crawl/2024/a.txt", source)
        told = "parsed 1 new of 6 files (4 known under another name or time)"
        assert told in again.stdout, again.stderr
        code, said = stopped("parse", *words, f"{scheme}://crawl/2024/2025/")
    assert code == 3
    assert "no such file or folder" in said


def test_a_night_here_goes_on_from_one_on_the_cluster_and_back(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    source = tmp_path / "pages"
    source.mkdir()
    pages = sorted((ROOT / "warehouse" / "landing").glob("*.txt"))[:4]
    root = tmp_path / "warehouse"
    for number, file in enumerate(pages):
        shutil.copy(file, source)
        words = ["--remote", endpoint.url] if number % 2 else []
        said = psx("parse", "-w", root, *words, source)
        assert f"parsed 1 new of {number + 1} files" in said.stdout, said.stderr
    assert [d.name for d in Lake(root / "lake").batches()] == [f"batch-{n:08}" for n in range(1, 5)]
    whole = psx("parse", "-w", tmp_path / "at once", source)
    assert whole.returncode == 0
    once, nights = (Warehouse(tmp_path / name) for name in ("at once", "warehouse"))
    assert lake_differences(once, nights) == []
    for table in ("documents", "lines"):
        counts = [
            sum(pq.read_metadata(part).num_rows for part in Lake(w.lake).parquet_files(table))
            for w in (once, nights)
        ]
        assert counts[0] == counts[1]


def test_a_file_that_a_killed_night_began_is_gone_on_with(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    CONTAINERS["jsonl"](tmp_path, {f"p{n}": article(n) for n in range(3)})
    (file,) = tmp_path.glob("*.jsonl")
    here, there = (Warehouse(tmp_path / name) for name in ("here", "there"))
    for warehouse in (here, there):
        assert psx("parse", "-w", warehouse.root, file).returncode == 0
    (batch,) = Lake(there.lake).batches()
    for table, kept in (("files", 0), ("documents", 2)):  # as if it had been killed before the end
        rows = pq.read_table(batch / f"{table}.parquet")
        pq.write_table(rows[:kept], batch / f"{table}.parquet")
    done = psx("parse", "-w", there.root, "--remote", endpoint.url, file)
    assert "parsed 1 new of 1 files" in done.stdout, done.stderr
    assert lake_differences(here, there) == []


def test_an_endpoint_that_is_not_there_is_one_line_and_exit_code_3(tmp_path: Path) -> None:
    url = f"sc://127.0.0.1:{free_port()}"
    for words in (["parse", tmp_path], ["build"]):
        code, said = stopped(*words, "-w", tmp_path, "--remote", url)
        assert code == 3
        assert said == f"{url}: no Spark Connect endpoint answers (Connection refused); start it"


def test_a_token_in_an_address_is_never_told(tmp_path: Path) -> None:
    for url in (
        f"sc://127.0.0.1:{free_port()}/;token=secret",
        "sc://;token=secret",
        "a;token=secret",
    ):
        code, said = stopped("build", "-w", tmp_path, "--remote", url)
        assert code in (2, 3)
        assert "secret" not in said


def test_without_the_extra_the_error_says_what_brings_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['grpc'] = None; from jobs.cli import main;"
        f" sys.argv = ['psx', 'parse', '-w', '{tmp_path}', '--remote', 'sc://x']; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "psx: --remote needs the package grpc; the extra `spark` of psx-warehouse brings it\n"
    )


def test_an_address_that_is_none_is_usage_and_not_told(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"sc://127.0.0.1:{listening.getsockname()[1]}"
        for rest in (";user_id=a;token=secret=b", "token=secret"):
            code, said = stopped("build", "-w", tmp_path, "--remote", f"{url}/{rest}")
            assert code == 2
            assert said == f"--remote {url}: expected sc://host:port/;key=value;..."


def test_what_cannot_be_done_remotely_is_refused(tmp_path: Path, endpoint: Endpoint) -> None:
    where = ("-w", tmp_path, "--remote", endpoint.url)
    assert stopped("parse", tmp_path, "-w", tmp_path, "--remote", "http://x")[0] == 2
    assert stopped("parse", tmp_path, *where, "--dry-run")[0] == 2
    assert stopped("build", *where, "--select", "captures")[0] == 2
    code, said = stopped("parse", tmp_path / "nowhere", *where)
    assert code == 3
    assert "no such file or folder" in said
    assert not list((tmp_path / "lake").glob("*"))
    assert stopped("build", *where)[0] == 3


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that take a cluster some seconds: 24 of JSON lines, each of 600 pages."""
    folder = tmp_path_factory.mktemp("many")
    blocks = [f.read_text() for f in sorted((ROOT / "warehouse" / "landing").glob("*.txt"))]
    for number in range(24):
        pages = {
            f"{number}-{n}": page(blocks[(number + n) % len(blocks)], 600 * number + n)
            if n % 10 == 0
            else article(600 * number + n, 60)
            for n in range(600)
        }
        CONTAINERS["jsonl"](folder, pages)
        (folder / "pages.jsonl").rename(folder / f"pages{number:02}.jsonl")
    return folder


def test_a_connection_that_is_lost_in_mid_job_commits_nothing(tmp_path: Path, many: Path) -> None:
    with sail() as endpoint:
        command = [PSX, "parse", "-w", tmp_path, "--remote", endpoint.url, many]
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        wait_until(lambda: list(tmp_path.glob("lake/.batch-*/parsed")), 120, "the job to begin")
        endpoint.kill("server")
        _, said = running.communicate(timeout=300)
    assert running.returncode == 3
    assert said.count("\n") == 1, said
    line = said.strip()
    assert line == f"psx: {endpoint.url}: the connection was lost; nothing half done is kept"
    assert list((tmp_path / "lake").iterdir()) == []


def test_an_endpoint_that_dies_while_models_run_leaves_the_published_build(tmp_path: Path) -> None:
    published = night(tmp_path, ROOT / "warehouse" / "landing").database.resolve()
    with sail() as endpoint:
        command = [PSX, "build", "-w", tmp_path, "--remote", endpoint.url]
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        kept = "lake/.models.*/psx_core__*"
        wait_until(lambda: list(tmp_path.glob(kept)), 120, "the models to run")
        endpoint.kill("server")
        _, said = running.communicate(timeout=300)
    assert running.returncode == 3
    assert said == f"psx: {endpoint.url}: the connection was lost; nothing half done is kept\n"
    assert Warehouse(tmp_path).database.resolve() == published
    assert not list(tmp_path.glob("lake/.models*"))
    assert [g.name for g in (tmp_path / "generations").iterdir()] == [published.parent.name]


@on_spark
@pytest.mark.parametrize("victim", ["CoarseGrainedExecutorBackend", "pyspark.daemon", "worker"])
def test_what_is_killed_in_mid_job_changes_nothing(tmp_path: Path, many: Path, victim: str) -> None:
    here = tmp_path / "here"
    assert psx("parse", "-w", here, many).returncode == 0
    there = tmp_path / "there"
    with spark(tmp_path) as endpoint:
        command = [PSX, "parse", "-w", there, "--remote", endpoint.url, many]
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        worker = endpoint.processes["worker0"].pid

        def prey() -> list[int]:
            return [p for p in children(worker) if "pyspark.daemon" in command_line(p)]

        wait_until(prey, 300, "a worker's Python")
        if victim == "worker":
            endpoint.kill("worker0")
        else:
            killed = [p for p in children(worker) if victim in command_line(p)]
            assert killed
            subprocess.run(["kill", "-9", *map(str, killed)], check=False)
        _, said = running.communicate(timeout=900)
    assert running.returncode == 0, said
    assert lake_differences(Warehouse(here), Warehouse(there)) == []


@on_spark
def test_an_executor_killed_while_models_run_changes_nothing(tmp_path: Path) -> None:
    here = night(tmp_path / "here", ROOT / "warehouse" / "landing")
    there = Warehouse(tmp_path / "there")
    assert psx("parse", "-w", there.root, ROOT / "warehouse" / "landing").returncode == 0
    with spark(tmp_path) as endpoint:
        command = [PSX, "build", "-w", there.root, "--remote", endpoint.url]
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        kept = "lake/.models.*/psx_core__*"
        wait_until(lambda: list(there.root.glob(kept)), 600, "the models to run")
        started = children(endpoint.processes["worker0"].pid)
        killed = [p for p in started if "CoarseGrainedExecutorBackend" in command_line(p)]
        assert killed
        subprocess.run(["kill", "-9", *map(str, killed)], check=False)
        _, said = running.communicate(timeout=1200)
    assert running.returncode == 0, said
    assert differences(here, there) == []
