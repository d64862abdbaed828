"""What pictures can be gathered from, told apart, and what each has to offer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from .. import store
from ..dataset import groups, layout
from ..store.address import shown
from . import url_list
from .search import ImageSearch
from .unpack import UnpackError, is_archive, unpack

Progress = Callable[[Any], Iterable[Any]]

# Pictures of a search where nobody says how many.
PER_TERM = 100
# Many addresses that a search finds lead nowhere: it is asked for so many times the pictures.
TRIES = 3


class SourceError(ValueError):
    """Something that pictures can't be gathered from. The message names it and the remedy."""


@dataclass(frozen=True)
class Candidate:
    """What may become a picture: an address, or the file `path`. `source` is what the manifest calls it."""

    label: str
    source: str
    path: Path | None = None
    group: str = ""  # from the groups.tsv of the folder that it is in


@dataclass
class Lane:
    """One source's candidates for one label, in order. `count` says how many there are at most."""

    label: str
    candidates: Iterator[Candidate]
    count: int
    target: int | None = None  # pictures of the label that are enough


class Sources:
    """Turns sources into lanes.

    work: a folder for what is unpacked. search: the engine. per_class: enough for a label, from wherever. notes: gets
    a line for each thing that was left out.
    """

    def __init__(
        self,
        work: Path,
        search: ImageSearch,
        per_class: int | None = None,
        progress: Progress = iter,
        notes: Callable[[str], object] = print,
    ) -> None:
        self._work = work
        self._search = search
        self._per_class = per_class
        self._progress = progress
        self._notes = notes

    def lanes(self, source: str, label: str | None = None) -> list[Lane]:
        """What a source has, all of it under `label` where one is given.

        Raises SourceError, SearchError, StoreError and UnpackError.
        """
        check(source)
        if store.is_address(source):
            return self._address(source, label)
        path = Path(source).expanduser()
        if path.is_dir():
            return self._folder(path, label, lambda file: str(file))
        if path.is_file():
            return self._file(path, source, label)
        return [self._term(source.strip(), label)]

    def _address(self, address: str, label: str | None) -> list[Lane]:
        name = urlsplit(address).path
        if is_archive(name) or _is_list(name):
            return self._file(store.local_file(address, self._progress), shown(address), label)
        if _is_picture(name):
            if not address.lower().startswith(("http://", "https://")):
                return self._picture(store.local_file(address, self._progress), shown(address), label)
            return self._picture(None, address, label)
        folder, top = store.local_folder(address, self._progress), shown(address).rstrip("/")
        return self._folder(folder, label, lambda file: f"{top}/{_inside(folder, file)}", top)

    def _file(self, path: Path, name: str, label: str | None) -> list[Lane]:
        """The lanes of a file that the user calls `name`."""
        kind = urlsplit(name).path if store.is_address(name) else name
        if _is_picture(kind):
            return self._picture(path, name, label)
        if is_archive(kind) or (not _is_list(kind) and _is_packed(path)):
            return self._archive(path, name, label)
        urls, faults = url_list.read(path, name)
        for fault in faults:
            self._notes(fault)
        label = label or url_list.label(name)
        return [self._lane(label, [Candidate(label, url) for url in urls])]

    def _picture(self, path: Path | None, name: str, label: str | None) -> list[Lane]:
        if label is None:
            raise SourceError(f"{name} is one picture, of no class. Add --label with the name of its class")
        return [self._lane(label, [Candidate(label, name, path)])]

    def _archive(self, path: Path, name: str, label: str | None) -> list[Lane]:
        folder = self._work / f"unpacked-{len(os.listdir(self._work))}"
        folder.mkdir()
        self._notes(f"unpacking {name}")
        try:
            members = unpack(path, folder, progress=self._progress)
        except UnpackError as error:
            if not layout.picture_files(folder):
                raise
            self._notes(str(error))
            members = []
        lost = [member for member in members if member.path is None]
        for member in lost[:10]:
            self._notes(f"{name}: {member.name} was left out: {member.reason}")
        if len(lost) > 10:
            self._notes(f"{name}: {len(lost) - 10} more were left out")
        names = {member.path: member.name for member in members}
        return self._folder(
            _top(folder, name), label, lambda file: f"{name}/{names.get(file) or _inside(folder, file)}", name
        )

    def _folder(
        self, folder: Path, label: str | None, source: Callable[[Path], str], name: str | None = None
    ) -> list[Lane]:
        name = name or str(folder)
        try:
            found = _labelled(folder, label)
            loose = [] if label else [path for path in folder.iterdir() if path.is_file() and _is_picture(path.name)]
            named = groups.named_groups(folder)
        except OSError as error:
            raise SourceError(f"{error.filename or folder} can't be read: {error.strerror}") from error
        if not any(found.values()):
            if loose:
                raise SourceError(
                    f"{name} holds pictures, but no folder for each class. Add --label with the name of their class"
                )
            raise SourceError(f"{name} holds no pictures. It should hold one folder of pictures a class")
        if loose:
            self._notes(f"{name}: {len(loose)} pictures that lie beside the classes' folders were left out")
        return [
            self._lane(
                room, [Candidate(room, source(file), file, named.get(_inside(folder, file), "")) for file in files]
            )
            for room, files in found.items()
        ]

    def _term(self, term: str, label: str | None) -> Lane:
        target = self._per_class or PER_TERM
        count = TRIES * target
        urls = self._search.find(term, count)
        return Lane(label or term, (Candidate(label or term, url) for url in urls), count, target)

    def _lane(self, label: str, candidates: Sequence[Candidate]) -> Lane:
        return Lane(label, iter(candidates), len(candidates), self._per_class)


def check(source: str) -> None:
    """Raise SourceError for what is neither an address nor there, and yet looks no search term."""
    if not source.strip():
        raise SourceError("an empty search term finds nothing: give words, a folder, an archive or a list of addresses")
    if store.is_address(source) or os.path.exists(os.path.expanduser(source)):
        return
    if any(mark in source for mark in ("/", "\\")) or source.startswith(("~", ".")) or _is_file_name(source):
        raise SourceError(f"{source} does not exist. Check its name; to search for it instead, write it as plain words")


def _is_file_name(name: str) -> bool:
    return is_archive(name) or _is_list(name) or _is_picture(name)


def _is_list(name: str) -> bool:
    return name.lower().endswith(url_list.SUFFIXES)


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower() in layout.SUFFIXES


def _is_packed(file: Path) -> bool:
    try:
        with file.open("rb") as content:
            return content.read(6).startswith((b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"))
    except OSError as error:
        raise SourceError(f"{file} can't be opened: {error.strerror}") from error


def _inside(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()


def _labelled(folder: Path, label: str | None) -> dict[str, list[Path]]:
    """The pictures of each label: all of them of the one that is given, else by the folders they are in."""
    if label is not None:
        files = layout.picture_files(folder)
        return {label: [file for file in files if not _inside(folder, file).startswith("_")]}  # the quarantine
    found: dict[str, list[Path]] = {}
    for room in layout.rooms(folder):
        found.setdefault(room.label, []).extend(layout.picture_files(room.path))
    return {room: files for room, files in found.items() if files}


def _top(folder: Path, archive: str) -> Path:
    """The folder of the classes in an unpacked archive: `folder`, or the one in it that holds all others."""
    inside = list(folder.iterdir())
    if len(inside) == 1 and inside[0].is_dir():
        further = list(inside[0].iterdir())
        named_alike = PurePosixPath(archive).name.startswith(f"{inside[0].name}.")
        if all(path.is_dir() for path in further) and (named_alike or len(further) > 1):
            return inside[0]
    return folder
