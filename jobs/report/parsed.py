"""What a parse did, or would do, as text for the terminal."""

from collections.abc import Iterator

from jobs.snapshot.ingest import Ingested, Planned


def ingested_lines(result: Ingested) -> Iterator[str]:
    """What a parse did, one sentence a line."""
    if not result.files_found:
        yield "no snapshot files found"
        return
    if result.files_unchanged == result.files_found:
        yield f"nothing new: all {result.files_found:,} files were parsed before"
        return
    yield (
        f"parsed {result.files_parsed:,} new of {result.files_found:,} files"
        f" ({result.files_moved:,} known under another name or time)"
    )
    yield (
        f"{result.documents:,} documents, {result.blocks:,} with a ticker;"
        f" {result.lines_accepted:,} lines accepted, {result.lines_rejected:,} rejected"
    )
    if result.damaged_spans:
        yield f"{result.damaged_spans:,} damaged spans; see the table damaged_spans"


def plan_lines(planned: list[Planned]) -> Iterator[str]:
    """What a parse would read, a line a file."""
    for file in planned:
        stated = f"  {file.captured}" if file.captured else ""
        yield f"{file.size:>14,}  {file.kind:<22}  {file.path}{stated}"
    size = sum(file.size for file in planned)
    yield f"{len(planned):,} new files, {size:,} bytes; nothing was read into the lake"
