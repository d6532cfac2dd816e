"""The picture in the README, from the shipped sample: `python -m docs.picture`."""

import shutil
import tempfile
from datetime import date
from pathlib import Path

import duckdb
from playwright.sync_api import sync_playwright

from jobs.page.write import write_page
from tests.conftest import ROOT, run_night

DAY = date(2024, 5, 3)
FILE = Path(__file__).parent / "page.png"
_WIDTH, _HEIGHT = 1100, 830


def main() -> None:
    """Build the sample aside, and photograph the head of one session's page."""
    with tempfile.TemporaryDirectory() as folder:
        warehouse = run_night(Path(folder) / "warehouse", ROOT / "warehouse" / "landing")
        page = Path(folder) / "page.html"
        with duckdb.connect(warehouse.database, read_only=True) as connection:
            write_page(connection, page, DAY)
        with sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            tab = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
            tab.goto(page.as_uri())
            tab.screenshot(path=FILE)
            browser.close()
    print(f"wrote {FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
