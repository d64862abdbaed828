"""Where pictures were moved within a data set: `_quarantine/journal.tsv`, a line a move."""

import os
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path, PurePosixPath

from ..dataset.layout import SUFFIXES

HOME = "_quarantine"
FILE = "journal.tsv"


class QuarantineError(ValueError):
    """Pictures that can't be moved. The message names the place and the remedy."""


@dataclass(frozen=True)
class Move:
    """One picture's move within a data set.

    picture: where it was, relative to the data set's folder, with slashes.
    now: where it is, likewise.
    reason: why it was moved, in words.
    when: the time, ISO 8601 with its offset.
    batch: what was moved in one go, and is undone in one go.
    """

    picture: str
    now: str
    reason: str
    when: str
    batch: str


def read(folder: Path) -> list[Move]:
    """All moves that have not been undone, the oldest first.

    A process that was killed may have left moves here that it didn't come to make: `undo` passes over them.
    Raises QuarantineError for a journal that can't be read.
    """
    file = folder / HOME / FILE
    if not file.exists():
        return []
    try:
        lines = file.read_bytes().decode("utf-8", "surrogateescape").split("\n")[1:-1]
        moves = [Move(*map(_unescape, line.split("\t"))) for line in lines]
    except TypeError:
        raise QuarantineError(f"{file} is damaged: each line needs {len(fields(Move))} columns.") from None
    for move in moves:
        for name in (move.picture, move.now):
            check(name, file)
    return moves


def write(folder: Path, moves: Sequence[Move]) -> None:
    """Write the journal as one; with no move left, remove it and the folder it is in."""
    file = folder / HOME / FILE
    if not moves:
        file.unlink(missing_ok=True)
        if not any(file.parent.iterdir()):
            file.parent.rmdir()
        return
    file.parent.mkdir(exist_ok=True)
    rows = [[each.name for each in fields(Move)], *(map(_escape, astuple(move)) for move in moves)]
    part = file.with_suffix(".part")
    try:
        with part.open("wb") as lines:
            lines.write("".join("\t".join(row) + "\n" for row in rows).encode("utf-8", "surrogateescape"))
            lines.flush()
            os.fsync(lines.fileno())
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def check(name: str, source: Path) -> None:
    """A data set may come from anywhere, its journal with it: no move leads out of its folder, or moves other files."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.suffix.lower() not in SUFFIXES:
        raise QuarantineError(f"{source} names {name!r}, which is no picture in that folder; nothing was moved.")


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")


def _unescape(text: str) -> str:
    parts = (part.replace(r"\t", "\t").replace(r"\n", "\n").replace(r"\r", "\r") for part in text.split(r"\\"))
    return "\\".join(parts)
