"""When a file was captured, as its user states it: a date in its path, or a `captures.csv`.

Article dates and file modification times are never evidence; only what the user states is.
"""

import os
from pathlib import Path

import polars as pl

from jobs.errors import InputError
from jobs.snapshot.path_dates import MAY_BE_COMPACT, spelled_out

SIDECAR = "captures.csv"
"""A file of this name, with the columns `file, captured_at`, dates the files of its folder."""

KARACHI = "Asia/Karachi"

YEARS = range(1900, 2100)
"""Years in which a page can have been captured; a time of another year is none."""

_ZONE = r"(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d)"
_INSTANT = (
    r"(?P<date>(?:19|20)\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))"
    r"(?:[T_ ](?P<hour>[01]\d|2[0-3])[:-]?(?P<minute>[0-5]\d)"
    rf"(?:(?P<zone>{_ZONE})"  # before the seconds: in `T14:00-05:00` there are none
    rf"|(?:[:-]?(?P<second>[0-5]\d)(?:\.\d+)?)?(?P<zone_after_seconds>{_ZONE})?))?"
)
_LAST_IN_PATH = rf"(?s)^(?:.*\D)?{_INSTANT}(?:\D.*)?$"
_WHOLE = rf"^\s*{_INSTANT}\s*$"

_FOURTEEN_DIGITS = r"^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$"

_ODD_PATH = r"\\|^/|//|(^|/)\.\.?(/|$)"
"""A path that is not written as a walk through the folder finds it."""

STATED = pl.Schema(
    {
        "stated_at": pl.Datetime("us", "UTC"),
        "stated_precision": pl.String(),
        "stated_by": pl.String(),
    }
)


def _instant(text: pl.Expr, pattern: str, is_karachi: pl.Expr | None = None) -> list[pl.Expr]:
    """`stated_at` and `stated_precision` of an ISO date or date-time; null where there is none.

    A time without a zone is Karachi time, or UTC where `is_karachi` is false.
    """
    parts = text.str.extract_groups(pattern).struct
    zone = pl.coalesce(parts.field("zone", "zone_after_seconds")).str.replace(":", "", literal=True)
    clock = pl.concat_str(
        *(parts.field(unit).fill_null("00") for unit in ("hour", "minute", "second"))
    )
    local = pl.concat_str(parts.field("date"), clock).str.to_datetime(
        "%Y-%m-%d%H%M%S", strict=False
    )
    sign = zone.str.slice(0, 1).replace_strict({"+": 1, "-": -1}, default=0)
    offset = pl.duration(
        hours=zone.str.slice(0, 3).cast(pl.Int32, strict=False).fill_null(0),
        minutes=sign * zone.str.slice(3, 2).cast(pl.Int32, strict=False).fill_null(0),
    )
    in_karachi = pl.coalesce(
        moment.dt.replace_time_zone(
            KARACHI, ambiguous="earliest", non_existent="null"
        ).dt.convert_time_zone("UTC")
        for moment in (local, local + pl.duration(hours=1))  # where clocks skip the first
    )
    elsewhere = (local - offset).dt.replace_time_zone("UTC")
    is_date = parts.field("hour").is_null()
    is_local = zone.is_null() & (is_date | (pl.lit(True) if is_karachi is None else is_karachi))
    stated_at = pl.when(is_local).then(in_karachi).otherwise(elsewhere).cast(STATED["stated_at"])
    precision = pl.when(is_date).then(pl.lit("day")).otherwise(pl.lit("second"))
    return [
        stated_at.alias("stated_at"),
        pl.when(stated_at.is_not_null()).then(precision).alias("stated_precision"),
    ]


def container_times(text: pl.Expr, is_users: pl.Expr) -> list[pl.Expr]:
    """`captured_at` and `captured_precision` of times that a container keeps, as text.

    ISO dates and date-times, and the fourteen digits of web archives. A time without a zone is UTC,
    as crawlers write it, but for one that a user wrote: that is Karachi time, as a day always is.
    """
    iso = text.str.replace(_FOURTEEN_DIGITS, "${1}-${2}-${3}T${4}:${5}:${6}Z")
    at, precision = _instant(iso, _WHOLE, is_users)
    return [at.alias("captured_at"), precision.alias("captured_precision")]


def from_paths(paths: pl.Series) -> pl.DataFrame:
    """The capture time that each path states: its last date or date-time.

    ISO dates, and the compact ones of `path_dates`.

    Returns:
        One row a path, in order, with the columns of `STATED`.
    """
    if paths.str.contains(MAY_BE_COMPACT).any():
        paths = pl.Series([spelled_out(path) for path in paths], dtype=pl.String)
    return (
        paths.to_frame("path")
        .select(_instant(pl.col("path"), _LAST_IN_PATH))
        .with_columns(stated_by=pl.when(pl.col("stated_at").is_not_null()).then(pl.lit("path")))
        .cast(STATED)
    )


def from_sidecar(sidecar: Path) -> pl.DataFrame:
    """The capture times that a `captures.csv` states.

    Returns:
        A row for each of its rows with a time: `row` (its line), `file` (as written), `name` (the
        file's absolute path; null if it lies outside the folder), and the columns of `STATED`.

    Raises:
        InputError: the columns are not there, or a time is no ISO date or date-time.
    """
    try:
        rows = pl.read_csv(sidecar, infer_schema=False, encoding="utf8-lossy")
        rows = rows.rename({name: name.strip().removeprefix("\ufeff") for name in rows.columns})
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{sidecar}: not a CSV file ({str(error).splitlines()[0]})") from error
    if not {"file", "captured_at"} <= set(rows.columns):
        raise InputError(
            f"{sidecar}: found the columns {', '.join(rows.columns)}; expected file, captured_at"
        )
    folder = str(sidecar.absolute().parent)
    file = pl.col("file").fill_null("").str.strip_chars()
    stated = (
        rows.with_row_index("row", offset=2)
        .filter(pl.col("captured_at").str.strip_chars() != "")
        .with_columns(*_instant(pl.col("captured_at"), _WHOLE))
        .with_columns(
            file,
            name=pl.lit(f"{folder}/") + file,
            stated_by=pl.lit(SIDECAR),
        )
    )
    is_odd = stated["file"].str.contains(_ODD_PATH)
    if is_odd.any():
        names = [_below(folder, path) for path in stated.filter(is_odd)["file"]]
        odd = pl.Series("name", names, dtype=pl.String)
        stated = pl.concat([stated.filter(~is_odd), stated.filter(is_odd).with_columns(odd)]).sort(
            "row"
        )
    for row in stated.filter(pl.col("stated_at").is_null()).head(1).iter_rows(named=True):
        raise InputError(
            f"{sidecar} line {row['row']}: captured_at is {row['captured_at']!r};"
            " expected an ISO date or date-time, such as 2024-05-03 or 2024-05-03T14:00+05:00"
        )
    return stated.select("row", "file", "name", *STATED).with_columns(
        pl.col(n).cast(t) for n, t in STATED.items()
    )


def _below(folder: str, path: str) -> str | None:
    """The place of `path` in `folder`, in which it can be written in other ways than its own."""
    for written in (path, path.replace("\\", "/")):
        place = os.path.relpath(written, folder) if written.startswith("/") else written
        place = os.path.normpath(place)
        name = os.path.join(folder, place)  # noqa: PTH118
        if not place.startswith("..") and os.path.isfile(name):  # noqa: PTH113
            return name
    return None
