"""Copies of remote files on this disk, in a cache that may be deleted at any time."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path

DAY = 86_400


def root() -> Path:
    """The folder of the cache: SNOWPEOPLE_CACHE, else where the system keeps such things."""
    if named := os.environ.get("SNOWPEOPLE_CACHE"):
        return Path(named).expanduser().absolute()
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared).expanduser().absolute() / "snowpeople"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "snowpeople" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "snowpeople"
    return Path.home() / ".cache" / "snowpeople"


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@dataclass(frozen=True)
class Entry:
    """What is known of a copy: the mark of its version, "" if it has none, and the SHA-256 of its bytes."""

    version: str
    sha256: str


class Mirror:
    """The copies of what is at one address, with a journal of what they are. Threads and processes may share it.

    A copy takes its place whole, then a line of the journal says so. If two processes, or the end of one, should get
    in between, the copy is not what the journal says, so it is fetched again: nothing needs to be locked.
    """

    def __init__(self, address: str) -> None:
        place = root() / hashlib.sha256(address.encode(errors="surrogatepass")).hexdigest()[:32]
        self.folder = place / "files"
        self._parts = place / "parts"
        self._journal = place / "journal"
        self._lock = threading.Lock()
        self._parts.mkdir(parents=True, exist_ok=True, mode=0o700)
        for part in self._parts.iterdir():
            with suppress(FileNotFoundError):  # others may be at work here
                if part.stat().st_mtime < time.time() - DAY:  # of a process that was killed
                    part.unlink()
        self._entries = dict(self._lines())

    def _lines(self) -> Iterator[tuple[str, Entry]]:
        try:
            lines = self._journal.read_text(encoding="ascii", errors="replace").splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                name, version, sha256 = json.loads(line)
            except (ValueError, TypeError):
                continue  # cut off, or damaged: that copy is fetched again
            yield str(name), Entry(str(version), str(sha256))

    def whole(self, name: str) -> Entry | None:
        """What is known of a copy that is there and undamaged."""
        entry = self._entries.get(name)
        try:
            return entry if entry and digest_of(self.folder / name) == entry.sha256 else None
        except OSError:
            return None

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """An empty file to write a copy into, which is gone afterwards unless it was kept."""
        handle, name = tempfile.mkstemp(dir=self._parts)
        os.close(handle)
        try:
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def keep(self, draft: Path, name: str, entry: Entry) -> None:
        """Put a draft in its place."""
        place = self.folder / name
        for tries_left in (2, 1, 0):
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                os.replace(draft, place)
                break
            except FileNotFoundError:  # keep_only() of another process found the folder empty
                if not tries_left:
                    raise
        with self._lock, self._journal.open("a", encoding="ascii") as journal:
            self._entries[name] = entry
            journal.write(json.dumps([name, *astuple(entry)]) + "\n")

    def keep_only(self, names: Collection[str]) -> None:
        """Remove all copies but these, and the folders that this leaves empty."""
        wanted = {self.folder / name for name in names}
        for folder, _, files in os.walk(self.folder, topdown=False):
            for file in files:
                if (path := Path(folder, file)) not in wanted:
                    path.unlink(missing_ok=True)
            with suppress(OSError):  # it is not empty, or gone already
                os.rmdir(folder)
        self._entries = {name: entry for name, entry in self._entries.items() if self.folder / name in wanted}
        with self.draft() as draft:
            lines = (json.dumps([name, *astuple(entry)]) + "\n" for name, entry in self._entries.items())
            draft.write_text("".join(lines), encoding="ascii")
            os.replace(draft, self._journal)
