"""The page in a real browser: charts there, nothing fetched; wide, narrow, dark and printed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from jobs.page.write import PAGE
from jobs.settings import Warehouse
from tests.conftest import ROOT
from tests.support import walk

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SWITCHES += ["--disable-component-update", "--disable-sync", "--no-first-run"]
ARTEFACTS = ROOT / "artefacts"
"""Where screenshots are kept; not in git."""

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="the browser Chromium is not installed here"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def busy(walked: Warehouse) -> Path:
    """The page of a market with 290 sessions, every chart of which can be drawn."""
    return walked.report / PAGE


def open_page(browser: Browser, file: Path, width: int = 1200, scheme: str = "light") -> Page:
    page = browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page.goto(file.as_uri())
    return page


def shot(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)


def test_nothing_is_fetched_and_nothing_complains(
    browser: Browser, busy: Path, sample: Warehouse
) -> None:
    for file in (busy, sample.report / PAGE):
        page = browser.new_page()
        fetched: list[str] = []
        said: list[str] = []

        def on_request(request: Request, fetched: list[str] = fetched) -> None:
            fetched.append(request.url)

        def on_console(message: ConsoleMessage, said: list[str] = said) -> None:
            said.append(message.text)

        page.on("request", on_request)
        page.on("console", on_console)
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.goto(file.as_uri())
        page.wait_for_load_state("networkidle")
        assert [url for url in fetched if not url.startswith("data:")] == [file.as_uri()]
        assert said == []
        page.close()


def test_every_chart_is_drawn_with_the_right_number_of_marks(browser: Browser, busy: Path) -> None:
    page = open_page(browser, busy)
    shown = {
        chart: page.locator(f"#{chart} :is(.wide, .scroll) svg title").count()
        for chart in ("heatmap", "sectors", "rotation", "breadth", "calendar")
    }
    seen = sum(walk.CAPTURED[-250:])
    assert shown == {
        "heatmap": len(walk.SECTOR_OF),
        "sectors": len(walk.SECTORS),
        "rotation": len(walk.SECTORS),
        "breadth": seen,
        "calendar": len(walk.DAYS) - 1,
    }
    for chart in ("heatmap", "indices", "drawdown", "sectors", "rotation", "breadth", "calendar"):
        box = page.locator(f"#{chart} :is(.wide, .scroll) svg").bounding_box()
        assert box is not None
        assert box["width"] > 900
        assert box["height"] > 80
    shot(page, "wide")
    page.close()


def test_tiles_are_coloured_by_their_change(browser: Browser, sample: Warehouse) -> None:
    page = open_page(browser, sample.report / PAGE)
    fills = dict(
        page.evaluate(
            "[...document.querySelectorAll('#heatmap .wide path')].filter(p => p.textContent)"
            ".map(p => [p.textContent.split(',')[0], getComputedStyle(p).fill])"
        )
    )
    assert len(fills) == 30
    assert fills["KEL"] == "rgb(224, 102, 31)"  # -4.58 %
    assert fills["BOP"] == "rgb(95, 191, 154)"  # +2.97 %
    assert fills["WTL"] == "rgb(218, 223, 220)"  # unchanged
    page.close()


def test_a_dark_reader_gets_a_dark_page(browser: Browser, busy: Path) -> None:
    page = open_page(browser, busy, scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(19, 24, 22)"
    label = "getComputedStyle(document.querySelector('#sectors .wide text')).fill"
    assert page.evaluate(label) == "rgb(159, 176, 168)"
    shot(page, "dark")
    page.emulate_media(media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    shot(page, "print")
    page.close()


def test_a_phone_gets_charts_of_its_own_width(browser: Browser, busy: Path) -> None:
    page = open_page(browser, busy, width=390)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert page.locator("#heatmap .wide").is_hidden()
    box = page.locator("#heatmap .narrow svg").bounding_box()
    assert box is not None
    assert 300 < box["width"] <= 362
    shot(page, "narrow")
    page.close()


def test_the_tables_behind_the_charts_open_by_keyboard(browser: Browser, busy: Path) -> None:
    page = open_page(browser, busy)
    behind = page.locator("section[aria-labelledby=h-map] details table")
    assert behind.is_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert behind.is_visible()
    assert behind.locator("tbody tr").count() == len(walk.SECTOR_OF)
    assert page.locator("figure svg:not([aria-hidden=true])").count() == 0
    page.close()
