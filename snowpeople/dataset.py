"""Labelled folders of pictures: read, check, and split so that copies stay on one side."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from os import PathLike
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from .picture import PictureError, read

SUFFIXES = frozenset(
    [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif"]
)
GROUPS_FILE = "groups.tsv"

# Two pictures are near copies when at most this many of their 256 hash bits differ.
NEAR_BITS = 12
# Neighbours must differ by more grey levels than this, of 256: what compression does to a plain area is no likeness.
NOISE = 2


class DatasetError(ValueError):
    """A folder that can't be trained on. The message names it and the remedy."""


@dataclass
class Dataset:
    """Labelled pictures. `pictures`, `labels` and `groups` run in parallel; a group is never split."""

    folder: Path
    pictures: list[Path]
    labels: list[str]
    groups: list[str]
    unreadable: dict[Path, str] = field(default_factory=dict)

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
        return Dataset(
            self.folder,
            [self.pictures[i] for i in chosen],
            [self.labels[i] for i in chosen],
            [self.groups[i] for i in chosen],
        )

    def split(self, valid: float = 0.2, seed: int = 0) -> tuple[list[int], list[int]]:
        """Indices for training and for validation, about the share `valid` of each label's pictures.

        Whole groups change sides. A group with a third or more of a label's pictures stays in training, so that one
        much-photographed source can't empty it; only where a label has no smaller group, its smallest is validated on.
        A label with one group is in training alone.
        """
        if not 0 < valid < 1:
            raise ValueError(f"valid is a share between 0 and 1, not {valid}")
        total = Counter(self.labels)
        contents = self._contents()
        of_label: dict[str, list[str]] = defaultdict(list)
        for group, content in contents.items():
            for label in content:
                of_label[label].append(group)
        chosen: set[str] = set()
        held: Counter[str] = Counter()
        for label in self.vocabulary:
            own = [group for group in of_label[label] if group not in chosen]
            small = [group for group in own if all(3 * n < total[name] for name, n in contents[group].items())]
            Random(f"{seed}-{label}").shuffle(small)
            # At most half of the groups, however small: training needs variety more.
            candidates = small[: max(1, len(small) // 2)]
            if not small and not held[label]:
                candidates = sorted(own, key=lambda group: contents[group][label])[:1]
            for group in candidates:
                if held[label] >= valid * total[label]:
                    break
                if any(held[name] + n == total[name] for name, n in contents[group].items()):
                    continue  # nothing of that label would be left to learn from
                chosen.add(group)
                held.update(contents[group])
        train = [i for i, group in enumerate(self.groups) if group not in chosen]
        return train, [i for i, group in enumerate(self.groups) if group in chosen]

    def folds(self, count: int = 5, seed: int = 0) -> list[tuple[list[int], list[int]]]:
        """`count` splits in indices for training and for validation, for cross-validation by whole groups.

        Each picture is validated on once, and labels are spread as evenly as whole groups allow: the largest group goes
        first, each to the fold that holds least of its labels. What a label can't do without in training is validated
        on in no fold: its only group, or one that would take the last of its pictures. Raises ValueError for a count
        below 2, and DatasetError where there are fewer groups to validate on than folds.
        """
        if count < 2:
            raise ValueError(f"count is a number of folds, 2 or more, not {count}")
        total = Counter(self.labels)
        contents = self._contents()
        order = list(contents)
        Random(seed).shuffle(order)
        order.sort(key=lambda group: -contents[group].total())
        held: list[Counter[str]] = [Counter() for _ in range(count)]
        fold_of: dict[str, int] = {}
        for group in order:
            content = contents[group].items()
            free = [f for f in range(count) if all(held[f][label] + n < total[label] for label, n in content)]
            if free:
                shares = {f: sum(n * held[f][label] / total[label] for label, n in content) for f in free}
                fold_of[group] = min(free, key=lambda f: (shares[f], held[f].total(), f))
                held[fold_of[group]].update(contents[group])
        if not all(held):
            raise DatasetError(
                f"{self.folder} has {len(fold_of)} groups that can be validated on, too few for {count} folds. "
                "Ask for fewer folds, or add pictures that are no copies of others."
            )
        sides = [fold_of.get(group) for group in self.groups]
        return [
            ([i for i, side in enumerate(sides) if side != f], [i for i, side in enumerate(sides) if side == f])
            for f in range(count)
        ]

    def _contents(self) -> dict[str, Counter[str]]:
        """For each group, sorted, how many pictures of each label it holds."""
        contents: dict[str, Counter[str]] = defaultdict(Counter)
        for label, group in zip(self.labels, self.groups, strict=True):
            contents[group][label] += 1
        return {group: contents[group] for group in sorted(contents)}


def load(folder: str | PathLike[str], progress: Callable[[Sequence[Path]], Iterable[Path]] = iter) -> Dataset:
    """Read `folder`/LABEL/PICTURE. `progress` wraps the iteration over pictures, as a progress bar does.

    Groups come from `groups.tsv` (columns picture, group) where the folder has one; pictures it
    does not name, and all pictures where there is none, are grouped by likeness. Pictures that
    can't be opened are left where they are and listed in `unreadable`, each with the reason.
    Files and folders whose names begin with a dot are ignored, as are label folders that begin with `_`.

    Raises DatasetError for a missing folder, fewer than two labels, a label without a readable picture, or a
    `groups.tsv` that can't be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f"{folder} is not a folder. Name a folder that holds one folder of pictures a label.")
    rooms = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "_")))
    if len(rooms) < 2:
        found = f"one folder of pictures ({rooms[0].name})" if rooms else "no folder of pictures"
        raise DatasetError(f"{folder} holds {found}; a classifier needs one for each of two labels or more.")
    files = [file for room in rooms for file in picture_files(room)]
    dataset = Dataset(folder, [], [], [])
    hashes: list[np.ndarray] = []
    for file in progress(files):
        try:
            upright = read(file)
        except (PictureError, OSError) as error:
            dataset.unreadable[file] = str(error)
            continue
        dataset.pictures.append(file)
        dataset.labels.append(file.relative_to(folder).parts[0])
        hashes.append(likeness_hash(upright))
    empty = [room.name for room in rooms if room.name not in set(dataset.labels)]
    if empty:
        raise DatasetError(
            f"no picture in {', '.join(str(folder / name) for name in empty)} can be opened. "
            "Add pictures there, or move the folder away."
        )
    dataset.groups = _groups(dataset, np.array(hashes))
    return dataset


def likeness_hash(picture: Image.Image) -> np.ndarray:
    """256 bits that near copies share: which of two neighbours is brighter, on a 16 by 16 grid.

    Known as dHash: N. Krawetz, Kind of like that, 2013.
    """
    grey = np.asarray(picture.convert("L").resize((17, 16), Image.Resampling.BOX), np.int16)
    return np.packbits(grey[:, 1:] > grey[:, :-1] + NOISE)


def picture_files(folder: Path) -> list[Path]:
    """The files in `folder` and further down that are named like pictures, sorted; none that is hidden."""
    files = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return sorted(path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _groups(dataset: Dataset, hashes: np.ndarray) -> list[str]:
    """One group name a picture: from `groups.tsv`, else that of its near copies, else the first picture among them."""
    names = [picture.relative_to(dataset.folder).as_posix() for picture in dataset.pictures]
    named = named_groups(dataset.folder)
    groups = [named.get(name) for name in names]
    unnamed = [i for i, group in enumerate(groups) if group is None]
    leader = list(range(len(names)))

    def root(i: int) -> int:
        while leader[i] != i:
            leader[i] = leader[leader[i]]
            i = leader[i]
        return i

    for i in unnamed:
        for j in np.flatnonzero(np.bitwise_count(hashes ^ hashes[i]).sum(1) <= NEAR_BITS):
            if groups[j] is None:
                first, second = sorted((root(i), root(int(j))))
                leader[second] = first
            else:
                named.setdefault(names[i], str(groups[j]))
    joined = {root(i): named[names[i]] for i in reversed(unnamed) if names[i] in named}
    return [group or joined.get(root(i), f"like {names[root(i)]}") for i, group in enumerate(groups)]


def named_groups(folder: Path) -> dict[str, str]:
    """The groups that `folder`/groups.tsv gives to pictures, named by their paths in `folder` with slashes.

    Raises DatasetError for a table that can't be read.
    """
    file = folder / GROUPS_FILE
    if not file.exists():
        return {}
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:  # spreadsheets begin UTF-8 with a mark
            table = csv.DictReader(lines, delimiter="\t")
            rows, columns = list(table), table.fieldnames or ()
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{file} can't be read as a table; save it as UTF-8 with tabs between columns.") from error
    if not {"picture", "group"} <= set(columns):
        raise DatasetError(f"{file} needs the columns picture and group, with a tab between them.")
    return {row["picture"]: row["group"] for row in rows if row["picture"] and row["group"]}


def add_to_groups(folder: Path, groups: Mapping[str, str]) -> None:
    """Add pictures with their groups to the end of `folder`/groups.tsv; what it holds is not touched."""
    file = folder / GROUPS_FILE
    before = file.read_bytes()
    head = next(csv.reader([before.decode("utf-8-sig").splitlines()[0]], delimiter="\t"))
    added = StringIO()
    table = csv.DictWriter(added, head, delimiter="\t", lineterminator="\r\n" if b"\r\n" in before else "\n")
    if not before.endswith((b"\n", b"\r")):
        added.write(table.writer.dialect.lineterminator)
    table.writerows({"picture": picture, "group": group} for picture, group in groups.items())
    with file.open("ab") as end:
        end.write(added.getvalue().encode())
