"""Mutations led by coverage: atheris keeps those files that take the readers down a new path.

    python -m bench.fuzz.guided -runs=1000000

takes the options of libFuzzer; a file that fails is written to `crash-<hash>` in the folder.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["jobs.snapshot", "zipfile"]):
    from jobs.snapshot.documents import read_documents

from bench.fuzz import containers
from jobs.snapshot.containers.found import Reading
from jobs.snapshot.portions import Portion

_NAMES = ("a", "a.txt", "a.html", "a.jsonl", "a.parquet", "a.wet", "a.zip", "a.txt.gz", "a.wet.zst")


def read(given: bytes) -> None:
    """Read one file: its first byte says what it is called, the others are its content."""
    if not given:
        return
    name = _NAMES[given[0] % len(_NAMES)]
    portion = Portion()
    containers.read(portion, "0", name, given[1:], Reading(containers.LIMITS))
    portion.documents()


def main() -> None:
    """Begin with a sound file of each kind, short of the time and memory that one may take."""
    assert read_documents
    with tempfile.TemporaryDirectory(prefix="psx-fuzz-") as folder:
        for number, (name, content) in enumerate(containers.seeds(0)):
            named = [n for n in _NAMES if name.endswith(n.removeprefix("a"))][-1]
            (Path(folder) / f"{number}").write_bytes(bytes([_NAMES.index(named)]) + content)
        bounds = ["-timeout=10", "-rss_limit_mb=1024", "-max_len=16384", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *bounds, *sys.argv[1:], folder], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
