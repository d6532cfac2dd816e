"""Commands as a user runs them, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

PSX = Path(sys.executable).with_name("psx")
DUCKDB = Path(sys.executable).with_name("duckdb")


def run(*command: object, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command without the settings of whoever runs the tests."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PSX_")}
    given = {"cwd": cwd, "env": {**clean, **environment}}
    return subprocess.run(
        [*map(str, command)], **given, capture_output=True, text=True, check=False
    )


def psx(*words: object, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    return run(PSX, *words, cwd=cwd, **environment)


def stopped(*words: object, **environment: str) -> tuple[int, str]:
    """The exit code and the one line of a command that fails."""
    done = psx(*words, **environment)
    assert done.stdout == ""
    assert done.stderr.startswith("psx: ")
    assert done.stderr.count("\n") == 1
    return done.returncode, done.stderr.removeprefix("psx: ").strip()
