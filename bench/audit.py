"""`make audit`: known vulnerabilities of what the lock files install.

Exit codes: 0 every package was looked up and none has any, 1 some have, 3 not every package could
be looked up. pip-audit alone says "no known vulnerabilities" where it found nothing at all.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def judged(report: str) -> tuple[int, str]:
    """The exit code, and what to say, for a report of pip-audit in JSON (empty: none came)."""
    if not report.strip():
        return 3, "NOT AUDITED: the service that knows vulnerabilities cannot be reached"
    packages = json.loads(report)["dependencies"]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    known = [
        f"{package['name']} {package['version']}: {fault['id']}"
        for package in packages
        for fault in package.get("vulns", [])
    ]
    said = [f"{len(packages) - len(skipped)} of {len(packages)} packages looked up"]
    if skipped:
        said.append(f"NOT AUDITED: {', '.join(skipped)}")
    said += known or ["nothing is known against those that were" if skipped else "nothing is known"]
    return (1 if known else 3 if skipped else 0), "; ".join(said)


def main() -> None:
    """Audit both lock files; what they name is looked up, nothing is installed."""
    codes = []
    for lock in ("requirements.lock", "requirements-dev.lock"):
        command = [sys.executable, "-m", "pip_audit", "--requirement", ROOT / lock]
        command += "--disable-pip --require-hashes --format json --timeout 15".split()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        code, said = judged(done.stdout)
        print(f"{lock}: {said}")
        codes.append(code)
    sys.exit(1 if 1 in codes else max(codes))


if __name__ == "__main__":
    main()
