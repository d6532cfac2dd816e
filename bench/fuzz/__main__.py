"""Runs the campaigns and prints what they did; the first thing that does not hold ends it."""

import argparse
import faulthandler
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable

from bench.fuzz import containers, documents, slips

_BATCH = 20_000
_FILES = 2_000
_HANG_SECONDS = 1_800
"""How long a batch may take; after that the process ends, and says where it hung."""
_MEMORY_MB = 1_024
"""Memory that the process may hold at its peak."""


def run_documents(number: int) -> Counter[str]:
    """One batch of generated documents."""
    return Counter(documents.check(documents.batch(f"documents {number}", _BATCH)))


def run_containers(number: int) -> Counter[str]:
    """One batch of mutated containers, of sound ones that change every hundred batches."""
    return Counter(
        containers.check(
            containers.mutations(f"containers {number}", _FILES, containers.seeds(number // 100))
        )
    )


def campaign(name: str, run: Callable[[int], Counter[str]], batches: range) -> None:
    """Run batches, each under the bounds on time and memory, and print the sums."""
    sums: Counter[str] = Counter()
    begun, cpu = time.perf_counter(), time.process_time()
    for number in batches:
        faulthandler.dump_traceback_later(_HANG_SECONDS, exit=True)
        try:
            sums += run(number)
        except Exception as error:
            error.add_note(
                f"{name}: batch {number}; `python -m bench.fuzz {name} --first {number}`"
            )
            raise
        if number % 20 == 0:
            so_far = f"{name}: batch {number} of {batches.stop}, {dict(sums)}"
            print(so_far, file=sys.stderr, flush=True)
    faulthandler.cancel_dump_traceback_later()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in sums.items())
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    print(f"{name}: {said}")
    print(f"{name}: {wall:,.0f} s, {cpu:,.0f} s of processor time, {peak:,.0f} MB", flush=True)
    assert peak < _MEMORY_MB, f"{peak:,.0f} MB of memory; the bound is {_MEMORY_MB:,} MB"


def main() -> None:
    """The campaigns that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz")
    parser.add_argument("campaign", nargs="*", help="documents, containers, slips; all by default")
    parser.add_argument("--documents", type=int, default=10_000_000)
    parser.add_argument("--containers", type=int, default=2_000_000)
    parser.add_argument("--first", type=int, default=0, help="the first batch")
    given = parser.parse_args()
    named = given.campaign or ["documents", "containers", "slips"]
    first = given.first
    if "documents" in named:
        campaign(
            "documents", run_documents, range(first, max(first + 1, given.documents // _BATCH))
        )
    if "containers" in named:
        campaign(
            "containers", run_containers, range(first, max(first + 1, given.containers // _FILES))
        )
    if "slips" in named:
        print(slips.tables(slips.measured()))


if __name__ == "__main__":
    main()
