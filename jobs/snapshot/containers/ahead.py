"""An iterator that works ahead in a thread of its own."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

_WITHOUT_THREAD = 8
"""Items that are made without a thread: most iterators are over by then."""

_AHEAD = 8
_OVER = object()


def work_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items; later ones are made while earlier ones are used.

    An exception in `items` comes up where it would have come up without a thread.
    """
    count = 0
    for item in islice(items, _WITHOUT_THREAD):
        count += 1
        yield item
    if count < _WITHOUT_THREAD:
        return
    with ThreadPoolExecutor(1, "ahead") as maker:
        coming = deque(maker.submit(next, items, _OVER) for _ in range(_AHEAD))
        while (item := coming.popleft().result()) is not _OVER:  # type: ignore[assignment]
            coming.append(maker.submit(next, items, _OVER))
            yield item
