"""What each model reads and what reads it, as a page with graphs: from the SQL files alone."""

from collections.abc import Iterator, Sequence

from jobs.models.graph import LAYERS
from jobs.models.header import SqlFile

_TITLES = {
    "staging": "From what a build is given to `staging`",
    "core": "From `staging` to `core`: pages find their session, and quotes are chosen",
    "measures": "`measures`: closes, windows, sector indices, weeks and months",
    "marts": "From `core` and `measures` to the published tables",
}


def lineage(models: Sequence[SqlFile]) -> Iterator[str]:
    """The page, in parts; `models` stand in the order in which they are built."""
    yield (
        "# Lineage\n\nWhat each model reads, taken from the SQL files. Where it reads a table"
        " itself and by way\nof another model as well, the graphs show the way alone;"
        " the list below has all.\n"
    )
    drawn = arrows(models)
    for layer in LAYERS:
        names = {model.name for model in models if model.layer == layer}
        yield f"\n## {_TITLES[layer]}\n\n```mermaid\nflowchart LR\n"
        for source, target in drawn:
            if target in names:
                yield f'    {_node(source)}["{source}"] --> {_node(target)}["{target}"]\n'
        yield "```\n"
    yield "\n## Every model\n\n| model | reads | read by |\n| --- | --- | --- |\n"
    for model in models:
        reads, readers = _list(model.reads), _list(readers_of(model.name, models))
        yield f"| `{model.name}` | {reads} | {readers} |\n"


def arrows(models: Sequence[SqlFile]) -> list[tuple[str, str]]:
    """From what is read to what reads it, without those that lead there by way of another."""
    behind: dict[str, set[str]] = {}
    found = []
    for model in models:
        indirect = {far for table in model.reads for far in behind.get(table, ())}
        behind[model.name] = indirect | model.reads
        found += [(table, model.name) for table in sorted(model.reads - indirect)]
    return found


def readers_of(table: str, models: Sequence[SqlFile]) -> list[str]:
    """The models that read a table, by name."""
    return sorted(model.name for model in models if table in model.reads)


def _node(table: str) -> str:
    return table.replace(".", "_")


def _list(tables: Sequence[str] | frozenset[str]) -> str:
    return ", ".join(f"`{table}`" for table in sorted(tables))
