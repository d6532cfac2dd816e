"""The output columns of a SELECT and the comments behind them, from DuckDB's own tokens."""

from collections.abc import Iterator
from typing import NamedTuple

import duckdb

_ENDS = frozenset(
    "from where group having qualify order limit union intersect except window".split()
)
"""Words behind a select list."""


class _Token(NamedTuple):
    text: str
    line: int
    depth: int
    """Brackets that are open around it."""
    is_comment: bool


def output_columns(sql: str) -> dict[str, str]:
    """The output columns of a query in order, each with its comment, or an empty text.

    A column's comment is the `--` comment on the line on which the column ends. A comment on a line
    of its own belongs to no column. Of a union, the first SELECT names the columns.
    """
    columns: dict[str, str] = {}
    name = behind = comment = ""  # the column so far, what was said of it, the column before
    ended_on = -1  # the line of the last token that was no comment
    is_after_comma = False
    for token in _select_list(sql):
        if token.is_comment:
            if token.line == ended_on:
                comment = token.text.removeprefix("--").strip()
                if is_after_comma:
                    columns[behind] = comment
            continue
        ended_on = token.line
        is_after_comma = token.depth == 0 and token.text == ","
        if is_after_comma:
            columns[name], behind = comment, name
        else:
            name = token.text.strip('"')
        comment = ""
    if name:
        columns[name] = comment
    return columns


def _select_list(sql: str) -> Iterator[_Token]:
    """The tokens between the first `select` outside all brackets and its `from`, if it has one."""
    is_inside = is_begun = False
    before = ""
    for token in _tokens(sql):
        word = token.text.lower() if token.depth == 0 and not token.is_comment else ""
        if is_inside and word in _ENDS and (before, word) != ("distinct", "from"):
            return
        before = word or before
        if is_inside and (is_begun or word not in ("distinct", "all")):
            is_begun = True
            yield token
        is_inside |= word == "select"


def _tokens(sql: str) -> Iterator[_Token]:
    content = sql.encode()  # the tokenizer counts bytes
    found = duckdb.tokenize(sql)
    ends = [place for place, _ in found[1:]] + [len(content)]
    depth = line = start = 0
    for (place, kind), end in zip(found, ends, strict=True):
        line += content.count(b"\n", start, place)
        start = place
        text = content[place:end].decode().strip()
        depth -= text in (")", "]", "}")
        is_comment = kind == duckdb.token_type.comment
        yield _Token(text.split("\n")[0] if is_comment else text, line, depth, is_comment)
        depth += text in ("(", "[", "{")
