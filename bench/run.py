"""`make bench`: parsing, as whole processes, beside what people put together themselves.

Every command runs three times; the middle run counts. Prints Markdown tables.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import corpus

PAGES = int(os.environ.get("BENCH_PAGES", "200000"))
HTML_PAGES = PAGES // 10
SOUP_PAGES = PAGES // 100
FILES = 20_000
KNOWN_FILES = 100_000
RUNS = 3

PAGE_MB = sum(len(text.encode()) for _, _, text in corpus.pages(1000)) / 1e9
"""Text of an average page."""

PSX = str(Path(sys.executable).with_name("psx"))
TICKER_LIKE = (
    r"^\s*\S+\s+\S*[0-9]\S*\s+(?:Increased By|Decreased By|No Change).*"
    r"|^\s*[A-Z0-9]{2,12}\s+[0-9.,]*[0-9]\s.*\([^()]*%\)\s*$"
)


@dataclass(frozen=True)
class Cost:
    """What one run of a command took."""

    wall: float
    cpu: float
    peak_mb: float


def measure(command: Sequence[str | Path], work: Path, before: str = "", pin: bool = False) -> Cost:
    """The middle of `RUNS` runs; `before` is removed from the work folder ahead of each."""
    costs = []
    for _ in range(RUNS):
        if before:
            shutil.rmtree(work / before, ignore_errors=True)
        costs.append(once(command, pin))
    return sorted(costs, key=lambda cost: cost.wall)[RUNS // 2]


def once(command: Sequence[str | Path], pin: bool = False) -> Cost:
    """One run of a command."""
    begun = time.perf_counter()
    with subprocess.Popen(
        [*(["taskset", "-c", "0"] if pin else []), *map(str, command)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        if status:
            said = process.stderr.read().decode() if process.stderr else ""
            raise SystemExit(f"{' '.join(map(str, command))} failed: {said}")
        process.returncode = 0
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


class Bench:
    """A work folder with the corpus, and the rows of the table."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.warehouse = work / "warehouse"

    def psx(self, source: Path, pin: bool = False) -> Cost:
        """A parse of `source` into an empty lake."""
        command = [PSX, "parse", "--warehouse", self.warehouse, source]
        return measure(command, self.work, "warehouse", pin)

    def baseline(self, name: str, source: Path, pin: bool = False) -> Cost:
        """One of `bench.baselines`."""
        command = [sys.executable, "-m", "bench.baselines", name, source, self.work / "out.parquet"]
        return measure(command, self.work, "", pin)

    def shell(self, script: str, pin: bool = False) -> Cost:
        """A shell command."""
        return measure(["sh", "-c", script], self.work, "", pin)


def row(what: str, cost: Cost, pages: int, megabytes: float, ratio: str = "") -> None:
    """Print one row."""
    print(
        f"| {what} | {cost.wall:.2f} | {cost.cpu:.2f} | {pages / cost.wall:,.0f} |"
        f" {megabytes / cost.wall:,.0f} | {cost.peak_mb:,.0f} | {ratio} |",
        flush=True,
    )


def head(title: str) -> None:
    """Begin a table."""
    print(
        f"\n### {title}\n\n| | wall s | CPU s | pages/s | MB/s of text | peak MB | ratio |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
        flush=True,
    )


def parquet(bench: Bench, sharing: int, title: str) -> None:
    """A Parquet corpus beside ripgrep, a Python loop and SQL."""
    source, text = bench.work / "pages.parquet", bench.work / "pages.txt"
    corpus.write_parquet(source, corpus.pages(PAGES, sharing))
    corpus.write_text(text, corpus.pages(PAGES, sharing))
    megabytes = text.stat().st_size / 1e6
    head(f"{title}: {PAGES:,} pages, {megabytes:,.0f} MB of text")
    psx = bench.psx(source)
    rg = bench.shell(f"rg -o '{TICKER_LIKE}' {text} > {bench.work}/rg.out")
    cat = bench.shell(f"cat {text} > /dev/null")
    sql = bench.baseline("duckdb_sql", source)
    loop = bench.baseline("python_loop", source)
    row("psx parse", psx, PAGES, megabytes)
    row(
        "ripgrep, ticker lines to a file",
        rg,
        PAGES,
        megabytes,
        f"psx takes {psx.wall / rg.wall:.2f}x",
    )
    row("cat", cat, PAGES, megabytes, f"psx takes {psx.wall / cat.wall:.1f}x")
    row(
        "DuckDB SQL into Parquet",
        sql,
        PAGES,
        megabytes,
        f"psx is {sql.wall / psx.wall:.1f}x as fast",
    )
    row(
        "Python loop into Parquet",
        loop,
        PAGES,
        megabytes,
        f"psx is {loop.wall / psx.wall:.1f}x as fast",
    )
    source.unlink()
    text.unlink()


def gzipped(bench: Bench) -> None:
    """WET and JSON lines beside zcat."""
    for name, write in (
        ("pages.wet.gz", lambda file: corpus.write_warc(file, corpus.pages(PAGES), "wet")),
        ("pages.jsonl.gz", lambda file: corpus.write_jsonl(file, corpus.pages(PAGES))),
    ):
        source = bench.work / name
        write(source)
        zcat = bench.shell(f"zcat {source} > /dev/null", pin=True)
        megabytes = PAGES * PAGE_MB
        head(f"{name}: {PAGES:,} pages, {source.stat().st_size / 1e6:,.0f} MB gzipped")
        row("zcat on one core", zcat, PAGES, megabytes)
        for what, pin in (("psx parse", False), ("psx parse on one core", True)):
            psx = bench.psx(source, pin)
            row(what, psx, PAGES, megabytes, f"{psx.wall / zcat.wall:.2f}x zcat")
        source.unlink()


def html(bench: Bench) -> None:
    """A web archive of HTML beside warcio and BeautifulSoup, each on as many pages as it bears."""
    source, few = bench.work / "pages.warc.gz", bench.work / "few.warc.gz"
    corpus.write_warc(source, corpus.pages(HTML_PAGES), "warc")
    corpus.write_warc(few, corpus.pages(SOUP_PAGES), "warc")
    head("pages.warc.gz: HTML")
    psx, soup = bench.psx(source), bench.baseline("warcio_loop", few)
    faster = (HTML_PAGES / psx.wall) / (SOUP_PAGES / soup.wall)
    row(f"psx parse, {HTML_PAGES:,} pages", psx, HTML_PAGES, HTML_PAGES * PAGE_MB)
    said = f"psx does {faster:.1f}x as many pages a second"
    row(f"warcio and bs4, {SOUP_PAGES:,} pages", soup, SOUP_PAGES, SOUP_PAGES * PAGE_MB, said)


def folders(bench: Bench) -> None:
    """Many small files, new and known."""
    source = bench.work / "folder"
    corpus.write_folder(source, corpus.pages(FILES))
    head(f"{FILES:,} text files")
    psx, python = bench.psx(source), bench.baseline("read_bytes", source)
    row("psx parse", psx, FILES, FILES * PAGE_MB, f"{psx.wall / python.wall:.1f}x")
    row("Python reading their bytes", python, FILES, FILES * PAGE_MB)
    shutil.rmtree(source)
    for number in range(KNOWN_FILES):
        file = source / f"{number // 1000:03}" / f"{number:06}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"nothing {number}\n", encoding="utf-8")
    command = [PSX, "parse", "--warehouse", bench.warehouse, source]
    once(command)
    again = measure(command, bench.work)
    head(f"{KNOWN_FILES:,} known files")
    row("psx parse, nothing new", again, 0, 0, f"{again.cpu:.2f} s of CPU")


def start(bench: Bench) -> None:
    """The help text."""
    head("start")
    psx = measure([PSX, "--help"], bench.work)
    typer = measure([sys.executable, "-c", "import typer"], bench.work)
    row("psx --help", psx, 0, 0, f"{psx.wall / typer.wall:.2f}x")
    row("python -c 'import typer'", typer, 0, 0)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="psx-bench-") as folder:
        bench = Bench(Path(folder))
        start(bench)
        folders(bench)
        html(bench)
        gzipped(bench)
        parquet(bench, 4, "pages.parquet")
        parquet(bench, 1, "pages.parquet, no ticker shared")
