"""Copies of pictures, in a folder for each label."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

from .. import store
from ..dataset.layout import SUFFIXES
from ..gather.destination import Destination, UnwritableError
from ..gather.destination import LeftOutError as LeftOutError
from ..gather.names import room_name, safe, same
from ..picture import MAX_BYTES
from ..picture.signatures import picture_kind
from ..prediction import NEITHER
from .outcomes import Outcome
from .sources import STDIN

PIECE = 1 << 20  # bytes


class SortError(ValueError):
    """The folder that can't be written further. The message names it, the system's reason and the remedy."""


class Sorter:
    """Copies pictures to FOLDER/LABEL/NAME, whole or not at all.

    Nothing is moved or overwritten. Where a file of that name is there, one with the same content is left as the copy
    that it is; beside another, the copy gets a number: NAME-2.
    """

    def __init__(self, folder: Path, labels: Sequence[str]) -> None:
        """labels: the classifier's. Raises SortError where the folder is a file."""
        if folder.exists() and not folder.is_dir():
            raise SortError(f"{store.shown(folder)} is a file. Name a folder, which may be a new one.")
        self._folder = folder
        self.rooms = rooms(labels)
        self.copied: Counter[str] = Counter()  # by label
        self.there = 0  # that were copied before

    def copy(self, outcome: Outcome) -> Path:
        """Copy the picture of an outcome that has a prediction; return where the copy is.

        Raises SortError where no picture can be copied any more, LeftOutError for one that can't, and OSError for one
        that can't be read.
        """
        assert outcome.prediction is not None
        pieces = _pieces(outcome.source) if isinstance(outcome.source, Path) else iter([outcome.source])
        try:
            # A new one each time: one that is kept would pass over the numbers that it has given.
            destination = Destination(self._folder, MAX_BYTES, float("inf"))
            path, new = destination.write([self.rooms[outcome.prediction.label], file_name(outcome)], pieces)
        except UnwritableError as error:
            raise SortError(
                f"{store.shown(self._folder)} can't be written: {error}. What is copied so far is whole. Mend that, "
                "or name another folder, and give the same command again."
            ) from error
        if new:
            self.copied[outcome.prediction.label] += 1
        else:
            self.there += 1
        if new and isinstance(outcome.source, Path):
            with suppress(OSError):  # when a photo was taken is worth keeping, where the file system can
                status = outcome.source.stat()
                os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        return path


    def __str__(self) -> str:
        found = ", ".join(f"{label} {count:,}" for label, count in self.copied.most_common())
        text = f"{self.copied.total():,} copied to {store.shown(self._folder)}" + (f": {found}" if found else "")
        return text + (f"; {self.there:,} were there already" if self.there else "")


def rooms(labels: Sequence[str]) -> dict[str, str]:
    """For each label, and for "neither", the name of its folder: no two alike, on any file system."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for number, label in enumerate(dict.fromkeys([*labels, NEITHER]), 1):
        name = room_name(label) or f"label_{number}"
        while same(name) in taken:
            name += "_"
        taken.add(same(name))
        found[label] = name
    return found


def file_name(outcome: Outcome) -> str:
    """What to call the copy of a picture: as the picture is called, with the suffix of its kind if it has none."""
    item, source = outcome.item, outcome.source
    if item.time:
        name = f"{store.name_of(item.name)} {item.time:%Y-%m-%d %H.%M.%S}"
    elif item.name == STDIN:
        name = "stdin"
    else:
        name = item.file.name if item.file else unquote(store.name_of(item.name))
    name = safe(name) or "picture"
    if isinstance(source, bytes) and os.path.splitext(name)[1].lower() not in SUFFIXES:
        name += f".{(picture_kind(source) or 'jpeg').lower()}"
    return name


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece
