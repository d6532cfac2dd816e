"""`psx` in a process that is forked from one in which the package is imported already.

It saves the second that a start takes, thousands of times. The process that forks never runs a
command itself, so no thread of a library is lost in the fork.
"""

import importlib
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.support.shim import NO_SHIM, library

_PRELOADED = [
    "jobs.cli",
    "jobs.models.build",
    "jobs.models.diff",
    "jobs.export.marts",
    "jobs.page.write",
    "jobs.report.parsed",
    "jobs.report.progress",
    "jobs.report.summary",
    "jobs.snapshot.ingest",
    "jobs.snapshot.containers.archive",
    "jobs.snapshot.containers.corpus",
    "jobs.snapshot.containers.zipped",
    "rich.progress",
    "xlsxwriter",
]


def start(words: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> ForkServerProcess:
    """`psx` with these words at work, the head of a process group.

    The file `cwd`.err gets its errors, and `cwd`.code its exit code, unless it is killed.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*_PRELOADED, __name__])
    _ensure_running()
    process = context.Process(target=_run, args=(list(words), str(cwd), dict(environment)))
    process.start()
    return process


def _ensure_running() -> None:
    """Start the process that forks, with the shim in it; it sleeps until it is told of a call."""
    before = os.environ.get("LD_PRELOAD")
    if not NO_SHIM:
        os.environ["LD_PRELOAD"] = str(library())
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            os.environ.pop("LD_PRELOAD", None)
        else:
            os.environ["LD_PRELOAD"] = before


def _run(words: list[str], cwd: str, environment: dict[str, str]) -> None:
    os.setsid()
    for name in [name for name in os.environ if name.startswith("PSX_")]:
        del os.environ[name]
    os.environ.update(environment)
    os.chdir(cwd)
    tempfile.tempdir = None  # TMPDIR may be another one now
    null = os.open(os.devnull, os.O_RDWR)
    errors = os.open(f"{cwd}.err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for target, source in ((0, null), (1, null), (2, errors)):
        os.dup2(source, target)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    sys.argv = ["psx", *words]
    try:
        importlib.import_module("jobs.cli").main()
    except SystemExit as ended:  # now and then the process that forks loses it
        Path(f"{cwd}.code").write_text(str(ended.code or 0), encoding="utf-8")
        raise
