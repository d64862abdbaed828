"""The same work on many things, in threads: Pillow decodes without holding Python's lock."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# A decoded picture may take hundreds of megabytes, so not as many at once as a big machine has cores.
MOST = 8
# How many results are begun before the first of them is taken, for each thread.
AHEAD = 8


def in_threads(work: Callable[[T], R], items: Iterable[T], jobs: int | None = None) -> Iterator[R]:
    """The results in the order of the items. What has not begun is dropped when the reader leaves or is interrupted."""
    jobs = jobs or min(MOST, os.cpu_count() or 1)
    pool = ThreadPoolExecutor(jobs)
    begun: deque[Future[R]] = deque()
    try:
        for item in items:
            begun.append(pool.submit(work, item))
            if len(begun) > AHEAD * jobs:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
