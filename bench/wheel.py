"""`make wheel`: the wheel in an empty environment made from the lock, at work in another folder."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent


def build_wheel(folder: Path) -> Path:
    """Build the wheel into `folder`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def build_sample(python: Sequence[str | Path], work: Path, **environment: str) -> Path:
    """Parse and build the sample with an installed package, from a folder of its own.

    Args:
        python: the interpreter, with its options.
        work: an empty folder, in which the commands run.
        environment: variables beside those of this process.

    Returns:
        The warehouse.

    Raises:
        CalledProcessError: a command failed.
    """
    shutil.copytree(ROOT / "warehouse" / "landing", work / "warehouse" / "landing")
    for words in (["parse", "warehouse/landing"], ["build"], ["check"]):
        subprocess.run(
            [*python, "-m", "jobs", words[0], "-w", "warehouse", *words[1:]],
            cwd=work,
            env={**os.environ, **environment},
            check=True,
            capture_output=True,
        )
    return work / "warehouse"


def main() -> None:
    """Build, install as a stranger would, and try it out."""
    wheel = build_wheel(ROOT / "dist")
    with tempfile.TemporaryDirectory(prefix="psx-wheel-") as folder:
        work = Path(folder)
        subprocess.run([sys.executable, "-m", "venv", work / "env"], check=True)
        python = work / "env" / "bin" / "python"
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        lock = ROOT / "requirements.lock"
        subprocess.run([*pip, "--require-hashes", "--requirement", lock], check=True)
        subprocess.run([*pip, "--no-deps", wheel], check=True)
        warehouse = build_sample([python, "-P"], work)
        page = warehouse / "report" / "index.html"
        print(f"{wheel.relative_to(ROOT)}: installed from the lock, built the sample,"
              f" {page.stat().st_size:,} bytes of page")  # fmt: skip


if __name__ == "__main__":
    main()
