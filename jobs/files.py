"""Files that are whole or not there, and the lock of a warehouse."""

import errno
import fcntl
import glob
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from jobs.errors import InputError, LockedError


def sync(path: Path) -> None:
    """Make `path`, a file or a folder, last through a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def commit_folder(written: Path, final: Path) -> None:
    """Make a finished folder visible under its final name, whole, by one rename."""
    for file in sorted(written.rglob("*")):
        sync(file)
    sync(written)
    written.rename(final)
    sync(final.parent)


def swap_link(link: Path, target: Path) -> None:
    """Point `link` at `target` (relative to the link's folder) in one step."""
    aside = link.with_name(f".{link.name}.new")
    aside.unlink(missing_ok=True)
    aside.symlink_to(os.path.relpath(target, link.parent))
    aside.rename(link)
    sync(link.parent)


@contextmanager
def naming(place: Path) -> Iterator[None]:
    """Let an `OSError` of a `with` block name `place`, where it names no file itself."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(place)
        raise


def disk_problem(error: OSError) -> InputError:
    """What the world did to a file or folder, with the remedy, in one line."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    remedy = _REMEDIES.get(error.errno or 0, "mend that")
    place = os.fsdecode(error.filename) if error.filename else "disk"
    return InputError(f"{place}: {reason}; {remedy} and run again")


_REMEDIES = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room",
    errno.EACCES: "let psx's user do that",
    errno.EPERM: "let psx's user do that",
    errno.EROFS: "make it writable",
}


def replace_file(file: Path, write: Callable[[Path], object]) -> None:
    """Write aside, make it last, rename: `file` is the old one or the new one, never a part.

    `write` gets a path in a folder of its own, in which it may keep other files meanwhile. What a
    killed run left aside of the same file is removed.

    Raises:
        InputError: a folder, or a device, is in the way.
    """
    if file.exists() and not file.is_file():
        raise InputError(f"{file}: is there, and is no file; name another one")
    for left in file.parent.glob(f".{glob.escape(file.name)}.*.tmp"):
        with suppress(OSError), _locked(left):
            shutil.rmtree(left)
    aside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    aside.mkdir()
    try:
        with _locked(aside), naming(file):
            write(aside / file.name)
            sync(aside / file.name)
            (aside / file.name).rename(file)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on `folder` itself, if nobody does: `OSError` if somebody does."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed run left unfinished: hidden folders that end in `.tmp`.

    Call it only while holding the lock.
    """
    for left in folder.glob(".*.tmp"):
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


@contextmanager
def exclusive(lock: Path, purpose: str, *, makes_folder: bool = False) -> Iterator[None]:
    """Hold the lock file for the length of a `with` block.

    The kernel drops the lock with the process, so a killed run never blocks the next one.

    Raises:
        InputError: there is no such folder, and `makes_folder` does not say to make it.
        LockedError: another process holds it; the message says which.
    """
    if makes_folder:
        lock.parent.mkdir(parents=True, exist_ok=True)
    elif not lock.parent.is_dir():
        raise InputError(f"{lock.parent}: there is no warehouse; psx parse begins one")
    with lock.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            raise LockedError(f"{lock.parent}: {_holder(lock)}; wait for it to end") from None
        handle.truncate(0)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "purpose": purpose,
            "since": since,
        }
        handle.write(json.dumps(holder))
        handle.flush()
        yield


def _holder(lock: Path) -> str:
    try:
        held = json.loads(lock.read_text(encoding="utf-8"))
        return (
            f"psx {held['purpose']} (process {held['pid']} on {held['host']},"
            f" since {held['since']}) is at work here"
        )
    except (OSError, ValueError, KeyError):
        return "another psx run is at work here"
