"""A folder that is watched: which pictures have arrived, once each is completely written."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..dataset.layout import SUFFIXES
from .sources import Item, inside

POLL = 0.5  # seconds between two looks, at least
SHARE = 10  # of many files, a look takes long: then so many times as long between two
# Seconds for which a file has not changed: then it is taken to be complete. One that goes on growing is taken anew.
SETTLED = 2.0


class WatchError(ValueError):
    """A folder that can't be watched. The message names it."""


@dataclass
class _Seen:
    """A file: what tells its versions apart, when this one was first seen, and whether it was given out."""

    mark: tuple[int, int, int]
    since: float
    given: bool


class Watch:
    """Looks again and again what is new in a folder and below it.

    That needs nothing of the system, so that it works on network drives as well. Hidden files, links to folders and
    the folder `leave_out` are passed over.
    """

    def __init__(
        self, folder: Path, leave_out: Path | None = None, poll: float = POLL, settled: float = SETTLED
    ) -> None:
        """What is in the folder now is not new. Raises WatchError where it is none."""
        self._folder = folder
        self._hole = inside(folder, leave_out) if leave_out else None
        self._poll = poll
        self._settled = settled
        self._seen: dict[str, dict[str, _Seen]] = {}  # by folder and name
        try:
            self._look(given=True)
        except OSError as error:
            raise WatchError(f"{folder} can't be watched: {error.strerror}. Name a folder that is there.") from error

    def rounds(self, say: Callable[[str], object] = print) -> Iterator[list[Item]]:
        """Wait, and yield the pictures that are new, or have changed; without end.

        say: gets a sentence when the folder is gone, and when it is there again. What was seen before counts as seen.
        """
        there, took = True, 0.0
        while True:
            time.sleep(max(self._poll, SHARE * took))
            begun = time.monotonic()
            try:
                self._look()
                took = time.monotonic() - begun
            except OSError as error:
                if there:
                    say(f"{self._folder} is gone: {error.strerror}. Waiting for it to come back; Ctrl-C ends this.")
                there = False
                continue
            if not there:
                say(f"{self._folder} is there again.")
            there = True
            if found := self._settled_files():
                yield [Item(str(path), path) for path in found]

    def _look(self, given: bool = False) -> None:
        """Bring up to date what is seen. Raises OSError where the folder itself can't be opened."""
        now = time.monotonic()
        waiting = [os.fspath(self._folder)]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as entries:
                    shown = [entry for entry in entries if not entry.name.startswith(".")]
            except OSError:
                if folder == os.fspath(self._folder):
                    raise
                continue  # it may be back at the next look; until then, what is in it stays seen
            waiting += [e.path for e in shown if e.is_dir(follow_symlinks=False) and Path(e.path) != self._hole]
            before = self._seen.get(folder, {})
            self._seen[folder] = {
                entry.name: seen
                for entry in shown
                if os.path.splitext(entry.name)[1].lower() in SUFFIXES
                and (seen := _seen(entry, before.get(entry.name), now, given))
            }

    def _settled_files(self) -> list[Path]:
        now = time.monotonic()
        found = []
        for folder, files in self._seen.items():
            for name, seen in files.items():
                if not seen.given and now - seen.since >= self._settled:
                    seen.given = True
                    found.append(Path(folder, name))
        return sorted(found)


def _seen(entry: os.DirEntry[str], before: _Seen | None, now: float, given: bool) -> _Seen | None:
    """What is known of a file now; None for what is none, or gone already."""
    try:
        if not entry.is_file():
            return None
        status = entry.stat()
    except OSError:
        return None
    mark = (status.st_size, status.st_mtime_ns, entry.inode())
    return before if before and before.mark == mark else _Seen(mark, now, given)
