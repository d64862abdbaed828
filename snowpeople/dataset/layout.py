"""How a data set lies in its folder: FOLDER/LABEL/PICTURE, or FOLDER/train/LABEL/PICTURE beside FOLDER/valid/LABEL."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = frozenset(
    [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif"]
)

# What people name the folders of a split, and what it means.
SIDES = {
    **dict.fromkeys(["train", "training"], "training"),
    **dict.fromkeys(["valid", "val", "validation"], "validation"),
    **dict.fromkeys(["test", "testing"], "test"),
}


class DatasetError(ValueError):
    """A folder that can't be trained on. The message names it and the remedy."""


@dataclass(frozen=True)
class Room:
    """A folder that holds pictures of one label. `side` is one of the values of SIDES, or empty: it is not split."""

    path: Path
    label: str
    side: str


def rooms(folder: Path) -> list[Room]:
    """The folders of labels in a data set, sorted; none whose name begins with a dot or with `_`.

    Where all folders in it are named as the sides of a split are, training among them, and each holds folders, the
    labels are those of the second level. Raises DatasetError for a folder that is none, or that can't be opened.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder} is not a folder. Name a folder that holds one folder of pictures a label.")
    top = _folders(folder)
    sides = [SIDES.get(path.name.lower(), "") for path in top]
    if "training" in sides and len(set(sides)) > 1 and all(sides):
        inner = [_folders(path) for path in top]
        if all(inner):
            return [Room(p, p.name, side) for side, paths in zip(sides, inner, strict=True) for p in paths]
    return [Room(path, path.name, "") for path in top]


def picture_files(folder: Path, failed: dict[Path, str] | None = None) -> list[Path]:
    """The files in `folder` and further down that are named like pictures, sorted; none that is hidden.

    Links to folders are not followed further down, so no loop of them is endless. Folders that can't be opened are
    added to `failed`, each with the reason.
    """
    files = []

    def fail(error: OSError) -> None:
        if failed is not None:
            failed[Path(error.filename)] = f"This folder can't be opened: {error.strerror}."

    for room, folders, names in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        shown = [name for name in names if not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES]
        files += [os.path.join(room, name) for name in shown]
    # A link that leads nowhere stays, to be reported; pipes and devices don't.
    return sorted(Path(file) for file in files if os.path.isfile(file) or not os.path.exists(file))


def some(names: Sequence[str], most: int = 5) -> str:
    """Names in a sentence: all of a few, else the first of them and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _folders(folder: Path) -> list[Path]:
    """The folders in one, sorted; without links back to it, whose pictures would all be counted again."""
    try:
        found = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "_")))
    except PermissionError:
        raise DatasetError(f"{folder} can't be opened: permission denied. Allow it (chmod u+rx), or copy it.") from None
    return [p for p in found if not (p.is_symlink() and folder.resolve().is_relative_to(p.resolve()))]
