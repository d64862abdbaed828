"""The pictures of a source, as chunks, while it is still being listed."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING

from ..dataset.layout import SUFFIXES
from .spec import GO_ON, BatchError, Chunk, Item, ToldError, chunk, raw

if TYPE_CHECKING:
    import numpy as np

BLOCK = 4096  # names looked up at once
AHEAD = 100_000  # names that wait: a job of fewer knows its length at once


def pictures(items: Iterable[Item], every_file: bool, apart: str | None) -> Iterator[Item]:
    """Those that are named like pictures, or all; none of the folder ``apart``."""
    for item in items:
        name = item[0]
        if apart and name.startswith(f"{apart}/"):
            continue
        if every_file or name[name.rfind(".") :].lower() in SUFFIXES:
            yield item


def keys(names: Iterable[str]) -> np.ndarray:
    """A number of 64 bits for each name: other ones in each process, so that nobody can make two names collide.

    Among ten million new names and as many that are done, one is taken for another with a probability of 0.000005.
    """
    import numpy as np

    return np.fromiter((hash(raw(name)) for name in names), np.int64)


def chunks(items: Iterator[Item], done: np.ndarray, size: int) -> Iterator[Chunk]:
    """Cut what is not done into chunks. done: sorted keys. As whole chunks are done, what is left is cut as before."""
    import numpy as np

    left: list[Item] = []
    while block := list(islice(items, BLOCK)):
        found = keys(name for name, _ in block)
        places = np.minimum(np.searchsorted(done, found), max(len(done) - 1, 0))
        is_done = done[places] == found if len(done) else np.zeros(len(block), bool)
        left += [item for item, there in zip(block, is_done, strict=True) if not there]
        while len(left) >= size:
            yield chunk(left[:size])
            left = left[size:]
    if left:
        yield chunk(left)


class Lister:
    """Chunks listed in a thread, ahead of the work; an iterator that gives None where the next is not there yet."""

    def __init__(self, found: Iterator[Chunk], size: int) -> None:
        self.listed = 0  # pictures
        self.complete = False
        self._found = found
        self._queue: Queue[Chunk | BaseException | None] = Queue(max(2, AHEAD // size))
        self._stopped = threading.Event()
        threading.Thread(target=self._list, name="list", daemon=True).start()

    def __iter__(self) -> Iterator[Chunk | None]:
        while True:
            try:
                # Where nothing else is to be done it is asked often.
                next_one = self._queue.get(timeout=0.01)
            except Empty:
                yield None
                continue
            if next_one is None:
                return
            if isinstance(next_one, BaseException):
                raise next_one
            yield next_one

    def close(self) -> None:
        """Let the thread end."""
        self._stopped.set()

    def _list(self) -> None:
        try:
            for found in self._found:
                self.listed += len(found.items)
                self._put(found)
                if self._stopped.is_set():
                    return
            self.complete = True
            self._put(None)
        except BatchError as error:
            self._put(ToldError(f"{error} {GO_ON}"))
        except BaseException as error:
            self._put(error)

    def _put(self, item: Chunk | BaseException | None) -> None:
        while not self._stopped.is_set():
            try:
                return self._queue.put(item, timeout=0.2)
            except Full:
                continue
