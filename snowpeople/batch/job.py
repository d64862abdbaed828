"""Chunks to parts, by a crew. A Ray worker does it with a chunk, one machine with all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from .crew import Crew
from .parts import Parts
from .rows import Counts
from .spec import Chunk, Outcome, Slice

SLICE = 64  # pictures: a third of a second
WRITERS = 4


@dataclass(frozen=True)
class Step:
    """How far a job has come: pictures that are answered, and a part that is written, with its counts."""

    answered: int = 0
    part: str = ""
    counts: Counts | None = None


class _Open:
    """A chunk whose rows are not all there yet."""

    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.left = len(chunk.items)
        self.outcomes: list[Outcome | None] = [None] * self.left

    def add(self, start: int, found: list[Outcome]) -> None:
        self.outcomes[start : start + len(found)] = found
        self.left -= len(found)


def work(chunks: Iterable[Chunk | None], crew: Crew, parts: Parts) -> Iterator[Step]:
    """Do chunks, and write their parts. Steps come several a second, also where nothing goes on.

    Raises BatchError; what is complete by then is written nevertheless, if it can be.
    """
    opened: dict[str, _Open] = {}
    writing: deque[tuple[str, Future[Counts]]] = deque()

    def slices() -> Iterator[Slice | None]:
        for chunk in chunks:
            if chunk is None:
                yield None
                continue
            opened[chunk.part] = _Open(chunk)
            for start in range(0, len(chunk.items), SLICE):
                yield Slice(chunk.part, start, chunk.items[start : start + SLICE])

    def written(most: int) -> Iterator[Step]:
        while writing and (len(writing) > most or writing[0][1].done()):
            part, counts = writing.popleft()
            yield Step(part=part, counts=counts.result())

    with ThreadPoolExecutor(WRITERS, "write") as pool:
        for result in crew.results(slices()):
            if result is None:
                yield Step()
            else:
                asked, outcomes = result
                chunk = opened[asked.part]
                chunk.add(asked.start, outcomes)
                yield Step(len(outcomes))
                if not chunk.left:
                    del opened[asked.part]
                    rows = [outcome for outcome in chunk.outcomes if outcome is not None]
                    writing.append((asked.part, pool.submit(parts.write, chunk.chunk, rows)))
            yield from written(2 * WRITERS)
        yield from written(0)
