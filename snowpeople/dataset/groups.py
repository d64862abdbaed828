"""Pictures that belong together, of which a split must not divide any: by `groups.tsv`, else by likeness."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

import numpy as np

from .. import likeness
from .layout import DatasetError

FILE = "groups.tsv"

# How the name of a group begins that was found by likeness.
LIKE = "like "


def find(folder: Path, pictures: Sequence[Path], hashes: np.ndarray) -> list[str]:
    """One group name a picture: from `groups.tsv`, else that of a near copy, else the first picture among them.

    pictures: N paths below `folder`; hashes: their likeness, N × 32 uint8.
    Raises DatasetError for a table that can't be read.
    """
    names = [picture.relative_to(folder).as_posix() for picture in pictures]
    named = named_groups(folder)
    leaders = [names[leader] for leader in likeness.groups(hashes)]
    of_copies: dict[str, str] = {}
    for name, leader in zip(names, leaders, strict=True):
        if name in named:
            of_copies.setdefault(leader, named[name])
    return [
        named.get(name) or of_copies.get(leader) or f"{LIKE}{leader}"
        for name, leader in zip(names, leaders, strict=True)
    ]


def named_groups(folder: Path) -> dict[str, str]:
    """The groups that `folder`/groups.tsv gives to pictures, named by their paths in `folder` with slashes.

    Raises DatasetError for a table that can't be read.
    """
    file = folder / FILE
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


def add(folder: Path, groups: Mapping[str, str]) -> None:
    """Add pictures with their groups to the end of `folder`/groups.tsv, which has been read; what it holds stays."""
    file = folder / FILE
    before = file.read_bytes()
    end = "\r\n" if b"\r\n" in before else "\n"
    columns = next(csv.reader(StringIO(before.decode("utf-8-sig"), newline=""), delimiter="\t"))
    text = StringIO("" if before.endswith((b"\n", b"\r")) else end, newline="")
    text.seek(0, 2)
    table = csv.DictWriter(text, columns, delimiter="\t", lineterminator=end)
    table.writerows({"picture": picture, "group": group} for picture, group in groups.items())
    with file.open("ab") as added:
        added.write(text.getvalue().encode("utf-8", "surrogateescape"))
