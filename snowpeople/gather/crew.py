"""Threads that fetch, and what they should fetch next: a few files at once from each host, and no more than wanted."""

from __future__ import annotations

import queue
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from .sources import Candidate, Lane

T = TypeVar("T")
R = TypeVar("R")

PER_HOST = 4
# Faults in a row, none of them final, after which a host is left alone.
PATIENCE = 8
# Candidates of a lane that wait for their hosts while others are let before them; and lanes looked at in one go.
AHEAD = 64


class Crew(Generic[T, R]):
    """Threads that call `work` on what they are given. They never keep the program from ending.

    That is why this is no ThreadPoolExecutor: Python waits for its threads at the end, so that a silent server would
    keep whoever pressed Ctrl-C waiting too.
    """

    def __init__(self, work: Callable[[T], R], threads: int) -> None:
        self._work = work
        self._threads = threads
        self._todo: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[list[R], BaseException | None]] = queue.SimpleQueue()
        for _ in range(threads):
            threading.Thread(target=self._run, daemon=True).start()

    def give(self, task: T) -> None:
        """Have something worked on as soon as a thread is free."""
        self._todo.put((task,))

    def take(self) -> R:
        """Wait for a result. Raises what the work raised."""
        while True:
            try:
                results, error = self._done.get(timeout=1)  # in steps: Windows can't interrupt a wait
            except queue.Empty:
                continue
            if error is not None:
                raise error
            return results[0]

    def close(self) -> None:
        """Let each thread end when it is done with what it does."""
        for _ in range(self._threads):
            self._todo.put(None)

    def _run(self) -> None:
        while (task := self._todo.get()) is not None:
            try:
                self._done.put(([self._work(*task)], None))
            except BaseException as error:
                self._done.put(([], error))


class Hosts:
    """How busy each host is, and whether it answers. A file on this computer has the host ""."""

    def __init__(self) -> None:
        self._busy: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()

    def free(self, host: str) -> bool:
        """Whether one more file may be fetched from a host now."""
        return not host or self._busy[host] < PER_HOST

    def silent(self, host: str) -> bool:
        """Whether a host has failed so often that it is left alone."""
        return self._faults[host] >= PATIENCE

    def count(self, host: str, change: int) -> None:
        """Note that a file begins to be fetched (1), or that it is no longer (-1)."""
        self._busy[host] += change

    def heard(self, host: str, faulty: bool) -> None:
        """Note what a host did: what was asked, or nothing of use."""
        self._faults[host] = self._faults[host] + 1 if faulty and host else 0


class Lanes:
    """The lanes that still have candidates, taken in turn, so that every label grows and every host gets its share."""

    def __init__(self, lanes: list[Lane]) -> None:
        self._lanes = deque((lane, deque[Candidate]()) for lane in lanes)

    def __bool__(self) -> bool:
        return bool(self._lanes)

    def next(
        self, free: Callable[[str], bool], full: Callable[[Lane], bool], wanted: Callable[[Lane], int]
    ) -> tuple[Lane, Candidate] | None:
        """A candidate that may be fetched now, if one is soon found; its host is `free`.

        A lane that is `full` goes. `wanted` says how many pictures a lane lacks beside those that are being fetched:
        no more of its candidates are looked at. Raises what the lanes' iterators raise; such a lane has no more.
        """
        for _ in range(min(len(self._lanes), AHEAD)):
            lane, held = self._lanes.popleft()
            if full(lane):
                continue
            candidate = None
            most = min(AHEAD, wanted(lane))
            if most > 0:
                try:
                    candidate = _take(lane.candidates, held, free, most)
                except BaseException:
                    lane.candidates = iter(())
                    self._lanes.append((lane, held))
                    raise
                if not held and not candidate:
                    continue
            self._lanes.append((lane, held))
            if candidate:
                return lane, candidate
        return None


def _take(
    candidates: Iterator[Candidate], held: deque[Candidate], free: Callable[[str], bool], most: int
) -> Candidate | None:
    for number, candidate in enumerate(held):
        if free(host_of(candidate)):
            del held[number]
            return candidate
    while len(held) < most:
        further = next(candidates, None)
        if further is None or free(host_of(further)):
            return further
        held.append(further)
    return None


def host_of(candidate: Candidate) -> str:
    """The host that a candidate is fetched from; "" for a file on this computer."""
    if candidate.path is not None:
        return ""
    try:
        return (urlsplit(candidate.source).hostname or "").lower()
    except ValueError:
        return ""  # the download says what is wrong with it
