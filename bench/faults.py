"""Lets file-system calls of commands fail, one a run: `make faults`.

Each run works on a copy of a small warehouse; from one of its calls on the disk is full, or one
call meets a broken disk. The command must end with exit code 3 and one line, or do without the
call and end well; the last good warehouse must be whole; and the next run must make all good.
"""

import argparse
import errno
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.kill import Stage, copy
from jobs.errors import ExitCode
from tests.support.nights import SCENES, Ended, disturbed, run, unsettled
from tests.support.shim import shimmed

FAULTS = {
    "the disk is full from here on": (errno.ENOSPC, "stays"),
    "one call finds the disk broken": (errno.EIO, ""),
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong in one run: of the calls of a kind, the one of a number."""

    stage: Stage
    what: str
    kind: str
    """`names` for calls that change a name, `data` for those that write."""

    at: int


def faults(stage: Stage, what: str, kind: str, every: int) -> Iterator[Fault]:
    """One at every so manieth call of an undisturbed run."""
    root, log = stage.before.with_name("counting"), stage.before.with_name("counting.log")
    copy(stage.before, root)
    run(root, SCENES[stage.name], **shimmed(root, log=log, calls=kind))
    calls = len(log.read_text(encoding="utf-8").splitlines())
    shutil.rmtree(root)
    log.unlink()
    return (Fault(stage, what, kind, at) for at in range(1, calls + 1, every))


def suffered(fault: Fault) -> tuple[Fault, int, list[str]]:
    """The exit code of the run, and what did not hold."""
    scene, expected = SCENES[fault.stage.name], fault.stage.expected
    number, stays = FAULTS[fault.what]
    folder = Path(tempfile.mkdtemp(dir=fault.stage.before.parent))
    root = folder / "warehouse"
    try:
        copy(fault.stage.before, root)
        how = {"at": fault.at, "do": number, "calls": fault.kind, **({stays: 1} if stays else {})}
        ended = run(root, scene, **shimmed(root, **how))
        problems = [*_told_badly(ended), *disturbed(root, scene, expected)]
        again = run(root, scene)
        if again.code:
            problems.append(f"the next run exits with {again.code}: {again.errors.strip()}")
        problems += unsettled(root, scene, expected)
        place = f"{fault.stage.name}, {fault.what}, {fault.kind} call {fault.at}"
        return fault, ended.code, [f"{place}: {p}".replace(str(root), "") for p in problems]
    finally:
        shutil.rmtree(folder)


def _told_badly(ended: Ended) -> Iterator[str]:
    lines = [line for line in ended.errors.splitlines() if not line.startswith("psx: warning: ")]
    if ended.code not in (ExitCode.DONE, ExitCode.INPUT):
        yield f"exit code {ended.code}: {ended.errors.strip()}"
    elif ended.code and (len(lines) != 1 or not lines[0].startswith("psx: ")):
        yield f"{len(lines)} lines on standard error: {ended.errors.strip()}"


def main() -> None:
    """Print a table of scenes and faults, and each promise that was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every-name", type=int, default=1, help="every so manieth such call")
    parser.add_argument("--every-write", type=int, default=10, help="every so manieth such call")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scene", action="append", choices=SCENES, help="only this one")
    given = parser.parse_args()
    broken = 0
    print("| scene | fault | runs | exit 3 | did without | broken |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory(prefix="psx-faults-") as folder:
        for name in given.scene or SCENES:
            stage = Stage.set_up(name, Path(folder))
            for what in FAULTS:
                todo = [*faults(stage, what, "names", given.every_name)]
                todo += faults(stage, what, "data", given.every_write)
                counts: Counter[str] = Counter()
                with ThreadPoolExecutor(given.workers) as pool:
                    for _, code, problems in pool.map(suffered, todo):
                        counts["refused" if code else "done"] += 1
                        counts["broken"] += bool(problems)
                        for problem in problems:
                            print(f"BROKEN {problem}", file=sys.stderr, flush=True)
                broken += counts["broken"]
                print(
                    f"| {name} | {what} | {len(todo)} | {counts['refused']} | {counts['done']}"
                    f" | {counts['broken']} |",
                    flush=True,
                )
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
