"""Every cell of every mart, as BI tools and libraries read it, is that of the warehouse."""

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from jobs.models.graph import load_models
from jobs.models.header import MAIN
from jobs.settings import Warehouse, sql_folder
from tests.support.bi_readers import READERS, Reader, unchanged
from tests.support.cells import canonical, differences, in_warehouse

MARTS = sorted(model.name for model in load_models(sql_folder()) if model.layer == MAIN)


@pytest.mark.parametrize("table", MARTS)
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_gives_the_cells_of_the_warehouse(
    reader: Reader, table: str, sample: Warehouse
) -> None:
    if reason := reader.missing():
        pytest.skip(f"{reader.name}: {reason}")
    expected = in_warehouse(sample, table)
    assert list(differences(expected, reader.read(sample, table), reader.given)) == []


def test_the_sample_has_rows_and_every_type_to_read(sample: Warehouse) -> None:
    cells = [row for table in MARTS for row in in_warehouse(sample, table)]
    kinds = {type(value) for row in cells for value in row.values()}
    assert kinds == {type(None), bool, int, float, str, date, datetime, Decimal}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Decimal("66.3001"), Decimal("66.3000")),
        (66.3, Decimal("66.3")),
        (0.1 + 0.2, 0.3),
        (1, 1.0),
        (1, True),
        ("1", 1),
        ("", None),
        (0, None),
        (datetime(2024, 5, 3, tzinfo=UTC), date(2024, 5, 3)),
        (datetime(2024, 5, 3, 0, 0, 0, 1, UTC), datetime(2024, 5, 3, tzinfo=UTC)),
    ],
)
def test_another_value_or_type_is_a_difference(found: object, expected: object) -> None:
    assert list(differences([{"a": expected}], [{"a": found}], unchanged)) != []


@pytest.mark.parametrize("rows", [[], [{"b": 1}], [{"a": 1}, {"a": 1}]])
def test_other_rows_or_columns_are_refused(rows: list[dict[str, object]]) -> None:
    with pytest.raises(ValueError, match=r"columns|argument"):
        list(differences([{"a": 1}], rows, unchanged))


@pytest.mark.parametrize("unknown", [None, pd.NA, pd.NaT, float("nan"), np.float64("nan")])
def test_an_unknown_value_is_the_same_in_each_guise(unknown: object) -> None:
    assert canonical(unknown) is None
