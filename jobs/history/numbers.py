"""Numbers in the ways in which downloads write them."""

from enum import Enum

import polars as pl

_NOTHING = ["", "-", "null", "nan", "none", "n/a", "#n/a", "na"]
_POINT = r"^(\d+|\d{1,3}(,\d{2,3})*,\d{3})(\.\d+)?$"
_COMMA = r"^(\d+|\d{1,3}(\.\d{3})+)(,\d+)?$"
_POINT_OF_EITHER_KIND = r"^\d{1,3}\.\d{3}$"


class Decimal(Enum):
    """How a file writes the decimal mark."""

    POINT = "point"
    COMMA = "comma"


def cleaned(column: pl.Expr) -> pl.Expr:
    """The cells without spaces and apostrophes between digits; null where nothing is given."""
    text = column.str.replace_all(r"[\s\u{a0}\u{202f}'’]", "")
    return pl.when(~text.str.to_lowercase().is_in(_NOTHING)).then(text)


def only(mark: Decimal, column: pl.Expr) -> pl.Expr:
    """Whether a cell is a number with this decimal mark alone."""
    is_point, is_comma = column.str.contains(_POINT), column.str.contains(_COMMA)
    return is_point & ~is_comma if mark is Decimal.POINT else is_comma & ~is_point


def is_of_either_kind(column: pl.Expr) -> pl.Expr:
    """Whether the point of a cell, such as 71.902, can be of thousands and of decimals."""
    return column.str.contains(_POINT_OF_EITHER_KIND)


def parse_numbers(mark: Decimal, column: pl.Expr) -> pl.Expr:
    """The cells as DECIMAL(18, 4); null where there is no such number above 0."""
    if mark is Decimal.POINT:
        plain = column.str.replace_all(",", "", literal=True)
    else:
        plain = column.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    is_number = column.str.contains(_POINT if mark is Decimal.POINT else _COMMA)
    value = plain.cast(pl.Decimal(18, 4), strict=False)
    return pl.when(is_number & (value > 0)).then(value)
