"""Nights that are disturbed: a small mixed landing, commands at work on it, and what must hold.

A `Scene` is a command and the warehouse that it finds. `disturbed` tells, once it was killed
or failed, what of the promises does not hold; `unsettled` the same after the command ran again.
"""

import hashlib
import os
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.errors import PsxError
from jobs.models.checksums import CHECKSUMS, verify_checksums
from jobs.models.publish import DATABASE, EXPORT, kept_builds
from jobs.settings import Warehouse
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import MOST_SMALL_BATCHES, Lake
from jobs.snapshot.versions import TABLES
from tests.support.commands import psx
from tests.support.containers import CONTAINERS
from tests.support.forked import start
from tests.support.pages import article, page, ticker
from tests.support.scenes import ALL, MARKET

Marts = dict[str, list[dict[str, object]]]

SETTINGS = """
index_history = "history.csv"
built_in_history = false
batch_megabytes = 1
keep_generations = 1
"""
OURS = {"landing", "lake", "generations", "current", "market.duckdb", "export", "report", ".lock"}
OURS |= {"index_history.csv"}
OF_THE_USER = {"psx.toml", "history.csv", "out", "page.html", "tmp"}
TWO_HOURS = 7200
FIRST_BUILD = "FIRST"
"""Stands for the name of the oldest build in the words of a command."""


def page_of(number: int, filler: int = 0) -> str:
    """A sound page of a session, with so many kilobytes of words behind it."""
    return page(ticker(MARKET.page(number)), number) + "kites and lamps\n" * (filler * 64)


def first_pages(root: Path) -> None:
    """A new warehouse folder: settings, history, text files and JSON lines."""
    landing = root / "landing"
    landing.mkdir(parents=True)
    (root / "tmp").mkdir()
    (root / "psx.toml").write_text(SETTINGS, encoding="utf-8")
    MARKET.history(ALL, root / "history.csv")
    for number in (1, 2, 3):
        (landing / f"s{number}.txt").write_text(page_of(number), encoding="utf-8")
    CONTAINERS["jsonl"](landing, {f"s{n}": page_of(n) for n in (4, 5)})


def more_pages(root: Path) -> None:
    """The next night: more than two batches, of an archive, a zip, texts, damage and a refusal."""
    landing = root / "landing"
    CONTAINERS["warc.gz"](landing, {f"s{n}": page_of(n) for n in (6, 7)})
    CONTAINERS["zip"](landing, {f"s{n}": page_of(n) for n in (8, 9)})
    for number in (10, 11):
        text = page_of(number, filler=1100)
        (landing / f"s{number}.txt").write_text(text, encoding="utf-8")
    (landing / "article.txt").write_text(article(3), encoding="utf-8")
    rejected = page_of(12).replace("SA ", "SA -", 1)
    (landing / "s12.txt").write_text(rejected, encoding="utf-8")
    whole = (landing / "pages.warc.gz").read_bytes()
    (landing / "cut.warc.gz").write_bytes(whole[: len(whole) * 2 // 3])


def parsed(root: Path) -> None:
    """All pages are parsed, and nothing was ever built."""
    first_pages(root)
    more_pages(root)
    good("parse", "-w", root)


def arrived(root: Path) -> None:
    """After one night; the pages of the next have arrived."""
    first_pages(root)
    good("parse", "-w", root)
    good("build", "-w", root)
    more_pages(root)


def due(root: Path) -> None:
    """All is parsed, and two builds are old enough to go when the next one is published."""
    arrived(root)
    for _ in range(2):
        good("build", "-w", root)
    good("parse", "-w", root)
    for build in kept_builds(Warehouse(root)):
        then = build.stat().st_mtime - TWO_HOURS
        os.utime(build, (then, then))


def many_batches(root: Path) -> None:
    """One batch less than are compacted, and a page."""
    first_pages(root)
    lake = Lake(root / "lake")
    for number in range(MOST_SMALL_BATCHES):
        text = page_of(number % 5 + 1) + f"of the same session, number {number}\n"
        file = root / "landing" / f"n{number:02}.txt"
        file.write_text(text, encoding="utf-8")
        ingest([file], lake, root)
    assert len(lake.batches()) == MOST_SMALL_BATCHES


def compacted(root: Path) -> None:
    """Batches that a compacted one covers, and a page."""
    many_batches(root)
    good("parse", "-w", root)
    more_pages(root)
    assert len(list((root / "lake").iterdir())) > MOST_SMALL_BATCHES


def exported(root: Path) -> None:
    """After two nights; all that can be exported was exported after the first."""
    arrived(root)
    for words in EXPORTS.values():
        good(*words, "-w", root, cwd=root)
    good("report", "-o", "page.html", "-w", root, cwd=root)
    good("parse", "-w", root)
    good("build", "-w", root)


EXPORTS = {
    "export": ("export", "out/parquet"),
    "export as CSV by year": ("export", "out/csv", "--format", "csv", "--partition-by", "year"),
    "export to Excel": ("export", "out/excel", "--format", "excel"),
}


def good(*words: object, cwd: Path | None = None) -> None:
    """Run a command that must end well."""
    done = psx(*words, **({"cwd": cwd} if cwd else {}))
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Scene:
    """A command of a user in the warehouse folder, and what it finds there."""

    words: tuple[str, ...]
    prepare: Callable[[Path], None]
    outcome: Callable[[Path], object]
    """What must be the same in the end, whatever happened on the way."""

    publishes: bool = False

    def words_for(self, root: Path) -> list[str]:
        """The words of the command, to be run in the warehouse folder."""
        builds = kept_builds(Warehouse(root))
        words = (builds[0].name if word == FIRST_BUILD else word for word in self.words)
        return [*words, "-w", "."]


def lake_rows(root: Path) -> dict[str, list[dict[str, object]]]:
    """Every row of the lake; those of a file's documents need not lie in one batch."""
    lake = Lake(root / "lake")
    return {
        name: pa.concat_tables(map(pq.read_table, lake.parquet_files(name))).to_pylist()
        for name in TABLES
    }


def marts(root: Path) -> Marts:
    """Every row of every mart, but for the name and the time of the build, and builds before."""
    with duckdb.connect(Warehouse(root).database, read_only=True) as connection:
        names = connection.sql(
            "select table_name from duckdb_tables() where schema_name = 'main' order by table_name"
        ).fetchall()
        found = {
            name: connection.sql(f"from {name} order by all").to_arrow_table().to_pylist()
            for (name,) in names
        }
    for about_builds in ("restatements", "build_history", "model_runs"):
        del found[about_builds]  # they depend on the builds before, and on the clock
    for build_row in found["build_info"]:
        for of_this_run in ("build_id", "built_at", "took_seconds", "code_commit"):
            del build_row[of_this_run]
    return found


def files_written(root: Path) -> dict[str, str]:
    """What was exported or reported: files by name, with a digest of what they say."""
    found = [file for file in (root / "out").rglob("*") if file.is_file()]
    found += [file for file in [root / "page.html"] if file.exists()]
    named = {str(file.relative_to(root)): file for file in found}
    return {name: _digest(file) for name, file in named.items() if "/." not in name}


def _digest(file: Path) -> str:
    if file.suffix != ".xlsx":
        return hashlib.sha256(file.read_bytes()).hexdigest()
    with zipfile.ZipFile(file) as book:  # it tells the time of its making elsewhere
        sheets = sorted(name for name in book.namelist() if name.startswith("xl/worksheets"))
        return hashlib.sha256(b"".join(map(book.read, sheets))).hexdigest()


def published(root: Path) -> str | None:
    """The build that readers see."""
    current = Warehouse(root).current
    return current.readlink().name if current.is_symlink() else None


SCENES = {
    "parse": Scene(("parse",), arrived, lake_rows),
    "compaction": Scene(("parse",), many_batches, lake_rows),
    "after compaction": Scene(("parse",), compacted, lake_rows),
    "first build": Scene(("build",), parsed, marts, publishes=True),
    "build": Scene(("build",), due, marts, publishes=True),
    "rollback": Scene(("rollback", FIRST_BUILD), exported, published, publishes=True),
    "report": Scene(("report", "-o", "page.html"), exported, files_written),
    **{name: Scene(words, exported, files_written) for name, words in EXPORTS.items()},
}


@dataclass(frozen=True)
class Undisturbed:
    """What a scene is before its command, and after one that nothing disturbed."""

    files_before: dict[str, str]
    files_after: dict[str, str]
    landing: str
    published: str | None
    outcome: object

    @classmethod
    def of(cls, scene: Scene, before: Path, after: Path) -> "Undisturbed":
        """`after` is a copy of `before`, in which the command ran."""
        written = files_written(before), files_written(after)
        return cls(*written, landing_digest(before), published(before), scene.outcome(after))


def landing_digest(root: Path) -> str:
    """Of the files that psx never touches, down to their times."""
    files = sorted(file for file in (root / "landing").rglob("*"))
    told = [f"{f} {f.stat().st_mtime_ns} {_digest(f)}" for f in files if f.is_file()]
    return "\n".join(line.replace(str(root), "") for line in told)


def disturbed(root: Path, scene: Scene, expected: Undisturbed) -> Iterator[str]:
    """What does not hold after a command that was killed or failed."""
    yield from not_whole(root)
    if not scene.publishes and published(root) != expected.published:
        yield f"published is {published(root)}, and was {expected.published}"
    if landing_digest(root) != expected.landing:
        yield "a snapshot file was changed"
    for name, digest in files_written(root).items():
        if digest not in (expected.files_before.get(name), expected.files_after.get(name)):
            yield f"{name} is neither what it was nor what it becomes"
    for batch in Lake(root / "lake").batches():
        for table, schema in TABLES.items():
            if not pq.read_table(batch / f"{table}.parquet").schema.equals(schema):
                yield f"{batch.name} has no whole {table}"


def not_whole(root: Path) -> Iterator[str]:
    """Why a reader would not see one whole build: database, exports and page."""
    warehouse = Warehouse(root)
    links = [warehouse.database, warehouse.export, warehouse.report]
    if not warehouse.current.is_symlink():
        yield from (f"{link.name} leads nowhere" for link in links if link.is_symlink())
        return
    build = warehouse.current.resolve()
    try:
        verify_checksums(build)
    except PsxError as error:
        yield str(error)
        return
    yield from (
        f"{link.name} leads to another build"
        for link in links
        if link.is_symlink() and link.resolve().parent != build
    )
    sums = hashlib.sha256((build / CHECKSUMS).read_bytes()).hexdigest()
    if sums not in _AGREE:
        disagreeing = list(_disagreements(build))
        yield from disagreeing
        if not disagreeing:
            _AGREE.add(sums)


_AGREE: set[str] = set()
"""Checksums of builds whose exports were found to say what the database says."""


def _disagreements(build: Path) -> Iterator[str]:
    with duckdb.connect(build / DATABASE, read_only=True) as connection:
        if connection.sql("select build_id from build_info").fetchall() != [(build.name,)]:
            yield f"the database of {build.name} is of another build"
        files = sorted((build / EXPORT).glob("*.parquet"))
        if not files:
            yield "there are no exports"
        for file in files:
            pairs = f"from {file.stem}", f"from '{file}'"
            for one, other in (pairs, pairs[::-1]):
                ((rows,),) = connection.sql(
                    f"select count(*) from ({one} except all {other})"
                ).fetchall()
                if rows:
                    yield f"{file.name} does not agree with the database"


def unsettled(root: Path, scene: Scene, expected: Undisturbed) -> Iterator[str]:
    """What does not hold after the command ran again, and ended well."""
    yield from disturbed(root, scene, expected)
    if scene.outcome(root) != expected.outcome:
        yield "the outcome is not that of an undisturbed run"
    yield from (f"{name} is left" for name in leftovers(root))


def leftovers(root: Path) -> list[str]:
    """Names below a warehouse folder that no good run leaves there."""
    found = [path.name for path in root.iterdir() if path.name not in OURS | OF_THE_USER]
    found += [f"tmp/{path.name}" for path in (root / "tmp").iterdir()]
    for parent, folders, names in os.walk(root):
        hidden = (name for name in [*folders, *names] if name.startswith("."))
        found += [str(Path(parent, name)) for name in hidden if name != ".lock"]
    for build in kept_builds(Warehouse(root)):
        try:
            verify_checksums(build)
        except PsxError as error:
            found.append(str(error))
    return found


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    """Its exit code, or minus the number of the signal that killed it."""

    errors: str
    began: float
    """When it was at work, by the monotonic clock."""


def run(root: Path, scene: Scene, kill_after: float | None = None, **environment: str) -> Ended:
    """Run the command of a scene on its folder, and kill it with its group after some seconds."""
    process = start(scene.words_for(root), root, {"TMPDIR": str(root / "tmp"), **environment})
    errors = Path(f"{root}.err")
    while not errors.exists() and process.is_alive():
        time.sleep(0.002)  # it is not yet the head of its group
    began = time.monotonic()
    process.join(kill_after)
    if kill_after is not None and process.is_alive():
        os.killpg(process.pid or 0, signal.SIGKILL)
    process.join()
    said = errors.read_text(encoding="utf-8") if errors.exists() else ""
    errors.unlink(missing_ok=True)
    code = Path(f"{root}.code")
    if not code.exists():
        return Ended(-signal.SIGKILL, said, began)
    ended = Ended(int(code.read_text(encoding="utf-8")), said, began)
    code.unlink()
    return ended
