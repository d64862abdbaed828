"""Where a data set is: a folder, an archive of one, or the address of either; always as a folder on this disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from . import store
from .dataset import groups
from .dataset.layout import DatasetError
from .gather.unpack import Member, is_archive, unpack

Progress = Callable[[Sequence[Any]], Iterable[Any]]


def folder(place: str, work: Path, progress: Progress = iter) -> Path:
    """The folder of a data set. Archives are unpacked into `work`, once; addresses are mirrored in the cache.

    Raises DatasetError, StoreError or UnpackError, which name the place and the remedy.
    """
    if store.is_address(place):
        if not is_archive(store.name_of(place)):
            return store.local_folder(place, progress)
        file = store.local_file(place, progress)
    else:
        file = Path(place).expanduser()
        if not is_archive(file.name) or not file.is_file():
            return file
    digest = sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            digest.update(block)
    room = work / "unpacked" / f"{file.name.partition('.')[0]}-{digest.hexdigest()[:12]}"
    done = room / ".done"
    if not done.exists():
        members = unpack(file, room, progress=progress, also=[groups.FILE])
        members = [member for member in members if Path(member.name).name != groups.FILE]
        if not any(member.path for member in members):
            raise DatasetError(f"{store.shown(place)} {_nothing(members)}")
        done.touch()
    inside = [path for path in room.iterdir() if not path.name.startswith(".") and path.name != groups.FILE]
    # Many archives hold one folder that holds the data set.
    if len(inside) == 1 and inside[0].is_dir() and any(path.is_dir() for path in inside[0].iterdir()):
        return inside[0]
    return room


def _nothing(members: Sequence[Member]) -> str:
    """Why an archive has given no picture."""
    if members:
        return f"holds pictures, but none can be unpacked, such as {members[0].name}: {members[0].reason}."
    return "holds no picture. An archive needs a folder of pictures a label."
