"""Pages a second here and on a cluster on this machine: `python -m bench.cluster`.

The same web-archive text files (WET, gzip) are parsed by psx on its own, by Sail, and by Apache
Spark with one and with two executors, where `PSX_TEST_SPARK` names its Python. Seconds on the
clock depend on what else the machine does; seconds of processors, of psx and of all that the
endpoint started, hardly do.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from bench.corpus import pages, write_warc
from tests.support.clusters import SPARK_PYTHON, Endpoint, children, sail, spark

_TICKS = 100
"""Units of /proc a second."""

PSX = Path(sys.executable).with_name("psx")


class Measured(NamedTuple):
    """One parse: seconds on the clock, and of processors."""

    wall: float
    cpu: float


def corpus(folder: Path, file_count: int, pages_in_each: int) -> None:
    """Archives of pages, each of its own."""
    folder.mkdir()
    for number in range(file_count):
        write_warc(
            folder / f"part-{number:03}.warc.wet.gz", pages(pages_in_each, seed=number), "wet"
        )


def parse(source: Path, endpoint: Endpoint | None) -> Measured:
    """Parse `source` into a new warehouse."""
    remote = ["--remote", endpoint.url] if endpoint else []
    before, began = _spent(endpoint), time.monotonic()
    with tempfile.TemporaryDirectory(dir=source.parent) as root:
        subprocess.run([PSX, "parse", "-w", root, *remote, source], check=True, capture_output=True)
    return Measured(time.monotonic() - began, _spent(endpoint) - before)


def _spent(endpoint: Endpoint | None) -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = used.ru_utime + used.ru_stime
    started = [process.pid for process in endpoint.processes.values()] if endpoint else []
    for process in {p for pid in started for p in (pid, *children(pid))}:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        spent += sum(map(int, fields[11:15])) / _TICKS
    return spent


def measured(folder: Path, file_count: int, pages_in_each: int) -> Iterator[tuple[str, Measured]]:
    """Each engine by name; a cluster is measured on its second parse, when it is warm."""
    source = folder / "wet"
    corpus(source, file_count, pages_in_each)
    yield "psx on its own", parse(source, None)
    yield "Sail", _warm(source, sail())
    for count in (1, 2) if SPARK_PYTHON else ():
        (folder / f"spark{count}").mkdir()
        started = spark(folder / f"spark{count}", count)
        yield f"Spark, {count} executor{'s' * (count > 1)}", _warm(source, started)


def _warm(source: Path, started: AbstractContextManager[Endpoint]) -> Measured:
    """The second parse of a new endpoint."""
    with started as endpoint:
        parse(source, endpoint)
        return parse(source, endpoint)


def main(file_count: int = 16, pages_in_each: int = 5_000) -> None:
    """Print a table."""
    folder = Path(tempfile.mkdtemp())
    try:
        print("| engine | seconds | pages/s | processor seconds | pages/processor s |")
        print("| --- | ---: | ---: | ---: | ---: |")
        for name, (wall, cpu) in measured(folder, file_count, pages_in_each):
            count = file_count * pages_in_each
            print(
                f"| {name} | {wall:.1f} | {count / wall:,.0f} | {cpu:.1f} | {count / cpu:,.0f} |",
                flush=True,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
