"""A model's file: its contract in the opening comment, its one SELECT below."""

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from jobs.errors import UsageError
from jobs.models.select_list import output_columns

MAIN = "marts"
"""The layer whose tables stand in the main schema, as `daily_movers`; others stand in their own."""

VIEWS = "staging"
"""The layer of views; every other layer is tables."""

PROMISES = ("check", "not null", "unique", "references", "accepted", "freshness", "rows")
"""What a header may promise of its table, beside the grain; each becomes a check."""

_KEYS = {"grain", "severity", "built", *PROMISES}


def table_name(file: Path) -> str:
    """The table of a model's file as SQL names it: `core.blocks`, and for a mart `captures`."""
    layer = file.parent.name
    return file.stem if layer == MAIN else f"{layer}.{file.stem}"


@dataclass(frozen=True)
class SqlFile:
    """One file under `sql/`: what its header promises, and its SELECT."""

    path: Path
    description: str
    grain: tuple[str, ...]
    promises: tuple[tuple[str, str], ...]
    """Kind and words of each promise, in the order of `PROMISES`."""
    severity: str
    is_about_run: bool
    """Whether it is built last, because its figures are those of the models and checks."""

    sql: str
    first_line: int
    """Line of the file on which `sql` begins."""

    @property
    def layer(self) -> str:
        """The folder it lies in."""
        return self.path.parent.name

    @property
    def name(self) -> str:
        """The table as SQL names it."""
        return table_name(self.path)

    @property
    def is_view(self) -> bool:
        """Whether it is built as a view."""
        return self.layer == VIEWS

    @functools.cached_property
    def reads(self) -> frozenset[str]:
        """The tables that the query reads; its own CTEs are not among them.

        Raises:
            UsageError: the file does not hold one SELECT.
        """
        try:
            if [s.type for s in duckdb.extract_statements(self.sql)] != [_SELECT]:
                raise UsageError(f"{self.path}: expected one SELECT and nothing else")
            found = _parser().get_table_names(self.sql, qualified=True)
        except duckdb.Error as error:
            raise UsageError(self.complaint(error)) from error
        return frozenset(name.partition(" AS ")[0] for name in found)

    @property
    def digest(self) -> str:
        """A short name of the query as it is written; another text has another."""
        return hashlib.sha256(self.sql.encode()).hexdigest()[:16]

    def complaint(self, error: Exception, lines_before: int = 0) -> str:
        """What a database says of the query, in one line: file, line, reason, and the SQL there.

        `lines_before` tells how many lines of ours stood before it.
        """
        said = str(error)
        if not (place := re.search(r"\bLINE (\d+): ", said)):
            return f"{self.path}: {' '.join(said.split())}"
        number = int(place[1]) - 1 - lines_before
        lines = self.sql.splitlines()
        text = lines[number].strip() if number < len(lines) else ""
        reason = " ".join(said[: place.start()].split())
        return f"{self.path}:{self.first_line + number}: {reason} in: {text}"

    @functools.cached_property
    def columns(self) -> dict[str, str]:
        """The output columns in order, each with the comment that stands behind it."""
        return output_columns(self.sql)


_SELECT = duckdb.StatementType.SELECT


@functools.cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A connection that parses queries; a query that would read a file is an error."""
    return duckdb.connect(config={"enable_external_access": "false"})


def read_sql_file(path: Path) -> SqlFile:
    """Read the header and the query of one file.

    The header is the opening run of comment lines. Lines of the form `-- grain: a, b`,
    `-- check: expression` and `-- severity: warn` are the contract; `-- built: after the checks` is
    for a model about the build itself; the rest is the description.
    `PROMISES` lists the kinds of promises, `jobs.models.checks` what each means.

    Raises:
        UsageError: the header lacks a description, has a line of an unknown kind, or has a severity
            that is neither `error` nor `warn`.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    prose: list[str] = []
    contract: dict[str, list[str]] = {key: [] for key in _KEYS}
    body_start = 0
    for body_start, line in enumerate(lines):
        if not line.startswith("--"):
            break
        text = line.removeprefix("--").strip()
        key, _, value = text.partition(":")
        if key in _KEYS:
            contract[key].append(value.strip())
        elif re.fullmatch(r"[a-z]+( [a-z]+)?", key) and value:
            raise UsageError(
                f"{path}:{body_start + 1}: `-- {key}:` is no kind of promise;"
                f" known are {', '.join(sorted(_KEYS))}. A sentence begins with a capital letter"
            )
        else:
            prose.append(text)
    severity = (contract["severity"] or ["error"])[0]
    if contract["built"] not in ([], ["after the checks"]):
        raise UsageError(f"{path}: `-- built:` can only say `after the checks`")
    if not prose:
        raise UsageError(f"{path}: the file must open with a comment that says what a row is")
    if severity not in ("error", "warn"):
        raise UsageError(f"{path}: severity is {severity!r}; expected error or warn")
    return SqlFile(
        path=path,
        description=" ".join(prose),
        grain=tuple(c.strip() for line in contract["grain"] for c in line.split(",") if c.strip()),
        promises=tuple((kind, words) for kind in PROMISES for words in contract[kind]),
        severity=severity,
        is_about_run=bool(contract["built"]),
        sql="\n".join(lines[body_start:]),
        first_line=body_start + 1,
    )
