"""`psx`: the commands in order, and the one place that turns errors into exit codes."""

import gc
import io
import os
import sys
from typing import Annotated

import typer

from jobs.commands import (
    build,
    check,
    diff,
    explain,
    export,
    movers,
    parse,
    report,
    rollback,
    show,
    status,
)
from jobs.errors import ExitCode, PsxError, visible
from jobs.files import disk_problem

EXIT_CODES = "Exit codes: " + "; ".join(f"{code.value} {code.meaning}" for code in ExitCode) + "."

app = typer.Typer(
    name="psx",
    help=(
        "Turns saved pages of the Business Recorder stock ticker into a market warehouse."
        " A night is: psx parse, then psx build."
    ),
    epilog=EXIT_CODES,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (
    show.show,
    parse.parse,
    build.build,
    check.check,
    export.export,
    movers.movers,
    report.report,
    explain.explain,
    diff.diff,
    rollback.rollback,
    status.status,
):
    app.command(epilog=EXIT_CODES)(command)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - every other command is spared it

        typer.echo(f"psx-warehouse {version('psx-warehouse')}")
        raise typer.Exit


@app.callback()
def psx(
    _: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """What comes before a command."""


def main() -> None:
    """Run `psx` and exit with the code that the outcome deserves."""
    # Imports make some 300,000 objects that stay; looking through them again and again is a
    # quarter of the time of a short command.
    gc.set_threshold(500_000)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may have no ▲
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False))
    except typer.Abort:
        _stop("interrupted", ExitCode.BUG)
    except PsxError as error:
        _stop(str(error), error.exit_code)
    except OSError as error:
        # What reaches this point is the world's doing: a full disk, a missing right.
        problem = disk_problem(error)
        _stop(str(problem), problem.exit_code)
    except Exception as error:
        if hasattr(error, "format_message"):  # Typer's own: an option or argument is wrong
            _stop(
                f"{' '.join(error.format_message().split()).rstrip('.')}; see --help",
                ExitCode.USAGE,
            )
        if os.environ.get("PSX_DEBUG"):
            raise
        kind = type(error).__name__
        _stop(
            f"internal error, {kind}: {' '.join(str(error).split())}"
            " (PSX_DEBUG=1 shows where; please report it)",
            ExitCode.BUG,
        )


def _stop(message: str, code: ExitCode) -> None:
    print(f"psx: {visible(message)}", file=sys.stderr)
    sys.exit(code)
