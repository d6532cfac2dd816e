"""Models on other engines: DuckDB's SQL carried over to Spark's, and what does not carry over."""

from collections import Counter
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from jobs.errors import UsageError
from jobs.models.header import SqlFile


@dataclass(frozen=True)
class Complaint:
    """One construct of a model that other engines lack, or take for something else."""

    path: Path
    line: int
    found: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.found} does not carry over; {self.instead}"


MOST_SCANS = 40
"""Tables that one query may read, counted as an engine does that writes every CTE out in place."""


class Step(NamedTuple):
    """A query of a model as Spark has it, and the table that keeps its rows."""

    table: str
    query: str


def carried_over(sql: str, name: str, table_name: Callable[[str], str]) -> list[Step]:
    """A query of DuckDB as queries of Spark that mean the same; the last one is the model itself.

    Where the two count differently, DuckDB's way is spelled out: `/` divides doubles, and an
    average is a double. A literal with a point, a decimal in DuckDB, goes as a double, for engines
    differ in what decimals of two scales give; where a decimal must meet it exactly, the model
    casts it.

    Spark writes each CTE out wherever it is read, so steps that are read twice each, one behind the
    other, grow beyond measure: a model that would read more than `MOST_SCANS` tables so keeps those
    CTEs as tables.

    Args:
        sql: one SELECT in the portable subset (`complaints` finds nothing in it).
        name: the model's, as the models call it: `core.blocks`.
        table_name: from a table as the models call it to its name over there.
    """
    tree: Any = sqlglot.parse_one(sql, dialect="duckdb")
    body = tree.copy()
    body.set("with_", None)
    queries = {cte.alias.lower(): cte.this for cte in tree.ctes} | {"": body}
    scans: dict[str, int] = {}
    for alias, query in queries.items():
        scans[alias] = sum(scans.get(table, 1) for table in _tables(query))
    read = Counter(table for query in queries.values() for table in _tables(query))
    kept = [alias for alias in queries if scans[""] > MOST_SCANS and read[alias] > 1]
    there = {alias: table_name(f"{name}.{alias}") for alias in kept}

    def carried(alias: str) -> str:
        query = queries[alias].copy()
        for near in _near(alias, queries, there):
            query = query.with_(near, queries[near].copy(), copy=False)
        ctes = {cte.alias.lower() for cte in query.ctes}
        for table in list(query.find_all(exp.Table)):
            if (called := _name(table)) not in ctes:
                new = exp.to_table(there.get(called) or table_name(called))
                new.set("alias", exp.TableAlias(this=exp.to_identifier(table.alias or table.name)))
                table.replace(new)
        query = query.transform(_counted_as_duckdb_does)
        return str(query.sql("spark", comments=False, identify=True))

    steps = [Step(there[alias], carried(alias)) for alias in kept]
    return [*steps, Step(table_name(name), carried(""))]


def _near(alias: str, queries: dict[str, exp.Expr], kept: Container[str]) -> list[str]:
    """The CTEs that a query needs beside it, since nobody keeps them, in their order."""
    needed: set[str] = set()
    waiting = [alias]
    while waiting:
        new = {t for t in _tables(queries[waiting.pop()]) if t in queries and t not in kept}
        waiting += new - needed
        needed |= new
    return [cte for cte in queries if cte in needed]


def _tables(query: exp.Expr) -> list[str]:
    return [_name(table) for table in query.find_all(exp.Table)]


def _name(table: exp.Table) -> str:
    return ".".join(part for part in (table.db, table.name) if part).lower()


def _counted_as_duckdb_does(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Literal) and not node.is_string and "." in node.name:
        return exp.cast(node.copy(), "double")
    if isinstance(node, exp.Div | exp.Avg):
        counted = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
        counted.replace(exp.cast(counted.copy(), "double"))
    return node


def complaints(file: SqlFile) -> list[Complaint]:
    """What in a model, check or guard does not carry over, in the order of its lines.

    Raises:
        UsageError: sqlglot cannot parse the query.
    """
    try:
        query = sqlglot.parse_one(file.sql, dialect="duckdb")
    except SqlglotError as error:
        raise UsageError(f"{file.path}: {str(error).splitlines()[0]}") from error
    found = {
        Complaint(file.path, file.first_line + _line(node) - 1, what, instead)
        for node in query.walk()
        for what, instead in _objections(node)
    }
    return sorted(found, key=lambda complaint: (complaint.line, complaint.found))


_CLAUSES: dict[type[exp.Expr], tuple[str, str]] = {
    exp.Pivot: ("pivot", "write max(...) filter (where ...) for each column"),
    exp.TableSample: ("a sample", "filter by a hash of the key"),
    exp.Comprehension: ("a list comprehension", "unnest the list and aggregate it"),
    exp.Lambda: ("a lambda", "unnest the list and aggregate it"),
    exp.Quantile: ("quantile", "median carries over; for others rank the rows and choose one"),
    exp.PercentileCont: ("quantile_cont", "median carries over; for others rank the rows"),
    exp.PercentileDisc: ("quantile_disc", "rank the rows with row_number() and choose one"),
    exp.Columns: ("columns(...)", "name the columns"),
    exp.DateBin: ("time_bucket()", "use date_trunc"),
    exp.DayOfWeek: ("dayofweek()", "use date_diff('day', date '1900-01-01', day) % 7: 0 is Monday"),
    exp.IsNan: ("isnan()", "keep NaN out with nullif before the division"),
    exp.RegexpLike: ("regexp_matches()", "use like"),
    exp.Bracket: ("an element of a list or map", "unnest it, or aggregate with max_by or min_by"),
}

_FUNCTIONS = {
    "date_sub": "subtract with `-`, or use date_diff",
    "datesub": "subtract with `-`, or use date_diff",
    "dayname": "use date_diff('day', date '1900-01-01', day) % 7: 0 is Monday",
    "monthname": "use month",
    "yearweek": "use date_trunc('week', day)",
    "mad": "take the median of abs(x - median)",
    "product": "use exp(sum(ln(x)))",
    "histogram": "count by group",
    "bar": "leave drawing to the reader",
    "isfinite": "keep infinities out with nullif before the division",
    "round_even": "use round",
    "list_slice": "unnest the list",
    "printf": "use concat",
    "format": "use concat",
    "skewness": "add up the powers",
    "kurtosis": "add up the powers",
    "range": "join a table of numbers",
    "generate_series": "join a table of numbers",
}


def _objections(node: exp.Expr) -> Iterator[tuple[str, str]]:
    """What speaks against a node, and the rewrite that works."""
    for kind, said in _CLAUSES.items():
        if isinstance(node, kind):
            yield said
    if isinstance(node, exp.Func):
        name = node.name.lower() if isinstance(node, exp.Anonymous) else node.sql_name().lower()
        written = str(node.meta.get("name", name)).lower()
        for called in {name, written} & _FUNCTIONS.keys():
            yield f"{called}()", _FUNCTIONS[called]
    for kind, is_so, found, instead in _FORMS:
        if isinstance(node, kind) and is_so(node):
            yield found, instead


_FORMS: list[tuple[type[exp.Expr], Callable[[Any], object], str, str]] = [
    (exp.Group, lambda n: n.args.get("all"), "group by all", "name the columns"),
    (
        exp.Order,
        lambda n: any(o.this.name == "ALL" for o in n.expressions),
        "order by all",
        "name the columns",
    ),
    (
        exp.Order,
        lambda n: isinstance(n.parent, exp.Func),
        "an ordered aggregate",
        "use max_by or min_by, or list_sort(list(...))",
    ),
    (
        exp.Join,
        lambda n: n.method.lower() in ("asof", "positional"),
        "an asof or positional join",
        "join on a range and keep the first by row_number()",
    ),
    (
        exp.Star,
        lambda n: n.args.get("except_") or n.args.get("replace") or n.args.get("rename"),
        "* exclude, replace or rename",
        "name the columns",
    ),
    (
        exp.With,
        lambda n: n.recursive,
        "with recursive",
        "write out the few steps that the data need",
    ),
    (exp.With, lambda n: n.parent.parent, "a `with` inside a query", "move it to the beginning"),
    (
        exp.CTE,
        lambda n: n.args.get("materialized") is not None,
        "a materialized CTE",
        "leave the word out",
    ),
    (
        exp.SetOperation,
        lambda n: n.args.get("by_name"),
        "union by name",
        "name the columns in the same order",
    ),
    (exp.LimitOptions, lambda n: n.args.get("percent"), "a limit in percent", "rank the rows"),
    (
        exp.ArgMax,
        lambda n: n.args.get("count"),
        "the n largest",
        "rank the rows with row_number()",
    ),
    (
        exp.ArgMin,
        lambda n: n.args.get("count"),
        "the n smallest",
        "rank the rows with row_number()",
    ),
    (
        exp.Cast,
        lambda n: n.is_type("time"),
        "a time of day",
        "keep it as text, and cast date, time and zone to timestamptz",
    ),
    (
        exp.In,
        lambda n: n.args.get("query") and not _filters(n),
        "`in (select ...)` outside where",
        "left join the distinct keys",
    ),
    (
        exp.WindowSpec,
        lambda n: isinstance(n.args.get("start"), exp.Interval),
        "a frame over an interval",
        "use a range over a whole number, such as session_number",
    ),
]
"""Kinds of nodes that carry over but for some forms: kind, which form, what it is, the rewrite."""


def _filters(node: exp.Expr) -> bool:
    """Whether a condition is one that `where` ands: engines turn it into a join."""
    parent = node.parent
    while isinstance(parent, exp.And | exp.Not | exp.Paren):
        parent = parent.parent
    return isinstance(parent, exp.Where) and not isinstance(parent.parent, exp.Filter)


def _line(node: exp.Expr) -> int:
    """The line that a node stands on, from 1: its own first one, or the last one before it."""
    if lines := _lines(node):
        return min(lines)
    while node.parent and not lines:
        node = node.parent
        lines = _lines(node)
    return max(lines, default=1)


def _lines(node: exp.Expr) -> list[int]:
    return [found.meta["line"] for found in node.walk() if "line" in found.meta]
