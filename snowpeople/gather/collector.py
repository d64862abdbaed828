"""One run of gathering: candidates in, pictures and a manifest out."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..dataset import groups, layout
from ..download import Downloader
from ..picture import MAX_BYTES
from ..picture.signatures import picture_kind
from .crew import Crew, Hosts, Lanes, host_of
from .destination import Destination, LeftOutError, UnwritableError
from .gathered import Gathered, Tally
from .look import Found, Look
from .manifest import Entry, Manifest
from .names import room_name, same
from .search import SearchError
from .sources import Candidate, Lane

_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WebP": ".webp", "GIF": ".gif"}
_SUFFIXES |= {"BMP": ".bmp", "TIFF": ".tif", "AVIF": ".avif", "HEIC": ".heic"}


class GatherError(ValueError):
    """Gathering that can't begin, or not go on. The message names what is in the way and the remedy."""


class Collector:
    """All files are written by the thread that iterates over `run`; the others fetch and look."""

    def __init__(
        self, out: Path, work: Path, manifest: Manifest, lanes: list[Lane], downloader: Downloader, retry: bool
    ) -> None:
        self.result = Gathered(out)
        self._manifest = manifest
        self._lanes = Lanes(lanes)
        self._hosts = Hosts()
        self._look = Look(downloader, manifest)
        self._retry = retry
        self._destination = Destination(out, MAX_BYTES, float("inf"), work)
        shown = [path.name for path in sorted(out.iterdir()) if path.is_dir() and not path.name.startswith((".", "_"))]
        self._rooms = {same(name): name for name in shown}
        self._running: Counter[str] = Counter()
        self._begun: set[tuple[str, str]] = set()
        self._groups: dict[str, str] = {}
        for room in dict.fromkeys(self._room(lane.label) for lane in lanes):
            self.result.labels[room] = Tally(pictures=len(layout.picture_files(out / room)))

    def run(self, jobs: int) -> Iterator[tuple[Lane, bool]]:
        """Do it. Yields the lane of each candidate that is settled, and whether there is a picture for it now.

        Raises GatherError where a file can't be written.
        """
        crew = Crew(self._look.at, jobs)
        running = 0
        try:
            while self._lanes or running:
                task = self._next() if running < jobs else None
                if task is not None:
                    lane, candidate = task
                    settled = self._known(lane, candidate)
                    if settled is not None:
                        yield lane, settled
                        continue
                    self._count(task, +1)
                    running += 1
                    crew.give(task)
                elif running:
                    found = crew.take()
                    running -= 1
                    self._count((found.lane, found.candidate), -1)
                    self._hosts.heard(host_of(found.candidate), found.temporary)
                    yield found.lane, self._settle(found)
        finally:
            crew.close()

    def finish(self) -> Gathered:
        """The result, after the last of `run`."""
        folder = self.result.folder
        if self._groups:
            named = groups.named_groups(folder)
            if not (folder / groups.FILE).exists():
                (folder / groups.FILE).write_text("picture\tgroup\n")
            groups.add(folder, {name: group for name, group in self._groups.items() if name not in named})
        for pictures in self._manifest.pictures():
            there = sorted({picture for picture in pictures if (folder / picture).exists()})
            if len({picture.split("/")[0] for picture in there}) > 1:
                self.result.shared.append(there)
        return self.result

    def _room(self, label: str) -> str:
        """The folder of a label: one that is there already, where only capitals or spaces differ."""
        if not room_name(label):
            raise GatherError(f"“{label}” can't be the name of a class: it needs a letter or a digit")
        return self._rooms.setdefault(same(label), room_name(label))

    def _tally(self, lane: Lane) -> Tally:
        return self.result.labels[self._room(lane.label)]

    def _next(self) -> tuple[Lane, Candidate] | None:
        try:
            return self._lanes.next(self._hosts.free, self._full, self._wanted)
        except SearchError as error:
            self.result.problems.append(str(error))
            return None

    def _full(self, lane: Lane) -> bool:
        return lane.target is not None and self._tally(lane).pictures >= lane.target

    def _wanted(self, lane: Lane) -> int:
        """How many pictures are lacking if all that are being fetched come."""
        if lane.target is None:
            return sys.maxsize
        return lane.target - self._tally(lane).pictures - self._running[self._room(lane.label)]

    def _count(self, task: tuple[Lane, Candidate], change: int) -> None:
        self._running[self._room(task[0].label)] += change
        self._hosts.count(host_of(task[1]), change)

    def _known(self, lane: Lane, candidate: Candidate) -> bool | None:
        """Settle a candidate that need not be looked at: whether there is a picture for it. None for any other."""
        key = (same(lane.label), candidate.source)
        if key in self._begun:
            return False
        self._begun.add(key)
        tally = self._tally(lane)
        tally.found += 1
        if candidate.path is not None:
            return None  # a file may be another by now, and costs little
        past = self._manifest.event(lane.label, candidate.source)
        if past is not None and past.picture and (self.result.folder / past.picture).exists():
            tally.there += 1
            return True
        if past is not None and not self._retry and past.status != "unreached":
            if past.picture:
                tally.removed += 1
            else:
                self._fail(lane, past)
            return False
        if self._hosts.silent(host_of(candidate)):
            reason = "its server did not answer several times in a row: please try again later."
            self._fail(lane, Found(lane, candidate, code="silent", reason=reason, temporary=True).entry())
            return False
        return None

    def _settle(self, found: Found) -> bool:
        """Keep a picture, or note why there is none; return whether there is one now."""
        if found.code:
            self._fail(found.lane, found.entry())
            return False
        tally = self._tally(found.lane)
        picture = self._manifest.picture(found.lane.label, found.digest)
        there = picture is not None and (self.result.folder / picture).exists()
        if picture is not None and not there and not self._retry:
            tally.removed += 1
            return False
        new = False
        if picture is None or not there:
            try:
                picture, new = self._keep(found)
            except LeftOutError as error:
                self._fail(found.lane, replace(found.entry(), code="not_kept", reason=f"not kept: {error}"))
                return False
        tally.pictures += new
        tally.new += new
        tally.there += not new
        past = self._manifest.event(found.lane.label, found.candidate.source)
        if new or past is None or past.picture != picture:
            self._add(replace(found.entry(), picture=picture, status="copy" if there else "kept"))
        if found.candidate.group:
            self._groups[picture] = found.candidate.group
        return True

    def _keep(self, found: Found) -> tuple[str, bool]:
        """The picture's name in the folder, and whether it was not there before."""
        name = found.digest[:16] + _SUFFIXES[str(picture_kind(found.data))]
        try:
            path, new = self._destination.write([self._room(found.lane.label), name], [found.data])
        except UnwritableError as error:
            raise self._stopped(error) from error
        return path.relative_to(self.result.folder).as_posix(), new

    def _fail(self, lane: Lane, entry: Entry) -> None:
        self._tally(lane).failed += 1
        self.result.failures.append(entry)
        past = self._manifest.event(entry.label, entry.source)
        if past is None or (past.status, past.code, past.reason) != (entry.status, entry.code, entry.reason):
            self._add(entry)

    def _add(self, entry: Entry) -> None:
        try:
            self._manifest.add(entry)
        except OSError as error:
            raise self._stopped(error.strerror or error) from error

    def _stopped(self, reason: object) -> GatherError:
        kept = sum(tally.new for tally in self.result.labels.values())
        return GatherError(
            f"{self.result.folder} can't be written any further ({reason}); the {kept:,} pictures of this run are "
            "kept. Make room there, and run the same command again: it goes on from here"
        )
