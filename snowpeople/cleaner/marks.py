"""What a person has decided about pictures of a data set, kept beside them as soon as it is said."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

HOME = ".snowpeople"  # dataset.load passes over folders that begin with a dot
FILE = "marks.json"
FORMAT = 1
# Far above what a hundred thousand marks take: a file that came with a downloaded data set can't fill the memory.
MAX_BYTES = 50_000_000

Choice = Literal["keep", "move", "aside"]


@dataclass(frozen=True)
class Mark:
    """What is to become of a picture: keep its label, move it to another `label`, or set it aside."""

    choice: Choice
    label: str = ""


class Key(NamedTuple):
    """Which picture a mark is for, by place and by content.

    picture: where it was marked, relative to the data set's folder, with slashes. size: of its file, in bytes.
    sha256: the first 16 hexadecimal digits of its content's digest.
    """

    picture: str
    size: int
    sha256: str


class Marks:
    """The marks on the pictures of `folder`, in `folder`/.snowpeople/marks.json.

    Each change is written at once, as a whole: the file is the one before or the one after, and what another notebook
    has written meanwhile is kept. A file that can't be understood is renamed, with a warning, and never overwritten.
    Where nothing can be written, `trouble` says so in a sentence, and marks live as long as this object.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / HOME / FILE
        self.trouble = ""
        self._marks: dict[Key, Mark] = {}
        self._unsaved: dict[Key, Mark | None] = {}
        self._keys: dict[Path, Key] = {}
        try:
            self._marks = self._read()
        except OSError as error:
            self._say(error)

    def __len__(self) -> int:
        return len(self._marks)

    def find(self, pictures: Iterable[Path]) -> dict[Path, Mark]:
        """The marks that belong to `pictures`, which are paths below the folder: same place, same content.

        A mark goes with a file that was renamed within its label. It doesn't go with it to another label, of which
        nothing was said. A mark without a picture stays in the file, for the day when the picture is back.
        """
        names = {self._name(picture): picture for picture in pictures}
        self._keys = {names[key.picture]: key for key in self._marks if key.picture in names and self._is_at(key)}
        found = set(self._keys.values())
        lost = {(_label(key.picture), key.size, key.sha256): key for key in self._marks if key not in found}
        sizes = {(label, size) for label, size, _ in lost}
        renamed: dict[Key, Mark | None] = {}
        for name, picture in names.items():
            if picture in self._keys or (_label(name), _size(picture)) not in sizes:
                continue
            try:
                new = self._key(picture)
            except OSError:
                continue
            old = lost.pop((_label(name), new.size, new.sha256), None)
            if old is not None:
                renamed |= {old: None, new: self._marks[old]}
                self._keys[picture] = new
        self._save(renamed)
        return {picture: self._marks[key] for picture, key in self._keys.items()}

    def put(self, marks: Mapping[Path, Mark | None]) -> None:
        """Mark pictures, or with None unmark them; their files may be gone by then. Raises OSError for a picture that
        is to be marked and can't be read; then nothing is marked.
        """
        keys = {picture: self._key(picture) for picture, mark in marks.items() if mark is not None}
        changes: dict[Key, Mark | None] = {}
        for picture, mark in marks.items():
            before = self._keys.pop(picture, None)
            if before is not None:
                changes[before] = None
            if mark is not None:
                self._keys[picture] = keys[picture]
                changes[keys[picture]] = mark
        self._save(changes)

    def _name(self, picture: Path) -> str:
        return picture.relative_to(self.folder).as_posix()

    def _key(self, picture: Path) -> Key:
        data = picture.read_bytes()
        return Key(self._name(picture), len(data), hashlib.sha256(data).hexdigest()[:16])

    def _is_at(self, key: Key) -> bool:
        picture = self.folder / key.picture
        try:
            return _size(picture) == key.size and self._key(picture) == key
        except OSError:
            return False

    def _save(self, changes: Mapping[Key, Mark | None]) -> None:
        if not changes:
            return
        self._unsaved |= changes
        try:
            marks = _changed(self._read() if self.file.exists() else self._marks, self._unsaved)
            self._write(marks)
        except OSError as error:
            marks = _changed(self._marks, self._unsaved)
            self._say(error)
        else:
            self._unsaved, self.trouble = {}, ""
        self._marks = marks

    def _write(self, marks: Mapping[Key, Mark]) -> None:
        self.file.parent.mkdir(exist_ok=True)
        part = self.file.with_name(f"{FILE}.{os.getpid()}.part")
        try:
            part.write_text(_to_json(marks), "utf-8")
            os.replace(part, self.file)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def _read(self) -> dict[Key, Mark]:
        if not self.file.exists():
            return {}
        try:
            if self.file.stat().st_size > MAX_BYTES:
                raise ValueError("too large")
            return _from_json(self.file.read_bytes())
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            names = (self.file.with_name(f"marks-damaged-{number}.json") for number in count(1))
            aside = next(name for name in names if not name.exists())
            self.file.rename(aside)
            warnings.warn(
                f"{self.file} can't be understood, so it is kept as {aside.name} and a new one is begun.", stacklevel=2
            )
            return dict(self._marks)

    def _say(self, error: OSError) -> None:
        self.trouble = (
            f"Marks can't be kept in {self.file}: {error.strerror or error}. They are in memory only, until the kernel "
            "stops; allow writing there, or copy the data set."
        )


def _label(name: str) -> str:
    return name.partition("/")[0]


def _size(picture: Path) -> int:
    try:
        return picture.stat().st_size
    except OSError:
        return -1


def _changed(marks: Mapping[Key, Mark], changes: Mapping[Key, Mark | None]) -> dict[Key, Mark]:
    return {key: mark for key, mark in {**marks, **changes}.items() if mark is not None}


def _to_json(marks: Mapping[Key, Mark]) -> str:
    rows = [{**key._asdict(), "choice": mark.choice, "label": mark.label} for key, mark in sorted(marks.items())]
    return json.dumps({"format": FORMAT, "marks": rows}, indent=1) + "\n"


def _from_json(data: bytes) -> dict[Key, Mark]:
    content = json.loads(data)
    if content["format"] != FORMAT:
        raise ValueError("made by a later version")
    return dict(_row(row) for row in content["marks"])


def _row(row: dict[str, Any]) -> tuple[Key, Mark]:
    key, mark = Key(row["picture"], row["size"], row["sha256"]), Mark(row["choice"], row["label"])
    texts = (key.picture, key.sha256, mark.choice, mark.label)
    if not all(isinstance(text, str) for text in texts) or not isinstance(key.size, int) or not key.picture:
        raise TypeError("not as _to_json writes it")
    if mark.choice not in get_args(Choice) or (mark.choice == "move") != bool(mark.label):
        raise ValueError("no such choice")
    return key, mark
