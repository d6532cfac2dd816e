"""Every table, column and promise as one page of HTML that needs no network."""

from collections.abc import Iterator, Sequence
from html import escape
from re import sub

from docs.lineage import readers_of
from jobs.models.checks import contract_checks
from jobs.models.graph import LAYERS
from jobs.models.header import SqlFile

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; color: #222; }
nav { position: fixed; top: 0; bottom: 0; width: 17rem; overflow: auto; padding: 1rem;
  background: #f4f5f7; box-sizing: border-box; }
nav a { display: block; }
main { margin-left: 17rem; padding: 1rem 2rem; max-width: 60rem; }
a { color: #0550ae; text-decoration: none; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0;
  border-bottom: 1px solid #ddd; }
h2 { margin-top: 3rem; }
code { font-size: 90%; }
:target { background: #fff8c5; }
"""


def site(models: Sequence[SqlFile], types: dict[tuple[str, str], str]) -> str:
    """The page: published tables first, then what they are made of."""
    ordered = [
        model
        for layer in reversed(LAYERS)
        for model in sorted(models, key=lambda model: model.name)
        if model.layer == layer
    ]
    return "".join(_page(ordered, types))


def _page(models: Sequence[SqlFile], types: dict[tuple[str, str], str]) -> Iterator[str]:
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>psx-warehouse: tables</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<nav>\n"
    )
    for layer in reversed(LAYERS):
        yield f"<h3>{layer}</h3>\n"
        yield from (f"{_link(m.name)}\n" for m in models if m.layer == layer)
    yield "</nav>\n<main>\n<h1>Tables of psx-warehouse</h1>\n"
    built = {model.name for model in models}
    for model in models:
        yield f'<h2 id="{model.name}">{model.name}</h2>\n<p>{_text(model.description)}</p>\n'
        yield f"<p>Reads {_links(model.reads, built)}.<br>"
        yield f"Read by {_links(readers_of(model.name, models), built)}.</p>\n"
        yield "<table>\n<tr><th>column</th><th>type</th><th>meaning</th></tr>\n"
        for column, comment in model.columns.items():
            cells = (f"<code>{column}</code>", types[model.name, column], _text(comment))
            yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"
        yield "</table>\n<p>Checked in every build:</p>\n<ul>\n"
        for check in contract_checks(model):
            yield f"<li>{escape(check.name.partition(': ')[2])}</li>\n"
        yield "</ul>\n"
    yield "</main>\n</body>\n</html>\n"


def _link(table: str) -> str:
    return f'<a href="#{table}">{table}</a>'


def _links(tables: Sequence[str] | frozenset[str], built: set[str]) -> str:
    found = (_link(t) if t in built else f"<code>{t}</code>" for t in sorted(tables))
    return ", ".join(found) or "nothing"


def _text(comment: str) -> str:
    return sub(r"`(.+?)`", r"<code>\1</code>", escape(comment))
