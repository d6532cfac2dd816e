"""Fixtures that several test files use."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from jobs.models.build import build
from jobs.settings import Settings, Warehouse
from jobs.snapshot.ingest import ingest
from jobs.snapshot.lake import Lake
from tests.support.sample import Figures, read_figures

ROOT = Path(__file__).parent.parent

Build = Callable[..., Warehouse]


@pytest.fixture(scope="session")
def real() -> Figures:
    """Figures of 112 real captures."""
    return read_figures(1)


def run_night(
    root: Path,
    *snapshots: Path,
    history: Path | None = None,
    is_made_up: bool = False,
    count_implied: bool = False,
) -> Warehouse:
    """One night on the warehouse at `root`: parse `snapshots` (its landing folder), then build.

    A market with a `history` is made up, and one that `is_made_up` without one has none.
    """
    warehouse = Warehouse(root)
    ingest(snapshots or [warehouse.landing], Lake(warehouse.lake), warehouse.root)
    settings = Settings(
        index_history=history,
        built_in_history=history is None and not is_made_up,
        count_implied=count_implied,
    )
    build(warehouse, settings)
    return warehouse


def build_checkout(root: Path) -> Warehouse:
    """The sample, built where its pages lie in the landing folder, as in a checkout."""
    (root / "landing").symlink_to(ROOT / "warehouse" / "landing")
    return run_night(root)


def rows(warehouse: Warehouse, query: str) -> list[dict[str, object]]:
    """What `query` finds in the published file."""
    with duckdb.connect(warehouse.database, read_only=True) as connection:
        return connection.sql(query).to_arrow_table().to_pylist()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The shipped sample, built once; tests only read it."""
    return run_night(tmp_path_factory.mktemp("sample"), ROOT / "warehouse" / "landing")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The sample as a checkout has it, built once; the documents show its answers."""
    return build_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A market of 290 sessions with gaps, built once; `tests.support.walk` knows each close."""
    from tests.support.walk import build_walk  # noqa: PLC0415 - it builds with `run_night` from here

    return build_walk(tmp_path_factory.mktemp("walk") / "warehouse")
