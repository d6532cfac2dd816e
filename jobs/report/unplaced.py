"""Pages that no session was found for: how many, the best guesses, and what helps."""

import shlex
import shutil
import sys
from pathlib import Path

import duckdb

from jobs.rows import rows
from jobs.settings import Warehouse

_SHOWN = 3
_STATE_TIME = (
    "state when the page was saved: its date and time in the file's name or in captures.csv"
)
_REMEDIES = {
    "mostly_zero_prices": "nothing helps, because its prices are zero; use a page saved later",
    "figures_contradict_capture_time": "correct the capture time that its path, captures.csv or"
    " archive states; the figures are of another session",
    "capture_day_alone": "state the time of day as well; after the close one session is left",
    "no_sound_line": "nothing helps; rejected_lines says what is wrong with its lines",
}


def remedy(reason: str) -> str:
    """What helps to place a page that is unplaced for `reason`, as half a sentence."""
    return _REMEDIES.get(reason, f"{_STATE_TIME}, or add pages of the same days")


def command(*words: object) -> str:
    """A command of psx as the user can paste it into a shell."""
    program = sys.argv[0]
    if shutil.which(Path(program).name) == str(Path(program).absolute()):
        program = Path(program).name
    return shlex.join([program, *map(str, words)])


def unplaced_text(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> str:
    """How many pages have no session, the best guess of the first few, and the two remedies.

    Empty if all pages are placed.
    """
    ((count,),) = connection.sql(
        "select count(*) from captures where trade_date is null"
    ).fetchall()
    if not count:
        return ""
    pages = rows(
        connection,
        "select source, document, max(best_date) as best_date,"
        " max(best_confidence) as best_confidence, max_by(reason, coalesce(best_confidence, 0))"
        " as reason"
        " from unplaced_captures join captures using (capture_id, source, document)"
        " where captures.trade_date is null group by source, document"
        " order by best_confidence desc nulls last, source, document limit $shown",
        shown=_SHOWN,
    )
    lines = ["1 page has no session" if count == 1 else f"{count:,} pages have no session"]
    lines[0] += "; the most likely ones:" if count > _SHOWN else ":"
    for page in pages:
        guess = "no best guess"
        if page["best_date"]:
            guess = f"best guess {page['best_date']}, probability {page['best_confidence']:.2f}"
        lines.append(f"  {page['source']}, document {page['document']}: {guess} ({page['reason']})")
    first = warehouse.root / pages[0]["source"]
    dated = first.with_name(f"YYYY-MM-DDTHHMM_{first.name}")
    move = shlex.join(["mv", "-n", str(first), str(dated)])
    parse = command("parse", "-w", warehouse.root, first.parent)
    build = command("build", "-w", warehouse.root)
    lines += [
        "To place a page, state when it was saved, in its name or in a captures.csv beside it:",
        f"  {move}; {parse} && {build}",
    ]
    if _history_helps(connection):
        lines += [
            "or add an index history that covers its session:",
            f"  {build} --index-history HISTORY.csv",
        ]
    lines.append(f"To see what a page shows: {command('show', first)}")
    return "\n".join(lines)


def _history_helps(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether an unplaced page has an index level that no close of the history explains."""
    found = rows(
        connection,
        "select count(*) as page_count from unplaced_captures join captures using (capture_id)"
        " where captures.trade_date is null and captures.index_line_count > 0"
        " and reason in ('no_session_matches', 'several_sessions_match', 'not_confirmed')",
    )
    return bool(found[0]["page_count"])
