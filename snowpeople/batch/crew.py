"""Workers in processes of their own: what kills one loses nothing, and no picture can end the job."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any

from .. import interrupts
from . import worker
from .spec import CRASHED, BatchError, Fault, Outcome, Slice, Spec

QUEUED = 2  # slices a worker has, so that it never waits for the next
FAILED_STARTS = 3
CRASH = Fault(CRASHED, "Decoding this file ended the process, twice: please save it anew, or report it.")


class _Worker:
    def __init__(self) -> None:
        # Not forked: threads of ONNX Runtime, of fsspec and of the caller don't survive that.
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=worker.main, args=(other,), daemon=True)
        with interrupts.unheard():
            self.process.start()
        other.close()  # or its death would not be seen
        self.ready = False
        self.slices: deque[Slice] = deque()

    def begin(self, spec: Spec) -> None:
        """Megabytes: several processes start at once only if none is waited for before."""
        with suppress(OSError):
            self.pipe.send(spec)

    def give(self, asked: Slice) -> None:
        self.slices.append(asked)
        with suppress(OSError):  # it has died, which shows when it is listened to
            self.pipe.send(asked)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Crew:
    """Some workers; a context."""

    def __init__(self, spec: Spec, size: int) -> None:
        self._spec = spec
        self._workers = [_Worker() for _ in range(size)]
        for each in self._workers:
            each.begin(spec)
        self._again: deque[Slice] = deque()
        self._failed_starts = 0

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all workers at once."""
        for each in self._workers:
            each.end()
        self._workers = []

    @property
    def pids(self) -> list[int]:
        """The processes."""
        return [pid for each in self._workers if (pid := each.process.pid)]

    def ready(self) -> None:
        """Wait until all can begin. Raises BatchError."""
        while waiting := [each for each in self._workers if not each.ready]:
            self._listen([each.pipe for each in waiting], None)

    def results(self, slices: Iterator[Slice | None]) -> Iterator[tuple[Slice, list[Outcome]] | None]:
        """The slices as they are done, in no order; None now and then. ``slices`` may give None: none is there yet.

        Raises BatchError where workers die before they have begun.
        """
        more = True
        while True:
            for turn in range(QUEUED):  # one for each worker, before a second for any
                for each in self._workers:
                    if len(each.slices) <= turn and more:
                        asked = self._again.popleft() if self._again else next(slices, _END)
                        if isinstance(asked, Slice):
                            each.give(asked)
                        else:
                            more = asked is None
                            break
            busy = [each for each in self._workers if each.slices]
            if not busy and not more and not self._again:
                return
            yield from self._listen([each.pipe for each in self._workers], 0.1 if busy else 0)
            more = more or bool(self._again)
            yield None

    def _listen(self, pipes: list[Connection], seconds: float | None) -> list[tuple[Slice, list[Outcome]]]:
        heard: list[Any] = list(wait(pipes, seconds))
        results = []
        for place, each in enumerate(self._workers):
            if each.pipe not in heard:
                continue
            try:
                said = each.pipe.recv()
            except (EOFError, OSError):
                results += self._bury(each)
                self._workers[place] = _Worker()
                self._workers[place].begin(self._spec)
                continue
            if said is None:
                each.ready, self._failed_starts = True, 0
            else:
                results.append((each.slices.popleft(), said))
        return results

    def _bury(self, dead: _Worker) -> list[tuple[Slice, list[Outcome]]]:
        """What a dead worker had is done again; a picture that ended two alone is none that can be opened."""
        dead.end()
        results: list[tuple[Slice, list[Outcome]]] = []
        if not dead.ready:
            self._failed_starts += 1
            if self._failed_starts == FAILED_STARTS:
                raise BatchError(
                    f"Workers end before they begin (status {dead.process.exitcode}). Is there enough memory? "
                    "Try fewer, with --workers 1."
                )
        elif dead.slices:
            guilty = dead.slices.popleft()
            guilty = replace(guilty, deaths=guilty.deaths + 1)
            if guilty.deaths < 2:
                self._again.append(guilty)
            elif len(guilty.items) == 1:
                results.append((guilty, [CRASH]))
            else:
                self._again += [
                    Slice(guilty.part, guilty.start + place, (item,)) for place, item in enumerate(guilty.items)
                ]
        self._again += dead.slices
        return results


_END = object()
