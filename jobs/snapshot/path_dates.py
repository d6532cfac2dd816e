"""Dates that a path writes without hyphens, spelled out as ISO dates."""

import re
from datetime import date

MAY_BE_COMPACT = r"(?:199[0-9]|20[0-9]{2})/?[01][0-9]/?[0-3][0-9]"
"""What each path with such a date has."""

_YEAR, _MONTH, _DAY = r"(199\d|20\d\d)", r"(0[1-9]|1[0-2])", r"(0[1-9]|[12]\d|3[01])"
_DATE = rf"(?<![0-9A-Za-z]){_YEAR}{_MONTH}{_DAY}"
_END = r"(?![0-9A-Za-z])"
_FOURTEEN_DIGITS = re.compile(
    rf"{_DATE}([01]\d|2[0-3])([0-5]\d)([0-5]\d)(?:Z|[a-z]{{2}}_)?{_END}", re.ASCII
)
_BEFORE_A_TIME = re.compile(rf"{_DATE}(?=T\d{{4}})", re.ASCII)
_EIGHT_DIGITS = re.compile(rf"{_DATE}{_END}", re.ASCII)
_FOLDERS = re.compile(rf"(?<![^/]){_YEAR}/{_MONTH}/{_DAY}(?=/)", re.ASCII)
_ISO = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)", re.ASCII)


def spelled_out(path: str) -> str:
    """`path` with its compact dates as ISO dates; only for a search, for no file is called so.

    Fourteen digits are a web archive's time, in UTC, and eight digits count that `T` and a time
    follow. Eight digits alone, and folders of a year, a month and a day, can be something else:
    they count where the path has no surer date, and are days, whatever follows.
    """
    path = _BEFORE_A_TIME.sub(_iso, _FOURTEEN_DIGITS.sub(_iso, path))
    if _ISO.search(path):
        return path
    return _FOLDERS.sub(_iso_day, _EIGHT_DIGITS.sub(_iso_day, path))


def _iso(found: re.Match[str]) -> str:
    year, month, day, *clock = found.groups()
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return found[0]
    return f"{year}-{month}-{day}" + (f"T{':'.join(clock)}Z" if clock else "")


def _iso_day(found: re.Match[str]) -> str:
    iso = _iso(found)
    return iso if iso == found[0] else f"{iso}/"  # so that no time follows
