"""What measures are made of, calculated in plain Python from the market of `tests.support.walk`."""

import math
from collections.abc import Callable

from jobs.settings import Warehouse
from tests.conftest import rows
from tests.support import walk
from tests.support.walk import CAPTURED, CLOSES, DAYS

Row = dict[str, object]
Series = Callable[[int], float | None]

NUMBER = {day: number for number, day in enumerate(DAYS)}
SEEN = [n for n in range(len(DAYS)) if CAPTURED[n]]


def by_session(warehouse: Warehouse, table: str, key: str) -> dict[tuple[str, int], Row]:
    """The rows of a daily table by its key and the number of their session."""
    found = rows(warehouse, f"from {table}")
    return {(str(row[key]), NUMBER[row["trade_date"]]): row for row in found}  # type: ignore[index]


def same(found: object, expected: float | None) -> bool:
    """Both unknown, or equal but for the last digits of a double."""
    if expected is None or found is None:
        return found is expected
    return math.isclose(float(found), expected, rel_tol=1e-9, abs_tol=1e-9)  # type: ignore[arg-type]


def known(series: Series, numbers: range) -> list[float]:
    """The values of the sessions on which there is one."""
    return [value for n in numbers if n >= 0 and (value := series(n)) is not None]


def shown(symbol: str, number: int) -> bool:
    """Whether a page of the session shows the symbol."""
    return walk.is_shown(symbol, number)


def returned(series: Series, number: int, back: int) -> float | None:
    """The return over some sessions in percent, if both ends are known."""
    before = series(number - back) if number >= back else None
    now = series(number)
    return None if before is None or now is None else 100 * (now / before - 1)


def change(symbol: str, number: int) -> float | None:
    """Change in percent: by the page that shows it, else between two closes in a row."""
    if shown(symbol, number):
        return 100 * (CLOSES[symbol][number] / walk.base(symbol, number) - 1)
    if number > 0 and walk.is_known(symbol, number) and walk.is_known(symbol, number - 1):
        return 100 * (CLOSES[symbol][number] / CLOSES[symbol][number - 1] - 1)
    return None


def streak(changes: Callable[[int], float | None], number: int) -> int:
    """Sessions in a row with the same sign, negative for falls."""
    now = changes(number)
    assert now is not None
    sign, length = (now > 0) - (now < 0), 0
    while number >= 0 and (value := changes(number)) is not None and value * sign > 0:
        number, length = number - 1, length + 1
    return sign * length
