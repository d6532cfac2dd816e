"""Where a warehouse keeps its parts, and the settings that its owner may change."""

import dataclasses
import tomllib
from collections.abc import Iterable
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
    def report(self) -> Path:
        """The folder of the published page of the newest session, `index.html`."""
        return self.root / "report"

    @property
    def index_history(self) -> Path:
        """The index history that was given last; builds use it until they are given another."""
        return self.root / "index_history.csv"

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
    """CSV of KSE-100 closes, added to the built-in ones and kept for later builds."""

    built_in_history: bool = True
    """Whether the built-in index history is used; `false` for made-up markets."""

    count_implied: bool = False
    """Whether movers, sectors and breadth count the implied closes of days without a capture."""

    keep_generations: int = 3
    """How many published builds stay on disk, the newest included."""

    max_reject_rate: float = 0.2
    """A build is refused that rejects a larger share of the ticker lines of new pages."""

    max_unplaced_rate: float = 0.5
    """A build is refused that finds no session for a larger share of new pages."""

    max_shrink_rate: float = 0.1
    """A build is refused that takes a larger share of the rows of `captures` or a daily table."""

    max_sessions_back: int = 0
    """A build is refused whose newest session lies more sessions before that of the last one."""

    max_vanished_symbols: int = 0
    """A build is refused in which more shares of the last one are shown no more."""

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
            found = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            return cls()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{file}: cannot be read ({error})") from error
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{file}: {error}") from error
        return cls(**{key: cls._checked(file, key, value) for key, value in found.items()})

    def allowing(self, guards: Iterable[str]) -> Self:
        """The same without the limits of `guards`.

        Raises:
            UsageError: there is no guard of such a name.
        """
        known = [f.name for f in dataclasses.fields(self) if f.name.startswith("max_")]
        limitless: dict[str, Any] = {}
        for name in guards:
            if name not in known:
                raise UsageError(f"--allow {name}: no such guard; there are {', '.join(known)}")
            limitless[name] = 1.0 if isinstance(getattr(self, name), float) else 2**31 - 1
        return dataclasses.replace(self, **limitless)

    @classmethod
    def _checked(cls, file: Path, key: str, value: object) -> Any:  # noqa: ANN401 - as the field
        known = {field.name: field.default for field in dataclasses.fields(cls)}
        if key not in known:
            raise UsageError(f"{file}: unknown setting {key!r}; known are {', '.join(known)}")
        if key == "index_history":
            if not isinstance(value, str):
                raise UsageError(f"{file}: index_history must be a path in quotes, not {value!r}")
            return file.parent / value
        if isinstance(known[key], bool):
            if not isinstance(value, bool):
                raise UsageError(f"{file}: {key} must be true or false, not {value!r}")
            return value
        if isinstance(known[key], float):
            if type(value) not in (int, float) or not 0 <= value <= 1:  # type: ignore[operator]
                raise UsageError(f"{file}: {key} must be a share from 0 to 1, not {value!r}")
            return float(value)  # type: ignore[arg-type]
        least = 0 if key.startswith("max_") else 1
        if type(value) is not int or value < least:
            raise UsageError(f"{file}: {key} must be a whole number from {least}, not {value!r}")
        return value


def sql_folder() -> Path:
    """The folder of the models: inside an installed package, or beside it in a checkout."""
    packaged = Path(__file__).parent / "sql"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "sql"
