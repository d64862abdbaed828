"""The same work on many things, in threads: Pillow decodes without holding Python's lock."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue
from typing import Any, TypeVar

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
    ahead: int = AHEAD,
    stop: Callable[[], object] | None = None,
) -> Iterator[list[R]]:
    """The results in the order of the items, as many at a time as are done: at least one, and `most` at most.

    ahead: how many are begun before the first of them is taken, for each thread.
    stop: for work that may take long. It is called when the reader leaves or is interrupted, and what has begun is then
    not waited for, not even at the end of the process.
    """
    jobs = jobs or min(MOST, os.cpu_count() or 1)
    pool: Executor = ThreadPoolExecutor(jobs) if stop is None else _Daemons(jobs)
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
        if stop is not None:
            stop()
        for future in begun:
            future.cancel()
        pool.shutdown()


class _Daemons(Executor):
    """Threads that nobody waits for: Python itself waits for those of a ThreadPoolExecutor when it ends."""

    def __init__(self, threads: int) -> None:
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = threads
        for _ in range(threads):
            threading.Thread(target=self._run, daemon=True).start()

    def submit(self, work: Callable[..., R], /, *arguments: Any, **named: Any) -> Future[R]:
        future: Future[R] = Future()

        def act() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work(*arguments, **named))
                except BaseException as error:
                    future.set_exception(error)

        self._queue.put(act)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        for _ in range(self._threads):
            self._queue.put(None)

    def _run(self) -> None:
        while act := self._queue.get():
            act()
