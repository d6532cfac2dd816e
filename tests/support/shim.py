"""One file-system call of a program that goes wrong: `shim.c`, compiled once and preloaded."""

import atexit
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
NO_SHIM = "" if COMPILER else "there is no C compiler here that could make the shim"


@functools.cache
def library() -> Path:
    """The compiled shim; it is gone when this process ends."""
    folder = tempfile.mkdtemp(prefix="psx-shim-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Path(folder) / "shim.so"
    assert COMPILER, NO_SHIM
    subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", made, SOURCE, "-ldl"], check=True)
    return made


def shimmed(under: Path, **how: object) -> dict[str, str]:
    """What the environment of a program with the shim says: its calls below `under` count.

    `how` are the variables that `shim.c` describes, without their prefix: `at`, `do`, `log` ...
    """
    given = {f"SHIM_{name.upper()}": str(value) for name, value in how.items()}
    return {"SHIM_UNDER": str(under), **given}
