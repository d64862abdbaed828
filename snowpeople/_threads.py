"""The same work on many things, in threads: Pillow decodes without holding Python's lock."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# A decoded picture may take hundreds of megabytes, so not as many at once as a big machine has cores.
MOST = 8


def in_threads(work: Callable[[T], R], items: Sequence[T], jobs: int | None = None) -> Iterator[R]:
    """The results in the order of the items. What has not begun is dropped when the reader leaves or is interrupted."""
    pool = ThreadPoolExecutor(jobs or min(MOST, os.cpu_count() or 1))
    try:
        yield from pool.map(work, items)
    finally:
        pool.shutdown(cancel_futures=True)
