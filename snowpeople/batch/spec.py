"""What a job is asked to do, and the pieces it is cut into. All of it travels between processes and machines."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..prediction import Prediction

# What is wrong with a file system or a network, not with a picture: --retry-errors tries these again.
UNREAD, GONE, CRASHED = "unread", "gone", "crashed"
RETRIED = (UNREAD, GONE, CRASHED)

GO_ON = "What is written stays; the same command goes on from here."

Item = tuple[str, "int | None"]  # a name below SRC, with "/" between folders, and the size in bytes where it is known


class BatchError(ValueError):
    """A job that can't begin or go on. The message names the place and the remedy."""


class ToldError(BatchError):
    """A BatchError whose message says already whether the same command goes on."""


class Fault(NamedTuple):
    """In place of a prediction: a code for programs, a sentence for people."""

    code: str
    message: str


Outcome = Prediction | Fault


@dataclass(frozen=True)
class Spec:
    """A job: places as people name them, and the classifier itself, so that every worker has the same."""

    source: str
    dest: str
    model: bytes = field(repr=False)
    card: dict[str, Any] = field(repr=False)
    digest: str
    title: str


@dataclass(frozen=True)
class Chunk:
    """Pictures whose rows are one part, the file of that name in DEST.

    ``again``: the part is there; the rows of these pictures are replaced, the others kept.
    """

    items: tuple[Item, ...]
    part: str
    again: bool = False


@dataclass(frozen=True)
class Slice:
    """Some pictures of a chunk, from the one at ``start`` on: what a worker does at a time."""

    part: str
    start: int
    items: tuple[Item, ...]
    deaths: int = 0  # how many workers died over it


def raw(name: str) -> bytes:
    """The bytes of a name, also of one that is no UTF-8 or, on Windows, no UTF-16."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass")


def chunk(items: Sequence[Item]) -> Chunk:
    """The chunk of these pictures. The same names are the same part, whoever does them and however often."""
    digest = hashlib.sha256(b"\0".join(raw(name) for name, _ in items)).hexdigest()
    return Chunk(tuple(items), f"part-{digest[:20]}.parquet")
