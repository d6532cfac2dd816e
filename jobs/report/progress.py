"""A bar for a person who waits; a line a minute for a log."""

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jobs.snapshot.ingest import Progress as Standing

_LOG_SECONDS = 60


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[Standing], None]]:
    """A function of how far a parse has come, which shows it on standard error.

    On a terminal it moves a bar with bytes, documents and the time left; elsewhere it writes a line
    a minute.
    """
    if not sys.stderr.isatty():
        yield _log(label)
        return
    # A log has no need of rich, and a night no time for it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn(label),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[documents]:,} documents"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(label, total=None, documents=0)

        def show(standing: Standing) -> None:
            done, in_all, documents = standing
            bar.update(task, completed=done, total=in_all, documents=documents)

        yield show


def _log(label: str) -> Callable[[Standing], None]:
    begun = said = time.monotonic()

    def show(standing: Standing) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said < _LOG_SECONDS:
            return
        said = now
        share = standing.bytes_done / max(standing.bytes_in_all, 1)
        left = (now - begun) * (1 - share) / share if share else 0
        print(
            f"psx: {label}: {share:.0%} of {standing.bytes_in_all / 1e6:,.0f} MB,"
            f" {standing.documents:,} documents, about {math.ceil(left / 60)} min left",
            file=sys.stderr,
            flush=True,
        )

    return show
