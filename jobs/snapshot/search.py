"""The walk through folders: which files can be snapshots, by their names and places."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jobs.errors import InputError
from jobs.snapshot.capture_times import SIDECAR
from jobs.snapshot.kinds import is_sure
from jobs.snapshot.passed_over import SILENTLY, PassedOver, by_name

Row = tuple[object, ...]
"""location, name, size, modified_ns, is_sure"""

_WAREHOUSE_FOLDERS = {"lake", "generations", "current", "export", "report"}
"""What psx keeps in a warehouse folder, which is no snapshot."""


@dataclass
class Search:
    """A search for snapshot files under given paths."""

    passed_over: PassedOver
    sidecars: set[str] = field(default_factory=set)
    """Each `captures.csv` that was met."""

    empty: list[Path] = field(default_factory=list)
    """Given folders in which no file can be a snapshot."""

    _entered: set[tuple[int, int]] = field(default_factory=set)
    _links: list[str] = field(default_factory=list)

    def rows(self, paths: Iterable[Path]) -> Iterator[Row]:
        """A row for each file that can be a snapshot.

        Links to folders are followed when all folders themselves have been searched, in the order
        of their names; no folder is searched twice, so a loop ends.

        Raises:
            InputError: a path is not there, or a folder cannot be listed.
        """
        for path in paths:
            given = path.absolute()
            if given.is_dir():
                yield from self._given_folder(path)
            elif given.is_file():
                yield _row(str(given), given.stat(), sure=True)
                beside = given.parent / SIDECAR
                if beside.is_file():
                    self.sidecars.add(str(beside))
            else:
                raise InputError(f"{path}: there is no such file or folder")
        while self._links:
            folders, self._links = sorted(self._links), []
            for folder in folders:
                yield from self._folder(folder)

    def _given_folder(self, path: Path) -> Iterator[Row]:
        count, entered, links = 0, len(self._entered), len(self._links)
        for row in self._folder(str(path.absolute())):
            count += 1
            yield row
        if not count and len(self._entered) > entered and len(self._links) == links:
            self.empty.append(path)

    def _folder(self, folder: str) -> Iterator[Row]:
        for parent, folders, names in os.walk(folder, onerror=_unreadable):
            if not self._enter(parent):
                folders.clear()
                continue
            is_warehouse = ".lock" in names and "lake" in folders
            if is_warehouse:
                folders[:] = [name for name in folders if name not in _WAREHOUSE_FOLDERS]
            elif "datapackage.json" in names and "daily_quotes.parquet" in names:
                folders.clear()  # an export
                continue
            for name in folders:
                place = os.path.join(parent, name)  # noqa: PTH118 - quick: there can be millions
                if os.path.islink(place):  # noqa: PTH114 - os.walk does not enter it
                    self._links.append(place)
            is_hidden = f"{os.sep}." in parent[len(folder) :]
            for name in names:
                sure = is_sure(name)
                if sure or name == SIDECAR or not (is_hidden or is_warehouse):
                    row = self._file(parent, name, sure)
                    if row:
                        yield row

    def _enter(self, folder: str) -> bool:
        """Whether a folder was not entered before, by whatever name."""
        status = os.stat(folder)  # noqa: PTH116 - quick
        place = (status.st_dev, status.st_ino)
        if place in self._entered:
            return False
        self._entered.add(place)
        return True

    def _file(self, parent: str, name: str, sure: bool) -> Row | None:
        location = os.path.join(parent, name)  # noqa: PTH118
        why = None if sure else by_name(name)
        if why is None:
            try:
                status = os.stat(location)  # noqa: PTH116
            except OSError:
                is_link = os.path.islink(location)  # noqa: PTH114 - else it is gone by now
                why = "a link to no file" if is_link else SILENTLY
            else:
                if stat.S_ISREG(status.st_mode):
                    return _row(location, status, sure)
                why = "no regular file"  # a pipe or a device may never end
        elif name == SIDECAR and os.path.isfile(location):  # noqa: PTH113
            self.sidecars.add(location)
        self.passed_over.add(location, why)
        return None


def _row(location: str, status: os.stat_result, sure: bool) -> Row:
    place = os.fsencode(location)
    name = place.decode("utf-8", "backslashreplace")
    return place, name, status.st_size, status.st_mtime_ns, sure


def _unreadable(error: OSError) -> None:
    raise InputError(f"{error.filename}: cannot be listed ({error.strerror})")
