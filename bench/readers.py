"""Readers through many publishes, and nights that start together: `make readers`."""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from jobs.errors import ExitCode
from tests.support.commands import PSX
from tests.support.nights import first_pages, lake_rows, leftovers, not_whole
from tests.support.swaps import nights_go_by, publish, start_together


def through_swaps(root: Path, swaps: int, of_each: int) -> None:
    """Readers of each kind, and one that holds the file all the time; any fault is an assertion."""
    publish(root, 0)
    seen = nights_go_by(root, lambda number: publish(root, number), swaps, 10, of_each)
    print(f"{swaps} publishes and more; one reader held its connection through all of them\n")
    print("| reader | looks | generations seen |")
    print("| --- | ---: | ---: |")
    for name, (looks, generations) in seen.items():
        print(f"| {name} | {looks:,} | {generations:,} |")


def together(root: Path, pairs: int) -> Counter[tuple[int, ...]]:
    """Pairs of nights that start at the same time on one warehouse; their exit codes."""
    first_pages(root)
    found: Counter[tuple[int, ...]] = Counter()
    words = [str(PSX), "parse", "-w", str(root)], [str(PSX), "build", "-w", str(root)]
    for number in range(pairs):
        command = words[min(number, 1)]
        ended = start_together(command, command)
        codes = tuple(sorted(code for code, _ in ended))
        assert codes in {(ExitCode.DONE, ExitCode.DONE), (ExitCode.DONE, ExitCode.LOCKED)}, ended
        assert len(lake_rows(root)["documents"]) == 5
        assert list(not_whole(root)) == []
        assert leftovers(root) == []
        found[codes] += 1
    return found


def main() -> None:
    """Print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--swaps", type=int, default=200)
    parser.add_argument("--of-each", type=int, default=2, help="readers of each of four kinds")
    parser.add_argument("--pairs", type=int, default=20, help="pairs of nights")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="psx-readers-") as folder:
        swapped, met = Path(folder) / "swapped", Path(folder) / "met"
        swapped.mkdir()
        through_swaps(swapped, given.swaps, given.of_each)
        sys.stdout.flush()
        for codes, count in sorted(together(met, given.pairs).items()):
            print(f"\n{count} pairs of nights ended with the exit codes {codes}")


if __name__ == "__main__":
    main()
