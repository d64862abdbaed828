"""Which pictures of a data set are copies of others, and which of them to keep."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import likeness
from ..dataset.layout import Room
from .findings import Suspect

# Of copies across a split, those are kept by which is measured.
_KEPT_FIRST = ("test", "validation", "training", "")

# Near copies differ by no more grey levels than this, of 256, on average: pictures with little in them have hashes with
# few bits set, and so much alike.
_LEVELS = 16


@dataclass(frozen=True)
class Seen:
    """A picture that was opened: how many bytes its file has, their SHA-256, its likeness hash (32 uint8), and its
    colours (4 × 4 × 3 uint8: the picture squished to so few pixels).
    """

    file: Path
    room: Room
    size: int
    digest: bytes
    likeness: np.ndarray
    colours: np.ndarray


def copies(folder: Path, pictures: Sequence[Seen]) -> list[Suspect]:
    """The suspects among pictures of the data set in `folder`.

    The same picture under several labels makes all of them suspects, for at most one label is right and nothing says
    which. Of other copies one is kept: in test before validation before training; of near copies that with the most
    bytes. Near copies have likeness hashes that differ in at most likeness.NEAR_BITS bits, and much the same colours.
    """
    same: dict[bytes, list[Seen]] = defaultdict(list)
    for picture in pictures:
        same[picture.digest].append(picture)
    suspects, left = [], []
    for those in same.values():
        # A link is no copy to keep: it would lead nowhere when its file is set aside.
        those.sort(key=lambda each: (_KEPT_FIRST.index(each.room.side), each.file.is_symlink(), each.file))
        if len({each.room.label for each in those}) == 1:
            left.append(those[0])
            suspects += [_suspect(folder, each, those[0], "copy", "the same file as") for each in those[1:]]
        else:
            first = {each.room.label: each for each in reversed(those)}
            for each in those:
                other = next(other for label, other in first.items() if label != each.room.label)
                suspects.append(_suspect(folder, each, other, "copy", "the same file as"))
    return suspects + _near(folder, left)


def _near(folder: Path, pictures: Sequence[Seen]) -> list[Suspect]:
    groups: dict[int, list[Seen]] = defaultdict(list)
    hashes = np.array([each.likeness for each in pictures]).reshape(-1, 32)
    for leader, each in zip(likeness.groups(hashes), pictures, strict=True):
        groups[leader].append(each)
    suspects: dict[Path, Suspect] = {}
    for those in groups.values():
        those.sort(key=lambda each: (_KEPT_FIRST.index(each.room.side), -each.size, each.file))
        # A group may be a chain whose ends are unlike: only what is near a picture that stays is its copy.
        kept: list[int] = []
        hashes = np.array([each.likeness for each in those])
        colours = np.array([each.colours for each in those], np.int16)
        for at, each in enumerate(those):
            bits = likeness.distances(hashes[at], hashes[kept])
            near = np.array(kept, int)[bits <= likeness.NEAR_BITS]
            near = near[np.abs(colours[near] - colours[at]).mean(axis=(1, 2, 3)) <= _LEVELS]
            if not len(near):
                kept.append(at)
                continue
            other = next((those[i] for i in near if those[i].room.label != each.room.label), those[near[0]])
            suspects[each.file] = _suspect(folder, each, other, "near copy", "looks like")
            if other.room.label != each.room.label:
                suspects[other.file] = _suspect(folder, other, each, "near copy", "looks like")
    return list(suspects.values())


def _suspect(folder: Path, picture: Seen, other: Seen, kind: str, relation: str) -> Suspect:
    reason = f"{relation} {other.file.relative_to(folder).as_posix()}"
    if picture.room.label != other.room.label:
        return Suspect(picture.file, picture.room.label, f"{kind} across classes", f"{reason}, of another class")
    if picture.room.side != other.room.side:
        return Suspect(picture.file, picture.room.label, f"{kind} across the split", f"{reason}, in {other.room.side}")
    return Suspect(picture.file, picture.room.label, kind, reason)
