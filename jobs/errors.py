"""What can go wrong, and the exit code that says so."""

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command; `psx --help` lists them from here."""

    DONE = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    REFUSED = 4
    LOCKED = 5

    @property
    def meaning(self) -> str:
        """One phrase for the help text and the documentation."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.BUG: "a fault of psx itself",
    ExitCode.USAGE: "wrong usage: an option, argument or setting",
    ExitCode.INPUT: "a file or folder is missing, unreadable or cannot be written",
    ExitCode.REFUSED: "data refused by a check; the last good warehouse is untouched",
    ExitCode.LOCKED: "another run holds the warehouse",
}


class PsxError(Exception):
    """A failure told in one line: where, what was found, what to do."""

    exit_code = ExitCode.BUG


class UsageError(PsxError):
    """The command, or the settings file, asks for something that is not there."""

    exit_code = ExitCode.USAGE


class InputError(PsxError):
    """A file or folder is missing, unreadable, cannot be written or is not what it should be."""

    exit_code = ExitCode.INPUT


class DataRefusedError(PsxError):
    """The data break a promise; nothing was published."""

    exit_code = ExitCode.REFUSED


class GuardError(DataRefusedError):
    """Figures differ too much from the last build; `guards` are those that object."""

    def __init__(self, message: str, guards: Sequence[str]) -> None:
        super().__init__(message)
        self.guards = guards


class LockedError(PsxError):
    """Another run is writing to this warehouse."""

    exit_code = ExitCode.LOCKED


def visible(text: str) -> str:
    """One line of text for a terminal: what would steer it is shown as an escape."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
