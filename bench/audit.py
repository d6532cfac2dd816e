"""`make audit`: known vulnerabilities of what the lock files install.

Exit codes: 0 none is known, 1 some are, 3 the service could not be asked, and nothing is known.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
UNREACHED = (
    "ConnectionError",
    "ServiceError",
    "Max retries",
    "timed out",
    "Failed to establish",
    "HTTPError",
)
"""What pip-audit says when the service does not answer, or not as it should."""


def judged(code: int, said: str) -> int:
    """The exit code, by that of pip-audit and by what it wrote."""
    return 3 if code and any(words in said for words in UNREACHED) else code


def main() -> None:
    """Audit both lock files; what they name is looked up, nothing is installed."""
    worst = 0
    for lock in ("requirements.lock", "requirements-dev.lock"):
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes",
                   "--progress-spinner", "off", "--timeout", "15", "-r", ROOT / lock]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        code = judged(done.returncode, done.stderr)
        if code == 3:
            said = f"{lock}: NOT AUDITED: the service that knows vulnerabilities cannot be reached"
            print(f"{said}; try again where there is a network", file=sys.stderr)
        else:
            print(f"{lock}: {done.stdout.strip() or done.stderr.strip()}")
        worst = max(worst, code)
    sys.exit(worst)


if __name__ == "__main__":
    main()
