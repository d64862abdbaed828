"""The pictures of a zip or tar archive, unpacked so that no archive can do harm.

Nothing is left to the extractors of `zipfile` and `tarfile`, nor to tarfile's filters: both only read. Each regular
member that is named like a picture is read as a stream, and written under a name made here. So no link, device, owner
or mode comes out of an archive, and no path but a checked one; archives in archives stay closed. Limits are counted on
what really comes out, whatever the headers promise.
"""

from __future__ import annotations

import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path
from typing import Any

from ..dataset.layout import SUFFIXES
from ..picture import MAX_BYTES
from .destination import Destination, LeftOutError, UnwritableError
from .streams import PIECE, Careful, TarStream, TooMuchError, is_tar

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz")
FOREIGN = (".7z", ".rar", ".tar.zst", ".tzst", ".tar.lz", ".tar.z")

# Bytes that any archive may unpack to, however small it is.
ALWAYS = 100_000_000
STEPS = 100

# What the readers raise on damage: besides their own errors, whatever their parsing stumbles over. OSError is among
# them, as bz2's and gzip's, or as that of a place before the file's beginning.
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
    OSError,
)


class UnpackError(ValueError):
    """An archive that can't be unpacked, or not further. The message names it and the remedy."""


@dataclass(frozen=True)
class Limits:
    """What an archive may hold. ratio: bytes that come out for each of its own, beyond the first 100 MB."""

    members: int = 200_000
    member_bytes: int = MAX_BYTES
    total_bytes: int = 50_000_000_000
    ratio: float = 100.0


@dataclass(frozen=True)
class Member:
    """A picture of an archive: its name there, and its file, or else the reason why it was left out."""

    name: str
    path: Path | None
    reason: str = ""


def is_archive(name: str) -> bool:
    """Whether a file or an address is named like an archive, be it of a kind that can't be unpacked here."""
    return name.lower().endswith(ARCHIVES + FOREIGN)


def unpack(
    archive: Path,
    folder: Path,
    limits: Limits = Limits(),
    progress: Callable[[Any], Iterable[Any]] = iter,
    also: Collection[str] = (),
) -> list[Member]:
    """Unpack what is named like a picture into `folder`; return it in the archive's order, with what was left out.

    also: names of other files that are wanted, in whatever folder they are.
    Hidden members, and those in hidden folders or in `__MACOSX`, are passed over. A file that is there is never
    overwritten: with the same content it stays, beside another the new one gets another name. `progress` wraps the
    iteration over a hundred steps of the work.

    Raises UnpackError for a file that is no archive, goes beyond the limits, ends too soon, or can't be written
    further. What was unpacked until then stays.
    """
    done: list[Member] = []
    try:
        with Careful(archive.open("rb", buffering=0)) as file:
            size = os.fstat(file.fileno()).st_size
            budget = min(limits.total_bytes, max(ALWAYS, limits.ratio * size))
            into = Destination(folder, limits.member_bytes, budget)
            read = _zip if not is_tar(file) and zipfile.is_zipfile(file) else _tar
            members = read(file, into, limits.members, also)
            for step in progress(range(1, STEPS + 1)):
                while step == STEPS or file.tell() * STEPS < step * size:
                    member = next(members, None)
                    if member is None:
                        break
                    done.append(member)
    except TooMuchError as error:
        raise UnpackError(f"{archive} {error}. If you trust it, unpack it yourself and name the folder") from error
    except UnwritableError as error:
        raise UnpackError(f"{folder} can't be written to ({error}); {_kept(done)}. Make room, and try again") from error
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise UnpackError(f"{archive} can't be opened: {error.strerror}") from error
    except _DAMAGE as error:
        if not done and archive.name.lower().endswith(FOREIGN):
            raise UnpackError(f"{archive} is of a kind that can't be unpacked here: make it a zip") from error
        raise UnpackError(f"{archive} is damaged, or no zip or tar; {_kept(done)}. Download it again") from error
    return done


def _kept(done: list[Member]) -> str:
    count = sum(member.path is not None for member in done)
    return f"the {count} pictures unpacked before are kept" if count else "nothing was unpacked"


def _zip(file: Careful, into: Destination, most: int, also: Collection[str]) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        _check_count(len(archive.infolist()), most)
        for info in archive.infolist():
            parts = _parts(_name(info), also)
            if parts is not None and not info.is_dir():
                yield _member(into, parts, _pieces(archive, info, into))


def _pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo, into: Destination) -> Iterator[bytes]:
    if stat.S_ISLNK(info.external_attr >> 16):
        raise LeftOutError("it is a link, not a file")
    if info.flag_bits & 1:
        raise LeftOutError("it is encrypted: unpack the archive yourself with its password, and name the folder")
    # zipfile unpacks whole pieces of the others at once, however large they become.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise LeftOutError("it is packed in a rare way: unpack the archive yourself, and name the folder")
    try:
        with archive.open(info) as member:
            while piece := member.read(PIECE):
                into.spend(len(piece))
                yield piece
    except _DAMAGE as error:
        raise LeftOutError("it is damaged in the archive") from error


def _name(info: zipfile.ZipInfo) -> str:
    """A member's name; UTF-8 where its writer forgot to say so, as the Finder does."""
    if not info.flag_bits & 0x800:
        try:
            return info.filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return info.filename


def _tar(file: Careful, into: Destination, most: int, also: Collection[str]) -> Iterator[Member]:
    stream = TarStream(file, into.spend)
    count = 0
    with tarfile.open(fileobj=stream, mode="r:") as archive:  # type: ignore[call-overload]
        while (info := archive.next()) is not None:
            archive.members = []  # they would add up
            _check_count(count := count + 1, most)
            parts = _parts(info.name, also)
            if parts is not None and not info.isdir():
                yield _member(into, parts, _slice(stream, info))


def _slice(stream: TarStream, info: tarfile.TarInfo) -> Iterator[bytes]:
    if not info.isreg() or info.issparse():
        raise LeftOutError("it is a link or a device, not a file")
    stream.seek(info.offset_data)
    left = info.size
    while left:
        piece = stream.read(min(PIECE, left))
        if not piece:
            raise EOFError("cut off")
        left -= len(piece)
        yield piece


def _check_count(count: int, most: int) -> None:
    if count > most:
        raise TooMuchError(f"holds more than {most:,} files")


def _parts(name: str, also: Collection[str]) -> list[str] | None:
    """The parts of a member's name where it is that of a picture, or one of `also`, that is not hidden."""
    # Some Windows programs write backslashes. An empty first part is that of an absolute path.
    parts = name.replace("\\", "/").split("/")
    parts = parts[:1] + [part for part in parts[1:] if part not in ("", ".")]
    if parts[0] == ".":
        parts = parts[1:]
    hidden = any(part.startswith(".") and part != ".." for part in parts) or "__MACOSX" in parts
    if hidden or not parts:
        return None
    return parts if parts[-1] in also or Path(parts[-1]).suffix.lower() in SUFFIXES else None


def _member(into: Destination, parts: list[str], pieces: Iterator[bytes]) -> Member:
    name = "/".join(parts)
    try:
        if len(parts[0]) == 2 and parts[0].endswith(":"):
            raise LeftOutError("its name leads out of the folder, or is no name")  # C:
        return Member(name, into.write(parts, pieces)[0])
    except LeftOutError as error:
        return Member(name, None, str(error))
