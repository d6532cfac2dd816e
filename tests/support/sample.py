"""The sample that ships: `python -m tests.support.sample` writes warehouse/landing anew.

The pages get the figures of real ones (`tests/fixtures/real_captures`) and an article of ours.
"""

import csv
import gzip
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.support.pages import INDEX_CODES, Quote, page, ticker

# fmt: off
PLAIN = [
    "A078", "A077", "B065", "A049", "A029", "A052", "A039", "B062", "B055", "B028",
    "B045", "A099", "A072", "A026", "A054", "B041", "A053", "B042", "B021", "A046",
    "A117", "A119", "A017", "B035", "A070", "A068", "B104", "B043", "B004", "A016",
    "B105", "A022", "A057", "B059", "A060", "B072", "B081", "B092", "B010", "A036",
    "A088", "B019", "B078", "A040", "B088", "B080", "B036", "A006", "A083", "A042",
    "A038", "A025", "A113", "B100", "A044", "A014", "B101",
]
# fmt: on
"""Undated pages with a whole ticker, of every year from 2020 to 2025."""

UNDATED_ODDITIES = ["A114", "A021", "B032", "B027", "B060"]
"""One share alone; shares without indices; shares twice and cut off; zero prices; an odd base."""

DATED_IN_CSV = ["A096", "A109", "A112", "B026"]
"""Pages of one share, and one with flat indices, that only a stated capture time can place."""

DATED_BY_PATH = ["A101", "A019"]
"""Pages of 2024-05-03, whose implied previous close is some nine points off the official one."""

REAL_PAGE = "000_3bb5e65a36812c64.txt"
REAL_PAGE_DATE = "2024-05-03"

INDICES_ONLY = "B103"


FIXTURE = Path(__file__).parent.parent / "fixtures" / "real_captures"


@dataclass(frozen=True)
class Figures:
    """Real captures as figures."""

    quotes: dict[str, list[Quote]]
    captures: dict[str, dict[str, str]]
    real_page: list[Quote]

    def block(self, capture_id: str) -> str:
        """The ticker of one capture, as the site printed it."""
        arrows = self.captures[capture_id]["index_arrows"] == "yes"
        return ticker(self.quotes[capture_id], arrows)


def read_figures(*sets: int) -> Figures:
    """The real captures of these sets; see `tests/fixtures/real_captures`."""
    captures = {row["capture"]: row for row in _rows(FIXTURE / "captures.csv")}
    chosen = {name: row for name, row in captures.items() if int(row["set"]) in sets}
    quotes: dict[str, list[Quote]] = defaultdict(list)
    for row in _rows(FIXTURE / "quotes.csv"):
        quotes[row["capture"]].append(Quote(row["symbol"], row["price"], row["change"], row["pct"]))
    return Figures(
        quotes={name: quotes[name] for name in chosen},
        captures=chosen,
        real_page=quotes["real_page"],
    )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def write_sample(figures: Figures, landing: Path) -> None:
    """Write the pages below `landing`."""
    for number, capture_id in enumerate(PLAIN, start=1):
        _write_plain(figures.block(capture_id), number, landing)
    number = len(PLAIN)
    for capture_id in UNDATED_ODDITIES:
        number += 1
        block = figures.block(capture_id)
        if capture_id == "B032":
            block = block[:-9] + "\n"  # the second copy of the shares ends in the middle of a line
        _write(landing, number, page(block, number).encode())
    number += 1
    indices = [q for q in figures.quotes[INDICES_ONLY] if q.symbol in INDEX_CODES]
    _write(landing, number, page(ticker(indices), number).encode())
    for _ in range(2):
        number += 1
        _write(landing, number, page("", number).encode())

    seen = landing / "seen"
    stated = []
    for capture_id in DATED_IN_CSV:
        number += 1
        name = _write(seen, number, page(figures.block(capture_id), number).encode())
        stated.append((name, figures.captures[capture_id]["seen_on"]))
    with (seen / "captures.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows([("file", "captured_at"), *stated])

    dated = landing / REAL_PAGE_DATE
    for capture_id in DATED_BY_PATH:
        number += 1
        _write(dated, number, page(figures.block(capture_id), number).encode())
    (dated / REAL_PAGE).write_bytes(page(ticker(figures.real_page), 0, paragraphs=9).encode())


def _write_plain(block: str, number: int, landing: Path) -> None:
    """A page in one of the forms in which people keep them."""
    text = page(block, number)
    forms = {
        7: lambda: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
        19: lambda: text.encode().decode("cp1252", errors="replace").encode(),
        31: lambda: text.replace("▲", "&#9650;").replace("▼", "&#9660;").encode(),
    }
    if number == 43:
        _write(landing, number, gzip.compress(text.encode(), mtime=0), ".txt.gz")
    else:
        _write(landing, number, forms.get(number, text.encode)())


def _write(folder: Path, number: int, content: bytes, suffix: str = ".txt") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{number:03}_{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
    (folder / name).write_bytes(content)
    return name


if __name__ == "__main__":
    write_sample(read_figures(1), Path(__file__).parents[2] / "warehouse" / "landing")
