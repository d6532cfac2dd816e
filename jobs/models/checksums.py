"""The files of a generation as they were published: a list that `sha256sum --check` reads."""

import hashlib
from pathlib import Path

from jobs.errors import InputError

CHECKSUMS = "SHA256SUMS"


def write_checksums(generation: Path) -> None:
    """List every file below `generation`, with its SHA-256."""
    lines = [f"{_sha256(generation / name)}  {name}\n" for name in _files(generation)]
    (generation / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def verify_checksums(generation: Path) -> int:
    """How many files `generation` has; each is the one that was published, and no other is there.

    Raises:
        InputError: a file is missing, differs, or was put there by somebody else.
    """
    listed = generation / CHECKSUMS
    try:
        lines = listed.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise InputError(f"{listed}: there is no such file; the build is not whole") from None
    published = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    present = set(_files(generation))
    for name in sorted(published.keys() | present):
        if name not in present:
            problem = "is gone"
        elif name not in published:
            problem = "is no file of the build"
        elif _sha256(generation / name) != published[name]:
            problem = "is not as it was published"
        else:
            continue
        raise InputError(
            f"{generation / name}: {problem}; psx build makes a whole one, psx rollback goes back"
        )
    return len(published)


def _files(generation: Path) -> list[str]:
    found = (file for file in generation.rglob("*") if file.is_file())
    return sorted(str(f.relative_to(generation)) for f in found if f.name != CHECKSUMS)


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
