"""New pages that should have a ticker and have none: the site, or the download, changed."""

import polars as pl

from jobs.snapshot.grammar import Reason
from jobs.snapshot.lake import Lake

_FEWEST = 3
"""Files of a folder from which they say what its files look like."""

_NEARLY_ALL = 0.9
_SHOWN = 3


def lost_tickers(lake: Lake, known: pl.DataFrame) -> list[str]:
    """A warning for new pages that lost their lines, and for folders that lost their tickers.

    A page lost its lines if psx rejects more of them than it accepts. Prices of zero do not count:
    the site prints them before the open. A folder is named if nearly all of its `known` files had a
    ticker and none of its new files has one.

    Args:
        lake: the lake with the new files.
        known: the files that it held before, with the column `file_id`.
    """
    files = (
        lake.known_files()
        .select("path", "file_id")
        .unique("file_id", keep="first", maintain_order=True)
        .with_columns(
            is_new=~pl.col("file_id").is_in(known["file_id"].unique().implode()),
            folder=_folder(),
        )
        .sort("path")
    )
    pages = lake.outcomes().join(files, on="file_id")
    return [*_rejected(lake, pages.filter("is_new")), *_silent_folders(pages)]


def _folder() -> pl.Expr:
    """The folder of a file; folders that differ in their numbers, such as dates, are one."""
    folder = pl.col("path").str.replace(r"[^/]*$", "")
    return folder.str.replace_all(r"[0-9]+", "#").replace("", ".")


def _rejected(lake: Lake, pages: pl.DataFrame) -> list[str]:
    doubtful = pages.filter(pl.col("rejected_line_count") > pl.col("accepted_line_count"))
    if doubtful.is_empty():
        return []
    no_price = pl.col("rejected_because") == Reason.ZERO_PRICE.value
    lost = (
        lake.rejected_lines(doubtful["block_id"])
        .group_by("block_id")
        .agg(lost_count=(~no_price).sum())
    )
    doubtful = doubtful.join(lost, on="block_id").filter(
        (pl.col("lost_count") > pl.col("accepted_line_count"))
        | (pl.col("accepted_line_count") == 0)
    )
    if doubtful.is_empty():
        return []
    first = doubtful.sort("path").row(0, named=True)
    count = "1 new page has" if doubtful.height == 1 else f"{doubtful.height:,} new pages have"
    lines = first["accepted_line_count"] + first["rejected_line_count"]
    return [
        f"{count} more rejected than accepted ticker lines, such as {first['path']}"
        f" ({first['rejected_line_count']} of {lines} rejected); the site may have changed its"
        " wording; after psx build, the table rejected_lines has the lines and reasons"
    ]


def _silent_folders(pages: pl.DataFrame) -> list[str]:
    old, new = ~pl.col("is_new"), pl.col("is_new")
    folders = (
        pages.group_by("path", "folder", "is_new")
        .agg(has_ticker=(pl.col("outcome") == "block").any())
        .sort("path")
        .group_by("folder", maintain_order=True)
        .agg(
            old_count=old.sum(),
            old_with=(old & pl.col("has_ticker")).sum(),
            new_count=new.sum(),
            new_with=(new & pl.col("has_ticker")).sum(),
            example=pl.col("path").filter(new).first(),
        )
        .filter(
            (pl.col("old_count") >= _FEWEST)
            & (pl.col("old_with") >= _NEARLY_ALL * pl.col("old_count"))
            & (pl.col("new_count") > 0)
            & (pl.col("new_with") == 0)
        )
    )
    said = [
        f"{row['folder']}: none of the {row['new_count']:,} new files has a ticker, and"
        f" {row['old_with']:,} of the {row['old_count']:,} files before had one; open"
        f" {row['example']} to see what it holds"
        for row in folders.head(_SHOWN).iter_rows(named=True)
    ]
    if (more := folders.height - _SHOWN) > 0:
        said.append(f"{more:,} more folders lost their tickers in the same way")
    return said
