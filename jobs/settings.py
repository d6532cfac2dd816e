"""Where a warehouse keeps its parts, and the settings that its owner may change."""

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from jobs.errors import InputError, UsageError


@dataclass(frozen=True)
class Warehouse:
    """The folder of one warehouse; every path below it is named here and nowhere else."""

    root: Path

    @property
    def landing(self) -> Path:
        """Snapshot files; psx reads them and never touches them."""
        return self.root / "landing"

    @property
    def lake(self) -> Path:
        """What has been parsed: append-only Parquet batches."""
        return self.root / "lake"

    @property
    def generations(self) -> Path:
        """Published builds, a folder each."""
        return self.root / "generations"

    @property
    def current(self) -> Path:
        """The link that says which generation is published; swapping it publishes."""
        return self.root / "current"

    @property
    def database(self) -> Path:
        """The published DuckDB file, as readers open it."""
        return self.root / "market.duckdb"

    @property
    def export(self) -> Path:
        """The published Parquet files, as BI tools open them."""
        return self.root / "export"

    @property
    def lock(self) -> Path:
        """Held by the one run that may write."""
        return self.root / ".lock"

    @property
    def settings_file(self) -> Path:
        """The owner's settings, if there are any."""
        return self.root / "psx.toml"


@dataclass(frozen=True)
class Settings:
    """What `psx.toml` in the warehouse folder may say; each key is optional."""

    index_history: Path | None = None
    """CSV of official KSE-100 closes: `date, close` and, if known, `low, high`."""

    count_implied: bool = False
    """Whether movers, sectors and breadth count the implied closes of days without a capture."""

    keep_generations: int = 3
    """How many published builds stay on disk, the newest included."""

    batch_megabytes: int = 256
    """Input read before a batch is committed to the lake."""

    document_megabytes: int = 16
    """The largest document that is read; a larger one is refused."""

    expansion: int = 200
    """How many times its own size a compressed file may become, beyond 64 MB."""

    @classmethod
    def load(cls, warehouse: Warehouse) -> Self:
        """Read the settings of `warehouse`; without a file, the defaults.

        Raises:
            UsageError: an unknown key, or a value of the wrong type.
            InputError: the file cannot be read.
        """
        file = warehouse.settings_file
        try:
            found = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{file}: cannot be read ({error})") from error
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{file}: {error}") from error
        return cls(**{key: cls._checked(file, key, value) for key, value in found.items()})

    @classmethod
    def _checked(cls, file: Path, key: str, value: object) -> Any:  # noqa: ANN401 - as the field
        known = {field.name: field.default for field in dataclasses.fields(cls)}
        if key not in known:
            raise UsageError(f"{file}: unknown setting {key!r}; known are {', '.join(known)}")
        if key == "index_history":
            if not isinstance(value, str):
                raise UsageError(f"{file}: index_history must be a path in quotes, not {value!r}")
            return file.parent / value
        if key == "count_implied":
            if not isinstance(value, bool):
                raise UsageError(f"{file}: count_implied must be true or false, not {value!r}")
            return value
        if type(value) is not int or value < 1:
            raise UsageError(f"{file}: {key} must be a whole number from 1, not {value!r}")
        return value


def sql_folder() -> Path:
    """The folder of the models: inside an installed package, or beside it in a checkout."""
    packaged = Path(__file__).parent / "sql"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "sql"
