"""Kills commands at every call that changes a name, and at random moments: `make kill`.

A copy of a small warehouse is set up, a command of it killed with its whole process group, what
readers then see examined, the command run again, and its outcome compared with that of a run that
nothing disturbed. `tests.support.nights` holds the scenes and the promises.
"""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.support.nights import SCENES, Undisturbed, disturbed, run, unsettled
from tests.support.shim import shimmed


@dataclass(frozen=True)
class Stage:
    """A scene made ready: where its copies come from, and what they must come to."""

    name: str
    before: Path
    expected: Undisturbed
    calls: list[str]
    """The calls of an undisturbed run: seconds, call, path."""

    began: float
    """When that run was started, by the same clock."""

    @classmethod
    def set_up(cls, name: str, folder: Path) -> "Stage":
        """Prepare a scene, and run its command once."""
        scene, after = SCENES[name], folder / name.replace(" ", "-")
        before = folder / scene.prepare.__name__
        if not before.exists():
            scene.prepare(before)
        copy(before, after)
        log = folder / f"{after.name}.log"
        done = run(after, scene, **shimmed(after, log=log))
        assert done.code == 0, (name, done.errors)
        calls = log.read_text(encoding="utf-8").splitlines()
        return cls(name, before, Undisturbed.of(scene, before, after), calls, done.began)


@dataclass(frozen=True)
class Trial:
    """One kill: before or after a call, or some seconds after the start."""

    stage: Stage
    moment: str
    at: float


def copy(source: Path, target: Path) -> None:
    """A warehouse as it stands, links as links and times as times."""
    shutil.copytree(source, target, symlinks=True)


def trials_at_calls(stage: Stage, every: int = 1) -> Iterator[Trial]:
    """One before each call, and one after the last."""
    for number in range(1, len(stage.calls) + 1, every):
        yield Trial(stage, "before", number)
    yield Trial(stage, "after", len(stage.calls))


def trials_at_random(stages: list[Stage], count: int, seed: int) -> Iterator[Trial]:
    """Moments between the first and the last call, over the stages by turns."""
    pick = random.Random(seed)
    for number in range(count):
        stage = stages[number % len(stages)]
        first, last = (float(stage.calls[n].split()[0]) - stage.began for n in (0, -1))
        yield Trial(stage, "random", pick.uniform(first, last + 0.05))


def tried(trial: Trial) -> tuple[str, str, bool, list[str]]:
    """Scene, moment, whether the kill came before the end, and what did not hold."""
    scene, expected = SCENES[trial.stage.name], trial.stage.expected
    folder = Path(tempfile.mkdtemp(dir=trial.stage.before.parent))
    root = folder / "warehouse"
    try:
        copy(trial.stage.before, root)
        if trial.moment == "random":
            killed = run(root, scene, kill_after=trial.at)
        else:
            killed = run(root, scene, **shimmed(root, at=int(trial.at), do=trial.moment))
        problems = list(disturbed(root, scene, expected))
        again = run(root, scene)
        if again.code:
            problems.append(f"the next run exits with {again.code}: {again.errors.strip()}")
        problems += unsettled(root, scene, expected)
        place = f"{trial.stage.name}, {trial.moment} {trial.at:g}"
        if trial.moment != "random":
            place += f" ({trial.stage.calls[int(trial.at) - 1].partition(' ')[2]})"
        named = [f"{place}: {problem}".replace(str(root), "") for problem in problems]
        return trial.stage.name, trial.moment, killed.code == -signal.SIGKILL, named
    finally:
        shutil.rmtree(folder)


def campaign(trials: Iterable[Trial], workers: int) -> Iterator[tuple[str, str, bool, list[str]]]:
    """Try them, so many at once."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield from pool.map(tried, trials)
    finally:
        pool.shutdown(cancel_futures=True)


def main() -> None:
    """Print a table of scenes, and each promise that was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=500, help="kills at random moments")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="take every so manieth call")
    parser.add_argument("--first", type=int, default=0, help="go on behind so many")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--scene", action="append", choices=SCENES, help="only this one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="psx-kill-") as folder:
        stages = []
        for name in given.scene or SCENES:
            stages.append(Stage.set_up(name, Path(folder)))
            print(f"{name}: {len(stages[-1].calls)} calls", file=sys.stderr, flush=True)
        trials = [trial for stage in stages for trial in trials_at_calls(stage, given.every)]
        trials += trials_at_random(stages, given.random, given.seed)
        random.Random(given.seed).shuffle(trials)  # whatever cuts it short, all were tried alike
        trials = trials[given.first :]
        counts: Counter[tuple[str, str, str]] = Counter()
        until = time.monotonic() + 60 * given.minutes
        for number, (name, moment, was_killed, problems) in enumerate(
            campaign(trials, given.workers), start=1
        ):
            kind = "random" if moment == "random" else "call"
            counts[name, kind, "kills"] += was_killed
            counts[name, kind, "late"] += not was_killed
            counts[name, kind, "broken"] += bool(problems)
            for problem in problems:
                print(f"BROKEN {problem}", file=sys.stderr, flush=True)
            if number % 50 == 0:
                print(f"{number} of {len(trials)}", file=sys.stderr, flush=True)
            if time.monotonic() > until:
                print(f"stopped after {number} of {len(trials)}", file=sys.stderr, flush=True)
                break
    print("| scene | calls that change a name | killed there | at random | broken |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for stage in stages:
        at_calls, at_random = (counts[stage.name, kind, "kills"] for kind in ("call", "random"))
        broken = sum(counts[stage.name, kind, "broken"] for kind in ("call", "random"))
        print(f"| {stage.name} | {len(stage.calls)} | {at_calls} | {at_random} | {broken} |")
    late = sum(count for (_, _, what), count in counts.items() if what == "late")
    print(f"\n{late} runs ended before they could be killed.")
    sys.exit(any(what == "broken" and count for (_, _, what), count in counts.items()))


if __name__ == "__main__":
    main()
