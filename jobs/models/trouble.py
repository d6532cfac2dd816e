"""What DuckDB says of a disk that is full or broken, or of a file that it may not touch."""

import errno
import os
import re

import duckdb

_TOLD = re.compile(r'(?:Could not|Cannot|Failed to) [^":]*file "([^"]+)": ([^\n]+)')
_NUMBERS = {os.strerror(number): number for number in errno.errorcode}


def disk_error(error: Exception) -> OSError | None:
    """The error of the system behind one of DuckDB, or behind one that tells of that; else none."""
    told = error if isinstance(error, duckdb.Error) else error.__cause__
    if not isinstance(told, duckdb.Error) or not (found := _TOLD.search(str(told))):
        return None
    file, reason = found.groups()
    number = next((n for text, n in _NUMBERS.items() if text in reason), None)
    return OSError(number, reason, file) if number else None
