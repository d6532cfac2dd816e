"""The licences of what psx runs on, as the packages themselves state them."""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

LOCK = Path(__file__).parent.parent / "requirements.lock"
_ELSEWHERE = {"backports-zstd": "PSF-2.0", "colorama": "BSD License"}
"""Of packages that only some machines need: older Pythons, Windows."""
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


def locked() -> list[str]:
    """The packages that the lock file names, some of them for other machines than this."""
    return sorted(_PINNED.findall(LOCK.read_text(encoding="utf-8")))


def licence(package: str) -> str:
    """What the package says of its licence: an expression, a classifier, or the first line."""
    about = metadata.metadata(package)
    if expression := about.get("License-Expression"):
        return str(expression)
    classifiers = [
        name.rpartition(" :: ")[2]
        for name in about.get_all("Classifier") or []
        if name.startswith("License :: OSI Approved :: ")
    ]
    return ", ".join(classifiers) or (about.get("License") or "not stated").splitlines()[0]


def licences() -> Iterator[str]:
    """The page: one row a package, without its version, which the lock file tells."""
    yield (
        "# Licences\n\n"
        "psx-warehouse is under the MIT license. What `requirements.lock` installs, as each\n"
        "package states its licence:\n\n"
        "| package | licence |\n| --- | --- |\n"
    )
    for package in locked():
        yield f"| {package} | {_ELSEWHERE.get(package) or licence(package)} |\n"
