"""A folder of this machine, as a source of pictures or a destination of parts."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..picture import MAX_BYTES
from ..store import shown
from .lock import lock
from .spec import BatchError, Item, ToldError

Tell = Callable[[str], object]


class Folder:
    """A folder. Links to files are followed, links to folders are not."""

    def __init__(self, place: str) -> None:
        self.path = Path(os.path.abspath(os.path.expanduser(place)))
        self.place = str(self.path)
        self.shown = shown(place)

    def check(self) -> None:
        """Raise BatchError where it can't be looked into."""
        try:
            with os.scandir(self.path):
                pass
        except OSError as error:
            raise BatchError(f"{self.shown} can't be opened: {error.strerror or error}.") from None

    def below(self, other: object) -> str | None:
        """The name of this folder as seen from another, "" if they are one; None if it is not in it."""
        if not isinstance(other, Folder):
            return None
        here, there = os.path.realpath(self.path), os.path.realpath(other.path)
        if here == there:
            return ""
        return here[len(there) :].lstrip(os.sep).replace(os.sep, "/") if here.startswith(f"{there}{os.sep}") else None

    # ---- as a source

    def walk(self, tell: Tell) -> Iterator[Item]:
        """All files, hidden ones aside, in the order of their names' bytes. ``tell`` hears of what can't be listed."""
        self.check()
        return self._walk(self.place, "", tell)

    def _walk(self, folder: str, prefix: str, tell: Tell) -> Iterator[Item]:
        found = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        found.append(f"{entry.name}/")
                    elif entry.is_file():  # pipes and devices are none
                        found.append(entry.name)
                    elif entry.is_symlink():
                        why = "to a folder is not followed" if entry.is_dir() else "that leads nowhere is passed over"
                        tell(f"{shown(entry.path)}: a link {why}")
        except OSError as error:
            tell(f"{shown(folder)} can't be listed: {error.strerror or error}")
        for name in sorted(found, key=os.fsencode):
            if name.endswith("/"):
                yield from self._walk(os.path.join(folder, name[:-1]), prefix + name, tell)
            else:
                yield prefix + name, None

    def read(self, name: str, size: int | None) -> bytes:
        """A file, no more of it than a picture may have, and a byte. Raises OSError."""
        with open(os.path.join(self.place, name), "rb") as file:
            return file.read(MAX_BYTES + 1)

    # ---- as a destination

    def names(self) -> list[str]:
        """The files in it, in order; none where it is not there yet. Raises OSError."""
        try:
            return sorted(os.listdir(self.path))
        except FileNotFoundError:
            return []

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return (self.path / name).exists()

    def whole(self, name: str) -> bytes:
        """All of a file. Raises OSError."""
        return (self.path / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole, or not at all. Raises OSError."""
        draft = self.path / f".{name}.{secrets.token_hex(4)}.draft"
        try:
            with draft.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, self.path / name)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def set_aside(self, name: str) -> str:
        """Move a file to where readers of the results pass it over; return its name there. Raises OSError."""
        there = f"_set-aside/{secrets.token_hex(4)}-{name}"
        (self.path / "_set-aside").mkdir(exist_ok=True)
        os.replace(self.path / name, self.path / there)
        return there

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """A context in which no other job of this machine writes here. Raises BatchError, OSError."""
        with ExitStack() as stack:
            try:
                locked = stack.enter_context(lock(self.path))
            except BlockingIOError:
                raise ToldError(f"Another job is writing to {self.shown}. Wait for its end, or stop it.") from None
            if locked:
                for draft in self.path.glob(".part-*.draft"):  # of a process that was killed
                    with suppress(OSError):
                        draft.unlink()
            yield
