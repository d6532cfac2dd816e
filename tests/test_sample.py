"""The shipped sample: the figures of the real page, to the last digit, and nothing stale in it."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from jobs.settings import Warehouse
from tests.conftest import ROOT, rows
from tests.support.sample import Figures, write_sample

# Typed off the real page: symbol, price, change, percent. Its article is of May 2023, its figures
# are of 2024-05-03; it lies in a folder of that name, for the base of its KSE100 line (70,666.8) is
# nine points off the official close of the day before (70,657.64).
REAL_PAGE = """
AIRLINK 72.59 3.39 4.9       BOP 4.99 0.09 1.84           CNERGY 4.29 0.03 0.7
DFML 31.71 0.46 1.47         DGKC 80.90 3.65 4.72         FCCL 21.42 1.42 7.1
FFBL 35.19 0.19 0.54         FFL 9.33 0.21 2.3            GGL 9.82 0.02 0.2
HBL 112.40 -0.36 -0.32       HUBC 136.50 3.46 2.6         HUMNL 7.14 0.19 2.73
KEL 4.35 0.12 2.84           KOSM 4.35 0.10 2.35          MLCF 37.67 1.07 2.92
OGDC 137.75 4.88 3.67        PAEL 23.41 0.77 3.4          PIAA 24.55 0.35 1.45
PIBTL 6.63 0.17 2.63         PPL 125.05 8.75 7.52         PRL 26.99 1.09 4.21
PTC 13.32 0.24 1.83          SEARL 52.70 0.70 1.35        SNGP 70.80 3.20 4.73
SSGC 10.54 0.00 0            TELE 8.33 0.05 0.6           TPLP 10.95 0.15 1.39
TRG 60.60 1.31 2.21          UNITY 25.10 -0.03 -0.12      WTL 1.28 0.01 0.79
BR100 7566 157.7 2.13        BR30 24786 749.4 3.12        KSE100 71902 1235.2 1.75
KSE30 23595 371 1.6
"""


def real_page() -> dict[str, tuple[Decimal, Decimal, float]]:
    parts = REAL_PAGE.split()
    return {
        parts[i]: (Decimal(parts[i + 1]), Decimal(parts[i + 2]), float(parts[i + 3]))
        for i in range(0, len(parts), 4)
    }


def test_the_real_page_stands_in_the_warehouse_to_the_last_digit(sample: Warehouse) -> None:
    shares = rows(
        sample,
        "select symbol, last_price as price, change, change_pct from daily_quotes"
        " where trade_date = date '2024-05-03'",
    )
    indices = rows(
        sample,
        "select index_code as symbol, level as price, change, change_pct from daily_index_summary"
        " where trade_date = date '2024-05-03'",
    )
    found = {
        row["symbol"]: (row["price"], row["change"], row["change_pct"])
        for row in [*shares, *indices]
    }
    assert len(real_page()) == 34
    assert found == real_page()


def test_every_figure_of_the_real_page_can_be_traced_to_its_line(sample: Warehouse) -> None:
    found = rows(
        sample,
        "select lines.line, lines.text from staging.documents as documents"
        " join staging.lines as lines using (block_id)"
        " where documents.source like '%2024-05-03/000_3bb5e65a36812c64.txt' order by line",
    )
    assert [row["line"] for row in found] == list(range(1, 35))
    assert found[0]["text"] == "AIRLINK 72.59 Increased By ▲ 3.39 (4.9%)"
    assert found[32]["text"] == "KSE100 71,902 Increased By 1235.2 (1.75%)"


def test_the_real_page_is_the_close_of_its_session(sample: Warehouse) -> None:
    statuses = rows(
        sample,
        "select distinct price_status, captures.placed_by from daily_quotes"
        " join captures using (capture_id) where daily_quotes.trade_date = date '2024-05-03'",
    )
    assert statuses == [{"price_status": "close", "placed_by": "index_history"}]


def test_the_sample_holds_the_odd_pages_and_says_why_they_are_unplaced(sample: Warehouse) -> None:
    found = rows(sample, "select reason, count(*) as n from unplaced_captures group by reason")
    assert {str(row["reason"]): row["n"] for row in found} == {
        "mostly_zero_prices": 2,  # its shares and its indices
        "no_index_line": 3,
        "before_the_open": 1,
    }
    reasons = rows(sample, "select reason, count(*) as n from rejected_lines group by reason")
    assert {str(row["reason"]): row["n"] for row in reasons} == {"zero_price": 28, "cut_off": 1}
    repeated = rows(sample, "select max(repeated_line_count) as n from captures")
    assert repeated == [{"n": 15}]


def test_flat_indices_seen_before_the_open_belong_to_the_session_before(sample: Warehouse) -> None:
    found = rows(
        sample,
        "select trade_date, placed_by from captures where captured_at = "
        "timestamptz '2024-09-23 00:00+05'",
    )
    assert found == [{"trade_date": date(2024, 9, 20), "placed_by": "index_history"}]


def test_the_shipped_files_are_those_that_the_generator_writes(
    real: Figures, tmp_path: Path
) -> None:
    write_sample(real, tmp_path / "landing")
    shipped = ROOT / "warehouse" / "landing"
    written = {
        file.relative_to(tmp_path / "landing"): file.read_bytes()
        for file in (tmp_path / "landing").rglob("*")
        if file.is_file()
    }
    assert written == {
        file.relative_to(shipped): file.read_bytes()
        for file in shipped.rglob("*")
        if file.is_file()
    }
