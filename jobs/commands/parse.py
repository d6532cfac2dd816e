"""`psx parse`: new snapshot files into the lake."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from jobs.options import DEFAULT_WAREHOUSE, RemoteOption, WarehouseOption, at_home, warehouse_at


def parse(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATHS]...",
            help="Snapshot files and folders.",
            show_default="landing/ of the warehouse",
        ),
    ] = None,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
    since: Annotated[
        datetime | None, typer.Option(help="Only files modified at this time or later.")
    ] = None,
    glob: Annotated[
        str, typer.Option(help="Only files whose name, or whole path, matches this pattern.")
    ] = "*",
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many new files, the first by path.")
    ] = None,
    remote: RemoteOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be read, and as what; read nothing.")
    ] = False,
) -> None:
    """Parse new snapshot files into the lake.

    Folders are searched for text, HTML, MHTML, JSON lines, Parquet, zip, WARC, WET and WACZ files,
    plain or with .gz or .zst; a file of another suffix is read if its content is one of these.
    What is passed over is counted and named. A file that was parsed before is not parsed again,
    under whatever name it lies there now. With --remote the workers of a cluster read and parse
    them: they see the same paths, on a shared file system, where the warehouse lies too, or
    addresses such as s3a://bucket/folder.
    """
    from jobs.errors import UsageError, visible
    from jobs.files import exclusive
    from jobs.report.parsed import ingested_lines, plan_lines
    from jobs.report.progress import progress_bar
    from jobs.settings import Settings
    from jobs.snapshot.containers.found import MEGABYTE, Limits
    from jobs.snapshot.ingest import Options, ingest, plan
    from jobs.snapshot.lake import Lake
    from jobs.snapshot.passed_over import PassedOver
    from jobs.snapshot.sources import Remarks, Selection

    place = warehouse_at(warehouse)
    settings = Settings.load(place)
    limits = Limits(settings.document_megabytes * MEGABYTE, settings.expansion)
    selection = Selection(since, glob, limit)
    options = Options(settings.batch_megabytes, limits, selection)
    given = [path.removeprefix("file://") for path in paths or [str(place.landing)]]
    given = [path if "://" in path else str(at_home(Path(path))) for path in given]
    snapshots, lake = [Path(path) for path in given], Lake(place.lake)
    if remote and dry_run:
        raise UsageError("--dry-run looks into files here, and --remote leaves them to the cluster")
    for address in [path for path in given if "://" in path and not remote]:
        raise UsageError(f"{address}: addresses are for a cluster to read; name one by --remote")
    if dry_run:
        remarks = Remarks(PassedOver(names_kept=None))
        planned = plan(snapshots, lake, place.root, selection, remarks)
        for line in plan_lines(planned, remarks.passed_over):
            typer.echo(visible(line))
        for warning in remarks.warnings:
            typer.echo(f"psx: warning: {visible(warning)}", err=True)
        return
    with exclusive(place.lock, "parse", makes_folder=True), progress_bar("parsing") as progress:
        if remote:
            from jobs.cluster.engine import connected
            from jobs.cluster.ingest import ingest_remotely

            with connected(remote) as cluster:
                result = ingest_remotely(given, cluster, place, options, progress)
        else:
            result = ingest(snapshots, lake, place.root, options, progress)
    for refusal in result.refused:
        typer.echo(f"psx: refused {visible(refusal)}", err=True)
    for warning in result.remarks.warnings:
        typer.echo(f"psx: warning: {visible(warning)}", err=True)
    for line in ingested_lines(result):
        typer.echo(visible(line))
