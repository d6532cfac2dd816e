"""A model's file: its contract in the opening comment, its one SELECT below."""

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from jobs.errors import UsageError

MAIN = "marts"
"""The layer whose tables stand in the main schema, as `daily_movers`; others stand in their own."""

VIEWS = "staging"
"""The layer of views; every other layer is tables."""

PROMISES = ("check", "not null", "unique", "references", "accepted", "freshness", "rows")
"""What a header may promise of its table, beside the grain; each becomes a check."""

_KEYS = {"grain", "severity", *PROMISES}


@dataclass(frozen=True)
class SqlFile:
    """One file under `sql/`: what its header promises, and its SELECT."""

    path: Path
    description: str
    grain: tuple[str, ...]
    promises: tuple[tuple[str, str], ...]
    """Kind and words of each promise, in the order of `PROMISES`."""
    severity: str
    sql: str
    first_line: int
    """Line of the file on which `sql` begins."""

    @property
    def layer(self) -> str:
        """The folder it lies in."""
        return self.path.parent.name

    @property
    def name(self) -> str:
        """The table as SQL names it: `core.blocks`, and plain `captures` for a mart."""
        return self.path.stem if self.layer == MAIN else f"{self.layer}.{self.path.stem}"

    @property
    def is_view(self) -> bool:
        """Whether it is built as a view."""
        return self.layer == VIEWS

    @property
    def query(self) -> exp.Query:
        """The parsed SELECT.

        Raises:
            UsageError: the file does not hold one SELECT.
        """
        try:
            statements = _parsed(self.sql)
        except SqlglotError as error:
            raise UsageError(self._syntax(error)) from error
        if len(statements) != 1 or not isinstance(statements[0], exp.Query):
            raise UsageError(f"{self.path}: expected one SELECT and nothing else")
        return statements[0]

    @property
    def reads(self) -> frozenset[str]:
        """The tables that the query reads, its own CTEs left out."""
        ctes = {cte.alias for cte in self.query.find_all(exp.CTE)}
        tables = {_name(table) for table in self.query.find_all(exp.Table)}
        return frozenset(tables - ctes)

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

    def _syntax(self, error: SqlglotError) -> str:
        """What is wrong with a query that cannot be parsed; DuckDB says it best."""
        try:
            duckdb.extract_statements(self.sql)
        except duckdb.Error as better:
            return self.complaint(better)
        return f"{self.path}: {str(error).splitlines()[0]}"

    @property
    def columns(self) -> dict[str, str]:
        """The output columns in order, each with the comment that stands behind it."""
        return {
            column.alias_or_name: " ".join(c.strip() for c in column.comments or ())
            for column in self.query.selects
        }


@functools.lru_cache(maxsize=256)
def _parsed(sql: str) -> list[exp.Expr | None]:
    """The statements of a text; nobody changes them."""
    return sqlglot.parse(sql, dialect="duckdb")


def _name(table: exp.Table) -> str:
    """A table as SQL names it, or the function that makes one."""
    if isinstance(table.this, exp.Anonymous):
        return table.this.name
    if isinstance(table.this, exp.Func):
        return table.this.sql_name().lower()
    return ".".join(part for part in (table.db, table.name) if part)


def read_sql_file(path: Path) -> SqlFile:
    """Read the header and the query of one file.

    The header is the opening run of comment lines. Lines of the form `-- grain: a, b`,
    `-- check: expression` and `-- severity: warn` are the contract; the rest is the description.
    `PROMISES` lists the kinds of promises, `jobs.models.checks` what each means.

    Raises:
        UsageError: the header lacks a description, or a severity is neither `error` nor `warn`.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    prose: list[str] = []
    contract: dict[str, list[str]] = {key: [] for key in _KEYS}
    body_start = 0
    for body_start, line in enumerate(lines):  # noqa: B007 - where the header ends
        if not line.startswith("--"):
            break
        text = line.removeprefix("--").strip()
        key, _, value = text.partition(":")
        if key in _KEYS:
            contract[key].append(value.strip())
        else:
            prose.append(text)
    severity = (contract["severity"] or ["error"])[0]
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
        sql="\n".join(lines[body_start:]),
        first_line=body_start + 1,
    )
