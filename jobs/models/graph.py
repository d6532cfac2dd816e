"""The models of a folder, in the order in which they can be built."""

from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from jobs.errors import UsageError
from jobs.models.header import SqlFile, read_sql_file

LAYERS = ("staging", "core", "marts")
INPUT_SCHEMAS = ("lake", "published", "reference")
"""The schemas that are filled before any model runs."""


def load_models(folder: Path) -> list[SqlFile]:
    """Every model under `folder`, each behind the models that it reads.

    Raises:
        UsageError: a model without a grain, one that reads a table which is not there, or a circle.
    """
    models = {
        model.name: model
        for layer in LAYERS
        for model in map(read_sql_file, sorted((folder / layer).glob("*.sql")))
    }
    for model in models.values():
        if not model.grain:
            raise UsageError(
                f"{model.path}: no `-- grain:` line; a model says what makes a row unique"
            )
        if missing := set(model.grain) - set(model.columns):
            raise UsageError(f"{model.path}: the grain names {', '.join(missing)}, not a column")
        for table in sorted(model.reads - models.keys()):
            if table.split(".")[0] not in INPUT_SCHEMAS:
                raise UsageError(f"{model.path}: reads {table}, which no model builds")
    order = TopologicalSorter(
        {name: sorted(model.reads & models.keys()) for name, model in sorted(models.items())}
    )
    try:
        return [models[name] for name in order.static_order()]
    except CycleError as error:
        raise UsageError(
            f"{folder}: models read each other in a circle: {error.args[1]}"
        ) from error


def load_checks(folder: Path) -> list[SqlFile]:
    """The cross-table checks under `folder`, by name."""
    return [read_sql_file(path) for path in sorted((folder / "checks").glob("*.sql"))]
