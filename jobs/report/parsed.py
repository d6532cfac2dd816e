"""What a parse did, or would do, as text for the terminal."""

from collections.abc import Iterator

from jobs.snapshot.ingest import Ingested, Planned
from jobs.snapshot.passed_over import PassedOver


def ingested_lines(result: Ingested) -> Iterator[str]:
    """What a parse did, one sentence a line."""
    if not result.files_found:
        yield "no snapshot files found"
    elif result.files_unchanged == result.files_found:
        yield f"nothing new: all {result.files_found:,} files were parsed before"
    else:
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
    yield from passed_over_lines(result.remarks.passed_over)


def passed_over_lines(passed_over: PassedOver) -> Iterator[str]:
    """How many files were passed over: suffixes with their counts, other files by their names."""
    if not passed_over.total:
        return
    parts = []
    for why, count in sorted(passed_over.counts.items(), key=lambda kind: (-kind[1], kind[0])):
        if why.startswith("."):
            parts.append(f"{count:,} {why}")
            continue
        names = passed_over.names[why]
        more = f" and {count - len(names):,} more" if count > len(names) else ""
        parts.append(f"{', '.join(names)}{more} ({why})")
    files = "file" if passed_over.total == 1 else "files"
    yield f"{passed_over.total:,} {files} passed over: {', '.join(parts)}"


def plan_lines(planned: list[Planned], passed_over: PassedOver) -> Iterator[str]:
    """What a parse would read and pass over, a line a file."""
    for why, names in sorted(passed_over.names.items()):
        for name in names:
            yield f"{'passed over':>14}  {why:<22}  {name}"
    for file in planned:
        stated = f"  {file.captured}" if file.captured else ""
        yield f"{file.size:>14,}  {file.kind:<22}  {file.path}{stated}"
    size = sum(file.size for file in planned)
    yield f"{len(planned):,} new files, {size:,} bytes; nothing was read into the lake"
