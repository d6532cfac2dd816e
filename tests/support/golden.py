"""Where the real captures land: `python -m tests.support.golden` writes it anew.

The file holds, for
every capture and part in three situations, the session that it was placed on, by which method and
how surely.
"""

import csv
import tempfile
from pathlib import Path

from jobs.models.inputs import Inputs
from jobs.models.run import build_database
from jobs.settings import Settings, Warehouse, sql_folder
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake
from tests.conftest import rows
from tests.support.builds import IDENTITY
from tests.support.pages import page
from tests.support.sample import Figures, read_figures

GOLDEN = Path(__file__).parent.parent / "golden" / "real_captures.csv"
COLUMNS = ["situation", "capture", "part", "session", "method", "confidence", "reason"]
SITUATIONS = {
    "undated": {"is_dated": False, "has_history": True},
    "dated": {"is_dated": True, "has_history": True},
    "dated_without_history": {"is_dated": True, "has_history": False},
}
"""Known to psx: the day on which a page was seen, where anybody noted it; the index history."""


def write_captures(real: Figures, folder: Path, *, is_dated: bool) -> None:
    """Every capture as a page of its own name; the days on which they were seen, if asked for."""
    folder.mkdir(parents=True)
    for seed, capture_id in enumerate(real.quotes):
        text = page(real.block(capture_id), seed)
        (folder / f"{capture_id}.txt").write_text(text, encoding="utf-8")
    if is_dated:
        seen = [(f"{c}.txt", row["seen_on"]) for c, row in real.captures.items() if row["seen_on"]]
        with (folder / "captures.csv").open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows([("file", "captured_at"), *seen])


def place(real: Figures, root: Path, *, is_dated: bool, has_history: bool) -> Warehouse:
    """A warehouse at `root` of the real captures, with the built-in index history or without."""
    warehouse = Warehouse(root)
    write_captures(real, warehouse.landing, is_dated=is_dated)
    ingest([warehouse.landing], Lake(warehouse.lake), warehouse.root)
    inputs = Inputs(Lake(warehouse.lake), Settings(built_in_history=has_history))
    build_database(warehouse.database, sql_folder(), inputs, IDENTITY)
    return warehouse


def placements(warehouse: Warehouse) -> list[dict[str, str]]:
    """The rows of one situation, as the golden file has them."""
    found = rows(
        warehouse,
        "select regexp_extract(source, '([AB][0-9]+)[.]txt', 1) as capture, part,"
        " placements.trade_date as session, placements.placed_by as method,"
        " round(placements.confidence, 4) as confidence, unplaced_because as reason"
        " from captures join core.placements as placements using (block_id) order by all",
    )
    return [{k: "" if v is None else str(v) for k, v in row.items()} for row in found]


def golden() -> list[dict[str, str]]:
    """The rows of the golden file."""
    with GOLDEN.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def write_golden() -> None:
    """Place the captures in every situation and write what comes of it."""
    real = read_figures(1)
    with GOLDEN.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for situation, known in SITUATIONS.items():
            with tempfile.TemporaryDirectory() as root:
                for row in placements(place(real, Path(root), **known)):
                    writer.writerow({"situation": situation, **row})


if __name__ == "__main__":
    write_golden()
