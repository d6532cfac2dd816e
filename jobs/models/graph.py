"""The models of a folder, in the order in which they can be built."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from jobs.errors import UsageError
from jobs.models.header import MAIN, SqlFile, read_sql_file, table_name

LAYERS = ("staging", "core", "measures", "marts")
INPUT_SCHEMAS = ("lake", "published", "reference", "run")
"""The schemas that no model builds."""


def load_models(folder: Path, needed_for: Sequence[str] = ()) -> list[SqlFile]:
    """Every model under `folder`, each behind the models that it reads.

    With `needed_for`, only those tables and what they are built from.

    Raises:
        UsageError: a model without a grain, one that reads a table which is not there, or a circle.
    """
    files = {
        table_name(file): file
        for layer in LAYERS
        for file in sorted((folder / layer).glob("*.sql"))
    }
    models: dict[str, SqlFile] = {}
    waiting = sorted(needed_for or files)
    while waiting:
        if (name := waiting.pop()) in models or name not in files:
            continue
        models[name] = _read_model(files[name], files.keys())
        waiting += models[name].reads
    order = TopologicalSorter(
        {name: sorted(model.reads & models.keys()) for name, model in sorted(models.items())}
    )
    try:
        return [models[name] for name in order.static_order()]
    except CycleError as error:
        raise UsageError(
            f"{folder}: models read each other in a circle: {error.args[1]}"
        ) from error


def _read_model(file: Path, known: Collection[str]) -> SqlFile:
    """One model; it reads tables of the models `known` and what a build is given, and no others."""
    model = read_sql_file(file)
    if not model.grain:
        raise UsageError(f"{file}: no `-- grain:` line; a model says what makes a row unique")
    for table in sorted(model.reads):
        if table not in known and table.split(".")[0] not in INPUT_SCHEMAS:
            raise UsageError(f"{file}: reads {table}, which no model builds")
    if missing := set(model.grain) - set(model.columns):
        raise UsageError(f"{file}: the grain names {', '.join(missing)}, not a column")
    return model


def mart_keys(folder: Path) -> dict[str, tuple[str, ...]]:
    """The grain of each mart under `folder`."""
    marts = map(read_sql_file, sorted((folder / MAIN).glob("*.sql")))
    return {mart.name: mart.grain for mart in marts}


def load_checks(folder: Path) -> list[SqlFile]:
    """The cross-table checks under `folder`, by name."""
    return [read_sql_file(path) for path in sorted((folder / "checks").glob("*.sql"))]


def load_guards(folder: Path) -> list[SqlFile]:
    """The guards under `folder`, by name."""
    return [read_sql_file(path) for path in sorted((folder / "guards").glob("*.sql"))]


def select_models(models: Sequence[SqlFile], wanted: Sequence[str]) -> list[SqlFile]:
    """Those of `models` that `wanted` names, in their order; `x+` takes what follows x as well.

    Raises:
        UsageError: a name that no model has.
    """
    names = {model.name for model in models}
    chosen: set[str] = set()
    for words in wanted:
        name = words.removesuffix("+")
        if name not in names:
            near = get_close_matches(name, sorted(names), 3)
            raise UsageError(
                f"--select {words}: no model is called {name}"
                + (f"; near are {', '.join(near)}" if near else "")
            )
        reached = {name}
        if words.endswith("+"):
            for model in models:
                if model.reads & reached:
                    reached.add(model.name)
        chosen |= reached
    return [model for model in models if model.name in chosen]
