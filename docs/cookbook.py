"""The answers in the README and the cookbook, from the shipped sample: `python -m docs.cookbook`.

A test runs each query again and compares, so an answer cannot fall behind.
"""

import re
import subprocess
import tempfile
from pathlib import Path

from tests.conftest import ROOT, build_checkout
from tests.support.commands import DUCKDB

README = ROOT / "README.md"
COOKBOOK = ROOT / "docs" / "cookbook.md"
_EXAMPLE = re.compile(r"```sql\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def examples(page: Path) -> list[tuple[str, str]]:
    """Each query of `page`, with the answer printed below it."""
    return _EXAMPLE.findall(page.read_text(encoding="utf-8"))


def answer(query: str, database: Path) -> str:
    """What the command line of DuckDB prints."""
    command = [DUCKDB, "-readonly", database, "-c", query]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def filled(page: Path, database: Path) -> str:
    """The text of `page`, with its answers as `database` gives them."""
    return _EXAMPLE.sub(
        lambda found: f"```sql\n{found[1]}```\n\n```text\n{answer(found[1], database)}```",
        page.read_text(encoding="utf-8"),
    )


def main() -> None:
    """Build the sample aside, and fill its answers in."""
    with tempfile.TemporaryDirectory() as folder:
        database = build_checkout(Path(folder)).database
        for page in (README, COOKBOOK):
            page.write_text(filled(page, database), encoding="utf-8")
            print(f"filled {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
