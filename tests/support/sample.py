"""The sample that ships: `python -m tests.support.sample FIGURES ROOT` writes it anew.

FIGURES is a folder with `captures/captures.csv` (capture_id, seen_on, index_arrows, session),
`captures/quotes.csv` (capture_id, symbol, price, change, pct; a page's lines in order), the text of
one real page, and `reference/kse100_daily_2001_2026.csv` (date, close, low, high). The pages get
the figures of real ones and an article of ours; the index closes are those from `BUILT_IN_FROM` on.
"""

import csv
import gzip
import hashlib
import sys
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

BUILT_IN_FROM = "2019-12-31"
"""The first built-in close: it dates the pages of the first session of 2020."""


@dataclass(frozen=True)
class Figures:
    """Real captures as figures."""

    quotes: dict[str, list[Quote]]
    captures: dict[str, dict[str, str]]
    history: dict[str, dict[str, str]]
    real_page: list[Quote]

    def block(self, capture_id: str) -> str:
        """The ticker of one capture, as the site printed it."""
        arrows = self.captures[capture_id]["index_arrows"] == "yes"
        return ticker(self.quotes[capture_id], arrows)


def read_figures(folder: Path) -> Figures:
    """Read the figures that the sample and the tests of real captures are made of."""
    quotes: dict[str, list[Quote]] = defaultdict(list)
    for row in _rows(folder / "captures" / "quotes.csv"):
        quotes[row["capture_id"]].append(
            Quote(row["symbol"], row["price"], row["change"], row["pct"])
        )
    real_lines = (folder / REAL_PAGE).read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    return Figures(
        quotes=dict(quotes),
        captures={row["capture_id"]: row for row in _rows(folder / "captures" / "captures.csv")},
        history={
            row["date"]: row for row in _rows(folder / "reference" / "kse100_daily_2001_2026.csv")
        },
        real_page=[_quote(line) for line in real_lines],
    )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _quote(line: str) -> Quote:
    symbol, price, *_, change, pct = line.split()
    return Quote(symbol, price.replace(",", ""), change, pct.strip("(%)"))


def write_sample(figures: Figures, landing: Path, index_closes: Path) -> None:
    """Write the pages below `landing`, and the built-in index closes."""
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
    _write_index_closes(figures, index_closes)


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


def _write_index_closes(figures: Figures, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["trade_date", "close", "low", "high"])
        for day, row in sorted(figures.history.items()):
            if day >= BUILT_IN_FROM:
                writer.writerow([day, row["close"], row["low"], row["high"]])


if __name__ == "__main__":
    root = Path(sys.argv[2])
    write_sample(
        read_figures(Path(sys.argv[1])),
        root / "warehouse" / "landing",
        root / "sql" / "reference" / "index_closes.csv",
    )
