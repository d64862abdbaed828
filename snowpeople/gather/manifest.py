"""`manifest.tsv`: where each gathered picture came from, and what could not be had.

It is a table of events, only ever appended to, a line as each thing happens: a kill loses nothing, and a line that a
kill tore is passed over. Read again, it tells what need not be fetched a second time.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Literal, get_args

from .names import same

NAME = "manifest.tsv"

# kept: a new picture. copy: the same bytes as a picture of this label that is there. failed: not to be had.
# unreached: not to be had now, worth another try.
Status = Literal["kept", "copy", "failed", "unreached"]


class ManifestError(ValueError):
    """A folder whose manifest can't be read or written. The message names it and the remedy."""


@dataclass(frozen=True)
class Entry:
    """One event. `picture` is its path below the folder, with slashes, "" for a failure; `label` as it was asked for;
    `source` an address or a file; `when` in UTC; `sha256` of the file; `code` and `reason` are of a failure.
    """

    picture: str
    label: str
    source: str
    when: str
    sha256: str
    status: Status
    code: str = ""
    reason: str = ""


COLUMNS = tuple(field.name for field in fields(Entry))
_HEADER = "\t".join(COLUMNS) + "\n"


def now() -> str:
    """The time in UTC, as ISO 8601 writes it."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def read(file: Path) -> Iterator[Entry]:
    """The entries of a manifest, oldest first. Lines that are torn or not understood are passed over.

    Raises ManifestError for a file with other columns, and OSErrors of the file system.
    """
    with file.open("rb") as lines:
        first = lines.readline()
        if first and not _HEADER.encode().startswith(first):
            raise ManifestError(
                f"{file} is there, and is no manifest of pictures. Rename it, or gather into another folder"
            )
        for line in lines:
            cells = line.decode("utf-8", "replace").rstrip("\n").split("\t")
            if line.endswith(b"\n") and len(cells) == len(COLUMNS) and cells[5] in get_args(Status):
                picture, label, source, when, sha256, status, code, reason = map(_unescaped, cells)
                yield Entry(picture, label, source, when, sha256, status, code, reason)  # type: ignore[arg-type]


class Manifest:
    """The manifest of a folder, open for more.

    Only one process may have it open, where the system can tell. Raises ManifestError where it, or the folder, can't
    be written.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / NAME
        self._events: dict[tuple[str, str], Entry] = {}
        self._pictures: dict[str, dict[str, str]] = defaultdict(dict)  # digest → label → picture
        self._made = [path for path in (folder, *folder.parents) if not path.exists()]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            raise ManifestError(
                f"{folder} can't be written to ({error.strerror}). Name another folder, or change its permissions"
            ) from error
        try:
            self._lock(folder)
            for entry in read(self.file):
                self._remember(entry)
            self._prefix = self._beginning()
        except BaseException:
            os.close(self._handle)
            raise

    def add(self, entry: Entry) -> None:
        """Append an entry, at once. Raises OSError where it can't be written, as on a full disk."""
        line = self._prefix + "\t".join(_escaped(cell) for cell in astuple(entry)) + "\n"
        data = line.encode()
        self._prefix = self._prefix or "\n"  # in case that this line gets torn
        while data:
            data = data[os.write(self._handle, data) :]
        self._prefix = ""
        self._remember(entry)

    def event(self, label: str, source: str) -> Entry | None:
        """What became of a source for a label, the last time."""
        return self._events.get((same(label), source))

    def picture(self, label: str, digest: str) -> str | None:
        """The picture of this SHA-256 that was kept for a label, whether or not it is still there."""
        return self._pictures.get(digest, {}).get(same(label))

    def pictures(self) -> Iterator[list[str]]:
        """For each content that was kept, its pictures: several where several labels have it."""
        return (list(labels.values()) for labels in self._pictures.values())

    def close(self) -> None:
        """Close the file. One without entries goes, and the folder with it if it was made for it and is empty."""
        size = os.fstat(self._handle).st_size
        os.close(self._handle)
        if size == 0:
            try:
                self.file.unlink()
                for folder in self._made:
                    folder.rmdir()
            except OSError:
                pass  # something else is in it by now

    def __enter__(self) -> Manifest:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _remember(self, entry: Entry) -> None:
        self._events[same(entry.label), entry.source] = entry
        if entry.picture:
            self._pictures[entry.sha256][same(entry.label)] = entry.picture

    def _beginning(self) -> str:
        """What the next line needs before it: the header in a new file, an end for a torn line."""
        content = self.file.read_bytes()
        if len(content) < len(_HEADER):
            os.ftruncate(self._handle, 0)  # at most a torn header: `read` has looked
            return _HEADER
        return "" if content.endswith(b"\n") else "\n"

    def _lock(self, folder: Path) -> None:
        try:
            import fcntl
        except ImportError:  # Windows
            return
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ManifestError(
                f"another snowpeople gather is filling {folder}. Wait until it is done, or name another folder"
            ) from error
        except OSError:
            pass  # a file system without locks


def _escaped(cell: str) -> str:
    """On one line and without tabs, whatever it holds."""
    short = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
    return "".join(short.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in cell)


def _unescaped(cell: str) -> str:
    long = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r"}

    def character(match: re.Match[str]) -> str:
        code = match[1]
        if code in long:
            return long[code]
        number = int(code[1:], 16)
        return chr(number) if number < 0x110000 else match[0]

    return re.sub(r"\\([\\tnr]|U[0-9a-f]{8})", character, cell)
