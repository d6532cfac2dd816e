"""New pages that should have a ticker and have none: the site, or the download, changed."""

import polars as pl

from jobs.snapshot.lake import Lake

_FEWEST = 3
"""Files of a folder from which they say what its files look like."""

_NEARLY_ALL = 0.9
_SHOWN = 3


def lost_tickers(lake: Lake, known: pl.DataFrame) -> list[str]:
    """A warning for new pages whose ticker lines are all rejected, and for folders without tickers.

    A folder is named if nearly all of its `known` files had a ticker and none of its new files has
    one.

    Args:
        lake: the lake with the new files.
        known: the files that it held before, with the column `file_id`.
    """
    files = (
        lake.outcomes()
        .group_by("file_id")
        .agg(
            has_ticker=(pl.col("outcome") == "block").any(),
            rejected_count=_is_all_rejected().sum(),
        )
        .join(lake.known_files().select("path", "file_id"), on="file_id")
        .unique("file_id", keep="first", maintain_order=True)
        .with_columns(
            is_new=~pl.col("file_id").is_in(known["file_id"].unique().implode()),
            folder=pl.col("path").str.replace(r"[^/]*$", "").replace("", "."),
        )
        .sort("path")
    )
    rejected = files.filter("is_new", pl.col("rejected_count") > 0)
    return [*_rejected(rejected), *_silent_folders(files)]


def _is_all_rejected() -> pl.Expr:
    return (pl.col("outcome") == "block") & (pl.col("accepted_line_count") == 0)


def _rejected(files: pl.DataFrame) -> list[str]:
    count = int(files["rejected_count"].sum())
    if not count:
        return []
    pages = "1 new page has" if count == 1 else f"{count:,} new pages have"
    return [
        f"{pages} no ticker line that psx accepts, such as {files['path'][0]}; the site may have"
        " changed its wording; after the build, the table rejected_lines has the lines and reasons"
    ]


def _silent_folders(files: pl.DataFrame) -> list[str]:
    old, new = ~pl.col("is_new"), pl.col("is_new")
    folders = (
        files.group_by("folder", maintain_order=True)
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
