"""What psx is made of: every package is locked by its hash, its licence known, its audit honest."""

import json
import re

import pytest

from bench.audit import judged
from docs.licences import licence, licences, locked
from tests.conftest import ROOT

TAKEN = ("MIT", "BSD", "Apache", "PSF", "ISC", "MPL", "Mozilla")
"""Licences under which psx may be used and passed on as it is."""


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_package_of_a_lock_file_has_hashes(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    packages = [line for line in lock.splitlines() if line and not line.startswith("#")]
    assert len(packages) > 30
    for package in packages:
        assert re.match(r"[a-z0-9._-]+==\S+ ", package), package
        assert "--hash=sha256:" in package, package


def test_every_licence_is_listed_and_is_one_that_psx_can_take() -> None:
    page = (ROOT / "docs" / "reference" / "licences.md").read_text(encoding="utf-8")
    assert page == "".join(licences())
    rows = re.findall(r"^\| (\S+) \| (.+) \|$", page, re.MULTILINE)[2:]
    assert [name for name, _ in rows] == locked()
    for name, stated in rows:
        assert any(word in stated for word in TAKEN), f"{name}: {stated}"
    assert licence("polars") == "MIT License"


def report(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


SOUND = {"name": "a", "version": "1", "vulns": []}
FAULTY = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1"}]}
SKIPPED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([SOUND], 0, "1 of 1 packages looked up; nothing is known"),
        ([SOUND, FAULTY], 1, "2 of 2 packages looked up; b 2: CVE-1"),
        ([SKIPPED], 3, "0 of 1 packages looked up; NOT AUDITED: c; nothing is known against those"),
        ([SKIPPED, FAULTY], 1, "1 of 2 packages looked up; NOT AUDITED: c; b 2: CVE-1"),
    ],
)
def test_an_audit_says_what_it_could_not_look_up(
    packages: list[dict[str, object]], code: int, said: str
) -> None:
    found = judged(report(*packages))
    assert found[0] == code
    assert found[1].startswith(said)


def test_an_audit_without_an_answer_is_none() -> None:
    code, said = judged("")
    assert code == 3
    assert said.startswith("NOT AUDITED")
