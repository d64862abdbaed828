"""What a user can name, as pictures: files, folders, patterns, addresses, and what comes in on stdin."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .. import store
from ..dataset.layout import SUFFIXES, picture_files
from ..picture import MAX_BYTES

STDIN = "-"

Progress = Callable[[Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Fault:
    """Why a picture can't be classified: `message` is for people, `code` for programs."""

    code: str
    message: str


@dataclass(frozen=True)
class Item:
    """One picture, not yet opened. `name` is what its user calls it.

    It is in `file`, or it is `data`, or else at the address that is its name; or there is none, for the reason `fault`.
    `time` is when a camera took it.
    """

    name: str
    file: Path | None = None
    data: bytes | None = None
    fault: Fault | None = None
    time: datetime | None = None


def expand(names: Iterable[str], leave_out: Path | None = None, progress: Progress = iter) -> list[Item]:
    """The pictures that are meant, in the order of the names; those of a folder sorted.

    Folders are looked through to the bottom, but for what is hidden, and for the folder `leave_out`, even where it is
    named. A folder at an address, as s3://, is copied to the cache first, which `progress` wraps. Whatever can't be
    looked at becomes an Item with a fault.
    """
    return [item for name in names for item in _expand(name, leave_out, progress)]


def _expand(name: str, leave_out: Path | None, progress: Progress) -> Iterator[Item]:
    if name == STDIN:
        yield _stdin()
    elif store.is_address(name):
        yield from _address(name, progress)
    else:
        path = Path(name).expanduser()
        if path.is_dir():
            yield from _folder(name, path, leave_out)
        elif glob.has_magic(name) and not os.path.lexists(path):
            # Not every shell replaces patterns by names, and none does in quotes.
            found = sorted(glob.glob(str(path), recursive=True))
            if not found:
                yield Item(name, fault=Fault("not_found", "No file has such a name."))
            for match in map(Path, found):
                yield from _folder(str(match), match, leave_out) if match.is_dir() else [Item(str(match), match)]
        else:
            yield Item(name, path)


def _folder(name: str, folder: Path, leave_out: Path | None) -> Iterator[Item]:
    failed: dict[Path, str] = {}
    hole = inside(folder, leave_out) if leave_out else None
    if hole == folder:
        return
    files = picture_files(folder, failed)
    if hole:
        files = [file for file in files if not file.is_relative_to(hole)]
    for place, reason in failed.items():
        yield Item(str(place), fault=Fault("unreadable", reason))
    if not files and not failed:
        yield Item(name, fault=Fault("not_found", "This folder holds no picture."))
    for file in files:
        yield Item(str(file), file)


def _address(address: str, progress: Progress) -> Iterator[Item]:
    web = address.lower().startswith(("http://", "https://"))
    if web or Path(urlsplit(address).path).suffix.lower() in SUFFIXES:
        yield Item(address)
        return
    try:
        folder = store.local_folder(address, progress)
    except store.StoreError as error:
        yield Item(address, fault=Fault("unreachable", str(error)))
        return
    for item in _folder(address, folder, None):
        below = item.file.relative_to(folder).as_posix() if item.file else ""
        yield Item(f"{address.rstrip('/')}/{below}" if below else address, item.file, fault=item.fault)


def _stdin() -> Item:
    if sys.stdin is None or sys.stdin.isatty():
        message = "Stdin is a terminal, not a picture: send one there, as with `< photo.jpg`, or name a file."
        return Item(STDIN, fault=Fault("empty", message))
    # One byte more than is allowed is enough to know.
    return Item(STDIN, data=sys.stdin.buffer.read(MAX_BYTES + 1))


def inside(folder: Path, inner: Path) -> Path | None:
    """`inner` as a path below `folder`, if it lies there."""
    root, inner = folder.resolve(), inner.resolve()
    return folder / inner.relative_to(root) if inner.is_relative_to(root) else None
