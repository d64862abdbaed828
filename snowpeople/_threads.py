"""The same work on many things, in threads: Pillow decodes without holding Python's lock."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# A decoded picture may take hundreds of megabytes, so not as many at once as a big machine has cores.
MOST = 8
# How many results are begun before the first of them is taken, for each thread.
AHEAD = 8


def in_threads(work: Callable[[T], R], items: Iterable[T], jobs: int | None = None) -> Iterator[R]:
    """The results in the order of the items. What has not begun is dropped when the reader leaves or is interrupted."""
    for results in as_done(work, items, 1, jobs):
        yield from results


def as_done(
    work: Callable[[T], R],
    items: Iterable[T],
    most: int,
    jobs: int | None = None,
    stop: Callable[[], object] = lambda: None,
    ahead: int = AHEAD,
) -> Iterator[list[R]]:
    """The results in the order of the items, as many at a time as are done: at least one, and `most` at most.

    ahead: how many are begun before the first of them is taken, for each thread.
    stop: called when the reader leaves or is interrupted, before what has begun is waited for.
    """
    jobs = jobs or min(MOST, os.cpu_count() or 1)
    pool = ThreadPoolExecutor(jobs)
    begun: deque[Future[R]] = deque()
    coming = iter(items)
    try:
        while True:
            begun.extend(pool.submit(work, item) for item in islice(coming, ahead * jobs - len(begun)))
            if not begun:
                return
            done = [begun.popleft().result()]
            while begun and len(done) < most and begun[0].done():
                done.append(begun.popleft().result())
            yield done
    finally:
        stop()
        pool.shutdown(cancel_futures=True)
