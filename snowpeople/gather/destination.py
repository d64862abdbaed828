"""A folder that strangers' files are written into: inside it, within limits, over nothing that is there."""

from __future__ import annotations

import errno
import filecmp
import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from .names import safe
from .streams import TooMuchError

DEEPEST = 32


class LeftOutError(Exception):
    """A file that is not written; the message says why."""


class UnwritableError(Exception):
    """The folder can't be written further; the message is the system's reason."""


class Destination:
    """largest: bytes of one file. budget: bytes of all. work: a folder on the same disk for what is half written."""

    def __init__(self, folder: Path, largest: int, budget: float, work: Path | None = None) -> None:
        self._folder = folder
        self._largest = largest
        self._budget = budget
        self._work = work
        self._spent = 0
        self._numbers: dict[Path, int] = {}

    def spend(self, count: int) -> None:
        """Count bytes that came in. Raises TooMuchError beyond the budget."""
        self._spent += count
        if self._spent > self._budget:
            raise TooMuchError(f"unpacks to more than {self._budget / 1e6:,.0f} MB, which looks like an attack")

    def write(self, parts: Sequence[str], pieces: Iterable[bytes]) -> tuple[Path, bool]:
        """Write a file under a name near to `parts`, whole or not at all; return where it is, and whether it is new.

        It is not where a file of that name and content was there. Raises LeftOutError and UnwritableError, and whatever
        `pieces` raises.
        """
        path = self._path(parts)
        part = (self._work or path.parent) / f".{secrets.token_hex(8)}.part"
        file = _do(part.open, "xb", 0)
        try:
            with file:
                size = 0
                for piece in pieces:
                    size += len(piece)
                    if size > self._largest:
                        raise LeftOutError(f"it has more than {self._largest / 1e6:g} MB")
                    left = memoryview(piece)
                    while left:
                        left = left[_do(file.write, left) :]
            while True:
                path = self._free(path, part)
                if path.exists():
                    return path, False
                try:
                    _appear(part, path)
                except FileExistsError:
                    continue  # somebody else has just written it
                return path, True
        finally:
            part.unlink(missing_ok=True)

    def _path(self, parts: Sequence[str]) -> Path:
        names = [safe(part) for part in parts]
        if ".." in parts or not all(names) or len(names) > DEEPEST:
            raise LeftOutError("its name leads out of the folder, or is no name")
        path = self._folder.joinpath(*names)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise LeftOutError("a file has the name of its folder") from None
        except OSError as error:
            if error.errno in (errno.ENAMETOOLONG, errno.EINVAL):
                raise LeftOutError("its name is too long") from error
            raise UnwritableError(error.strerror) from error
        if not path.parent.resolve().is_relative_to(self._folder.resolve()):
            raise LeftOutError("a link there leads out of the folder")
        return path

    def _free(self, path: Path, part: Path) -> Path:
        """The first of NAME, NAME-2, NAME-3 ... that is not there, or has the content of `part`."""
        number = self._numbers.get(path, 1)
        while True:
            candidate = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
            if not os.path.lexists(candidate) or (candidate.is_file() and filecmp.cmp(part, candidate, shallow=False)):
                self._numbers[path] = number
                return candidate
            number += 1


def _appear(part: Path, path: Path) -> None:
    """Give a file its name at once, unless there is one of that name: FileExistsError. Raises UnwritableError."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UnwritableError(error.strerror) from error
        # A file system without hard links.
        _do(os.rename, part, path)


def _do(act: Callable[..., Any], *arguments: Any) -> Any:
    """Do something with a file, and tell its failure from one of what is being read."""
    try:
        return act(*arguments)
    except OSError as error:
        raise UnwritableError(error.strerror or str(error)) from error
