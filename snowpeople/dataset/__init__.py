"""Labelled folders of pictures: read, check, and split so that copies stay on one side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np

from .._threads import in_threads
from ..likeness import likeness_hash
from ..picture import PictureError, read
from . import groups, splits
from .groups import named_groups as named_groups
from .layout import SUFFIXES as SUFFIXES
from .layout import DatasetError as DatasetError
from .layout import picture_files as picture_files
from .layout import rooms, some

# Shorter sides of so many pixels are plenty for likeness.
_ENOUGH = 256


@dataclass
class Dataset:
    """Labelled pictures. `pictures`, `labels` and `groups` run in parallel; a group is never split.

    `given` holds the indices of the pictures to validate on where the folder says so itself.
    """

    folder: Path
    pictures: list[Path]
    labels: list[str]
    groups: list[str]
    unreadable: dict[Path, str] = field(default_factory=dict)
    given: list[int] | None = None

    @property
    def vocabulary(self) -> list[str]:
        """The labels, each once, sorted as fastai sorts them."""
        return sorted(set(self.labels))

    def __len__(self) -> int:
        return len(self.pictures)

    def counts(self) -> dict[str, tuple[int, int]]:
        """For each label, its number of pictures and of groups, the pictures that are really distinct."""
        pictures = Counter(self.labels)
        distinct: dict[str, set[str]] = defaultdict(set)
        for label, group in zip(self.labels, self.groups, strict=True):
            distinct[label].add(group)
        return {label: (pictures[label], len(distinct[label])) for label in self.vocabulary}

    def subset(self, indices: Iterable[int]) -> Dataset:
        """The pictures at `indices`, in that order."""
        chosen = list(indices)
        given = None if self.given is None else set(self.given)
        return Dataset(
            self.folder,
            [self.pictures[i] for i in chosen],
            [self.labels[i] for i in chosen],
            [self.groups[i] for i in chosen],
            given=None if given is None else [n for n, i in enumerate(chosen) if i in given],
        )

    def split(self, valid: float = 0.2, seed: int = 0) -> tuple[list[int], list[int]]:
        """Indices for training and for validation, about the share `valid` of each label's pictures: see splits.split.

        Where the folder is split already, its own validation pictures are those; what is of their groups is left out
        of training. Raises DatasetError where that leaves a label nothing to learn from.
        """
        if self.given is None:
            return splits.split(self.labels, self.groups, valid, seed)
        seen = {self.groups[i] for i in self.given}
        train = [i for i, group in enumerate(self.groups) if group not in seen]
        left = sorted(set(self.labels) - {self.labels[i] for i in train})
        if left:
            raise DatasetError(
                f"every training picture of {some(left)} in {self.folder} is a copy of a validation picture. "
                "Add others, or put all pictures of a label in one folder, to be split anew."
            )
        return train, list(self.given)

    def folds(self, count: int = 5, seed: int = 0) -> list[tuple[list[int], list[int]]]:
        """`count` splits for cross-validation, over all pictures, however the folder is split: see splits.folds."""
        return splits.folds(self.labels, self.groups, count, seed)


def load(folder: str | PathLike[str], progress: Callable[[Sequence[Path]], Iterable[Path]] = iter) -> Dataset:
    """Read `folder`/LABEL/PICTURE. `progress` wraps the iteration over pictures, as a progress bar does.

    Groups come from `groups.tsv` (columns picture, group) where the folder has one; pictures it
    does not name, and all pictures where there is none, are grouped by likeness. Pictures that
    can't be opened are left where they are and listed in `unreadable`, each with the reason.
    Files and folders whose names begin with a dot are ignored, as are label folders that begin with `_`.

    A folder that is split already, `folder`/train/LABEL/PICTURE beside `folder`/valid/LABEL/PICTURE, keeps its split;
    pictures in `folder`/test are validated on where there is no `valid`, else they are left out.

    Raises DatasetError for a missing folder, fewer than two labels, a label without a readable picture to learn from,
    or a `groups.tsv` that can't be read.
    """
    folder = Path(folder)
    every = rooms(folder)
    sides = {room.side for room in every}
    every = [room for room in every if room.side != "test" or "validation" not in sides]
    for room in every:
        if any("\ud800" <= character <= "\udfff" for character in room.label):
            raise DatasetError(f"the name of the folder {room.path} is no text, so it can't be a label. Rename it.")
    labels = sorted({room.label for room in every})
    if len(labels) < 2:
        found = f"one folder of pictures ({labels[0]})" if labels else "no folder of pictures"
        raise DatasetError(f"{folder} holds {found}; a classifier needs one for each of two labels or more.")
    dataset = Dataset(folder, [], [], [])
    places = {file: room for room in every for file in picture_files(room.path, dataset.unreadable)}
    files = list(places)
    hashes: list[np.ndarray] = []
    held: list[int] = []
    for file, look in zip(progress(files), in_threads(_look, files), strict=True):
        if isinstance(look, str):
            dataset.unreadable[file] = look
            continue
        if places[file].side in ("validation", "test"):
            held.append(len(dataset.pictures))
        dataset.pictures.append(file)
        dataset.labels.append(places[file].label)
        hashes.append(look)
    if held:
        dataset.given = held
    left = set(labels) - {dataset.labels[i] for i in set(range(len(dataset))).difference(held)}
    if left:
        home = next(room.path.parent for room in every if room.side in ("", "training"))
        raise DatasetError(
            f"no picture in {some([str(home / label) for label in sorted(left)])} can be opened. "
            "Add pictures there, or move the folder away."
        )
    dataset.groups = groups.find(folder, dataset.pictures, np.array(hashes))
    return dataset


def _look(file: Path) -> np.ndarray | str:
    """A picture's likeness, or why it can't be opened."""
    try:
        return likeness_hash(read(file, _ENOUGH))
    except (PictureError, OSError) as error:
        return str(error)
