"""A night whose new pages lost their ticker says so."""

from pathlib import Path

from jobs.settings import Warehouse
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake
from tests.conftest import ROOT
from tests.support.commands import psx
from tests.support.pages import article, page, ticker
from tests.support.scenes import MARKET


def parsed(root: Path, pages: dict[str, str]) -> list[str]:
    """The warnings of a parse of the landing folder with these files added to it."""
    warehouse = Warehouse(root)
    for name, text in pages.items():
        file = warehouse.landing / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return ingest([warehouse.landing], Lake(warehouse.lake), root).remarks.warnings


def sound(number: int) -> str:
    return page(ticker(MARKET.page(number)), number)


def reworded(number: int) -> str:
    """A page on which every line says `Up By` or `Down By`."""
    return sound(number).replace("Increased By", "Up By").replace("Decreased By", "Down By")


def test_a_page_whose_lines_are_all_rejected_is_warned_of_by_name(tmp_path: Path) -> None:
    assert parsed(tmp_path, {"s5.txt": sound(5)}) == []
    (warning,) = parsed(tmp_path, {"s6.txt": reworded(6), "s7.txt": sound(7)})
    assert warning.startswith("1 new page ")
    assert "landing/s6.txt" in warning
    assert "rejected_lines" in warning
    (warning,) = parsed(tmp_path, {"s8.txt": reworded(8), "s9.txt": reworded(9)})
    assert warning.startswith("2 new pages ")
    assert "landing/s8.txt" in warning


def test_a_page_that_lost_most_of_its_lines_is_warned_of(tmp_path: Path) -> None:
    assert parsed(tmp_path, {"s5.txt": sound(5)}) == []
    text = sound(6)
    rose, fell = text.count("Increased By"), text.count("Decreased By")
    word = "Increased By" if rose > fell else "Decreased By"
    (warning,) = parsed(tmp_path, {"s6.txt": text.replace(word, "Up By")})
    assert f"({max(rose, fell)} of {len(MARKET.page(6))} rejected)" in warning
    fewer = sound(7).replace("Increased By", "Up By", 1)
    assert parsed(tmp_path, {"s7.txt": fewer}) == []


def test_prices_of_zero_before_the_open_are_no_change_of_the_site(tmp_path: Path) -> None:
    before_the_open = ROOT / "warehouse" / "landing" / "061_9a1021b0bd66dc14.txt"
    assert parsed(tmp_path, {"s5.txt": before_the_open.read_text(encoding="utf-8")}) == []


def test_a_first_night_of_such_pages_is_warned_of_too(tmp_path: Path) -> None:
    (warning,) = parsed(tmp_path, {"s5.txt": reworded(5)})
    assert "landing/s5.txt" in warning
    done = psx("parse", "-w", tmp_path / "other", tmp_path / "landing")
    assert (done.returncode, done.stderr.count("psx: warning: ")) == (0, 1)


def test_a_folder_that_loses_its_tickers_is_named(tmp_path: Path) -> None:
    nights = {f"site/s{n}.txt": sound(n) for n in (5, 6, 7)} | {"mixed/a.txt": article(1)}
    assert parsed(tmp_path, nights | {"mixed/s8.txt": sound(8)}) == []
    (warning,) = parsed(tmp_path, {"site/s9.txt": article(2), "mixed/b.txt": article(3)})
    assert warning.startswith("landing/site/: none of the 1 new files")
    assert "3 of the 3 files before" in warning
    assert "landing/site/s9.txt" in warning


def test_folders_by_date_are_one_folder(tmp_path: Path) -> None:
    assert parsed(tmp_path, {f"2024-05-0{n}/p.txt": sound(n) for n in (5, 6, 7)}) == []
    (warning,) = parsed(tmp_path, {"2024-06-08/p.txt": article(1)})
    assert "landing/2024-06-08/p.txt" in warning


def test_a_new_page_with_a_ticker_is_enough_and_few_pages_say_nothing(tmp_path: Path) -> None:
    assert parsed(tmp_path, {f"s{n}.txt": sound(n) for n in (5, 6)}) == []
    assert parsed(tmp_path, {"a.txt": article(1)}) == []
    assert parsed(tmp_path, {f"s{n}.txt": sound(n) for n in range(7, 20)}) == []
    assert parsed(tmp_path, {"b.txt": article(2), "s4.txt": sound(4)}) == []
    assert parsed(tmp_path, {}) == []
