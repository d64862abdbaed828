"""The parts in a destination: what is done already, and how more is added."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._threads import in_threads
from ..store import shown
from . import rows
from .listing import keys
from .rows import Counts
from .spec import GO_ON, GONE, UNREAD, BatchError, Chunk, Fault, Outcome, Spec, ToldError
from .tree import Tree, tree

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

THREADS = 16
TRIES = (0.0, 1.0, 4.0)  # seconds before each try to write


@dataclass
class Done:
    """What the parts hold: the sorted keys of the pictures, counts, the files, and chunks to do again."""

    keys: np.ndarray
    counts: Counts = field(default_factory=Counts)
    parts: set[str] = field(default_factory=set)
    again: list[Chunk] = field(default_factory=list)


class Parts:
    """The results of a job. Nothing is raised but BatchError, which says how to go on."""

    def __init__(self, spec: Spec) -> None:
        import pyarrow.parquet  # noqa: F401 - before there is work that would be lost without it

        self.tree: Tree = tree(spec.dest)
        self.written: dict[str, Counts] = {}  # here: what Ray's workers write is not among them
        self._spec = spec
        self._source: Tree = tree(spec.source)

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """A context in which to write."""
        with self._told(), self.tree.claimed():
            yield

    def names(self) -> list[str]:
        """The files of the parts, whole or not."""
        with self._told():
            found = self.tree.names()
        return [name for name in found if name.startswith("part-") and name.endswith(".parquet")]

    def load(
        self,
        *,
        retry: bool,
        mix: bool,
        tell: Callable[[str], object],
        progress: Callable[[Sequence[str]], Iterable[str]] = iter,
    ) -> Done:
        """Look at all parts. What is damaged, or holds a picture that an earlier part has, is set aside, to be done
        again. retry: whether pictures that could not be read are. mix: whether parts of another export or source pass.
        """
        import numpy as np

        done = Done(np.zeros(0, np.int64))
        found, counted = [], []
        again: list[Chunk] = []
        files = self.names()
        tables = in_threads(self._table, files, THREADS)
        for name, table in zip(progress(files), tables, strict=True):
            if table is None:
                self._set_aside(name, "is damaged", tell)
                continue
            self._check(name, table, mix)
            names = rows.names(table)
            found.append((name, keys(names)))
            counted.append(rows.counts(table))
            ours = rows.about(table)["digest"] == self._spec.digest
            faults = rows.to_retry(table) if retry and ours else []
            again.append(Chunk(tuple((each, None) for each in faults), name, again=True))
        twice = _twice([each for _, each in found])
        kept = []
        for place, (name, each) in enumerate(found):
            if place in twice:
                self._set_aside(name, "holds pictures that other parts hold too", tell)
                continue
            kept.append(each)
            done.parts.add(name)
            done.counts.add(counted[place])
            if again[place].items:
                done.again.append(again[place])
        if kept:
            done.keys = np.sort(np.concatenate(kept))
        return done

    def write(self, chunk: Chunk, outcomes: Sequence[Outcome]) -> Counts:
        """Write the part of a chunk; what its rows are, less those they replace."""
        self._check_source(chunk, outcomes)
        table = rows.table(self._spec, chunk, outcomes)
        counts = rows.counts(table)
        if chunk.again:
            with self._told():
                before = rows.decode(self.tree.whole(chunk.part))
            table = rows.replaced(before, table)
            counts = rows.counts(table)
            counts.take(rows.counts(before))
        data = rows.encode(table)
        with self._told():
            for wait in TRIES:
                time.sleep(wait)
                try:
                    self.tree.write(chunk.part, data)
                    break
                except BatchError:  # of a store; what a disk says will not pass by itself
                    if wait == TRIES[-1]:
                        raise
        self.written[chunk.part] = counts
        return counts

    def counts_of(self, name: str) -> Counts | None:
        """What a part holds, if it is there and whole."""
        with self._told():
            if not self.tree.has(name):
                return None
        table = self._table(name)
        return None if table is None else rows.counts(table)

    def _table(self, name: str) -> pa.Table | None:
        with self._told():
            data = self.tree.whole(name)
        try:
            return rows.decode(data)
        except (ValueError, OSError):
            return None

    def _check(self, name: str, table: pa.Table, mix: bool) -> None:
        about: dict[str, Any] = rows.about(table)
        if mix:
            return
        for what, here in (("digest", self._spec.digest), ("source", shown(self._spec.source))):
            if about[what] != here:
                other = "another export" if what == "digest" else f"another source, {shown(about[what])}"
                raise ToldError(
                    f"{self.tree.shown} holds results of {other} (in {name}). Name another DEST, or say --mix to have "
                    "both in one: what is there stays, and only pictures of other names are added."
                )

    def _set_aside(self, name: str, why: str, tell: Callable[[str], object]) -> None:
        with self._told():
            there = self.tree.set_aside(name)
        tell(f"{self.tree.shown}/{name} {why}: moved to {there}, and its pictures are done again")

    def _check_source(self, chunk: Chunk, outcomes: Sequence[Outcome]) -> None:
        """An unreachable source must not become a million rows of errors."""
        codes = Counter(outcome.code for outcome in outcomes if isinstance(outcome, Fault))
        if codes[UNREAD] or codes[GONE]:
            with self._told():
                self._source.check()
        if codes[GONE] == len(outcomes) > 1 and not chunk.again:
            raise ToldError(
                f"{self._source.shown} has lost its pictures: of {len(outcomes):,} that were listed, none is there any "
                "more. What is written stays; once they are back, the same command goes on from here."
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """A context in which errors of either place say how to go on."""
        try:
            yield
        except ToldError:
            raise
        except BatchError as error:
            raise ToldError(f"{error} {GO_ON}") from error
        except OSError as error:
            raise ToldError(
                f"{self.tree.shown} can't be used any further: {error.strerror or error}. What is written stays; once "
                "that is mended, the same command goes on from here."
            ) from error


def _twice(found: Sequence[np.ndarray]) -> set[int]:
    """The places of those that have a key in common with an earlier one that is none of them."""
    import numpy as np

    if not found:
        return set()
    every = np.sort(np.concatenate(found))
    double = np.unique(every[1:][every[1:] == every[:-1]])
    seen: set[int] = set()
    twice = set()
    for place, each in enumerate(found if len(double) else ()):
        shared = set(np.intersect1d(each, double).tolist())
        if shared & seen:
            twice.add(place)
        else:
            seen |= shared
    return twice
