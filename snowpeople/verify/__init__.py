"""Look at every picture of a data set for what spoils training: damage, blanks, copies in the wrong places."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path

import numpy as np
from PIL import Image

from .._threads import in_threads
from ..dataset.layout import SUFFIXES, Room, picture_files, rooms
from ..likeness import likeness_hash
from ..picture import MAX_BYTES, PictureError, decode
from ..picture.signatures import picture_kind
from . import quarantine
from .copies import Seen, copies
from .findings import KINDS, Findings, Suspect
from .moves import Move

# The suffixes that a kind of picture goes by; the first is what a misnamed one should have.
_SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "WebP": (".webp",),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "TIFF": (".tif", ".tiff"),
    "AVIF": (".avif",),
    "HEIC": (".heic", ".heif"),
}

# Blank: this share of a picture is within so many grey levels, of 256, of its median colour.
_SHARE, _LEVELS = 0.995, 8

# Shorter sides of so many pixels are plenty for likeness.
_ENOUGH = 256


def verify(
    folder: str | PathLike[str],
    *,
    smallest: int = 32,
    progress: Callable[[Sequence[Path]], Iterable[Path]] = iter,
    jobs: int | None = None,
) -> Findings:
    """Look at each picture in `folder`/LABEL, or in `folder`/train/LABEL and so on; nothing is changed.

    smallest: pixels that the shorter side of a picture needs. progress: wraps the iteration over the pictures, as a
    progress bar does. jobs: how many threads decode; by default one a core, at most 8.

    What is damaged, too small or blank is no more looked at for copies: see copies.copies.
    Raises DatasetError for a missing folder, or one that can't be opened.
    """
    folder = Path(folder)
    every = sorted(rooms(folder), key=lambda room: room.label)
    findings = Findings(folder, dict.fromkeys((room.label for room in every), 0))
    places: dict[Path, Room] = {}
    for room in every:
        closed: dict[Path, str] = {}
        places |= dict.fromkeys(picture_files(room.path, closed), room)
        findings.suspects += [Suspect(path, room.label, "no access", reason) for path, reason in closed.items()]
    sound = []
    files = list(places)
    looks = in_threads(lambda file: _look(file, places[file], smallest), files, jobs)
    for file, (suspects, seen) in zip(progress(files), looks, strict=True):
        findings.checked[places[file].label] += 1
        findings.suspects += suspects
        sound += seen
    findings.suspects += copies(folder, sound)
    findings.suspects.sort(key=lambda each: (KINDS.index(each.kind), each.picture))
    homes = {folder, *(room.path.parent for room in every)}
    findings.loose = sorted(p for home in homes for p in home.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file())
    return findings


def clean(findings: Findings, near: bool = False, fix: bool = False) -> list[Move]:
    """Set the suspects aside, each with its reason, in one batch that quarantine.undo puts back; return the moves.

    near: near copies, too. fix: give misnamed files their right names.
    Raises QuarantineError where the folder can't be written; nothing is moved then.
    """
    batch = datetime.now().isoformat(timespec="microseconds")
    moves = quarantine.set_aside(findings.folder, findings.aside(near), batch)
    if fix:
        moves += quarantine.rename(findings.folder, findings.names(near), "misnamed", batch)
    return moves


def _look(file: Path, room: Room, smallest: int) -> tuple[list[Suspect], list[Seen]]:
    """What is wrong with one picture by itself, and the picture to be compared with others if it is worth that."""
    try:
        with file.open("rb") as source:
            data = source.read(MAX_BYTES + 1)
    except OSError as error:
        return [Suspect(file, room.label, "no access", f"the file can't be opened: {error.strerror}")], []
    try:
        picture = decode(data, max(smallest, _ENOUGH))
    except PictureError as error:
        return [Suspect(file, room.label, "unreadable", str(error))], []
    suspects = _misnamed(file, room, data)
    if min(picture.size) < smallest:
        reason = f"{picture.width} × {picture.height} pixels, where {smallest} are the least"
        return [*suspects, Suspect(file, room.label, "too small", reason)], []
    if _is_blank(picture):
        return [*suspects, Suspect(file, room.label, "blank", "all of nearly one colour")], []
    colours = np.asarray(picture.resize((4, 4), Image.Resampling.BOX))
    return suspects, [Seen(file, room, len(data), hashlib.sha256(data).digest(), likeness_hash(picture), colours)]


def _misnamed(file: Path, room: Room, data: bytes) -> list[Suspect]:
    kind = picture_kind(data) or ""
    suffixes = _SUFFIXES[kind]
    if file.suffix.lower() in suffixes:
        return []
    right = file.with_suffix(suffixes[0]).name
    return [Suspect(file, room.label, "misnamed", f"it is {kind}, so should be named {right}", right)]


def _is_blank(picture: Image.Image) -> bool:
    """Whether nearly all of a picture is nearly one colour, noise aside."""
    pixels = np.asarray(picture.resize((64, 64), Image.Resampling.BOX), np.int16).reshape(-1, 3)
    near = np.abs(pixels - np.median(pixels, axis=0)).max(axis=1) <= _LEVELS
    return bool(near.mean() >= _SHARE)
