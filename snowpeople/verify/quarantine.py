"""Pictures set aside, relabelled or renamed, each with a reason, so that one call puts them back.

Nothing is deleted and nothing overwritten. Moves are written to `_quarantine/journal.tsv` before the first is made, so
that a killed process leaves none that `undo` doesn't know. One process at a time is expected to move pictures.
"""

import errno
import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from pathlib import Path, PurePosixPath

from ..dataset import groups
from ..dataset.layout import rooms
from . import moves
from .moves import HOME as HOME
from .moves import Move as Move
from .moves import QuarantineError as QuarantineError


def set_aside(folder: Path, reasons: Mapping[Path, str], batch: str | None = None) -> list[Move]:
    """Move pictures to `folder`/_quarantine, each for its reason; return the moves.

    The keys are paths below `folder`, as `Dataset.pictures` holds them. A picture keeps its path below _quarantine:
    LABEL/NAME; where that is taken, it is given a free name. Moves with the same `batch`, also from several calls, are
    undone together; by default each call is a batch of its own.

    Raises QuarantineError where a picture is not in the folder, or where a folder can't be written, before any is
    moved. A disk's error in the midst passes as QuarantineError too; what was moved until then can be undone.
    """
    wanted = {_inside(folder, picture): reason for picture, reason in reasons.items()}
    return _perform(folder, {name: f"{HOME}/{name}" for name in wanted}, wanted, batch)


def relabel(folder: Path, labels: Mapping[Path, str], reason: str, batch: str | None = None) -> list[Move]:
    """Move pictures to the folders of other labels, which are made where needed; return the moves.

    A picture that `groups.tsv` names keeps its group: a line for its new name is added there. Otherwise as set_aside.
    """
    depth = 1 if any(room.side for room in rooms(folder)) else 0
    places = {}
    for picture, label in labels.items():
        name = _inside(folder, picture)
        if not label or label.startswith((".", "_")) or label != PurePosixPath(label).name:
            raise QuarantineError(
                f"{label!r} is no name for a label's folder; leave out slashes, and . and _ in front."
            )
        parts = list(PurePosixPath(name).parts)
        if len(parts) < depth + 2:
            raise QuarantineError(f"{picture} lies in no label's folder; move it to one first.")
        parts[depth] = label
        places[name] = str(PurePosixPath(*parts))
    moved = {name: place for name, place in places.items() if place != name}
    return _perform(folder, moved, dict.fromkeys(moved, reason), batch)


def rename(folder: Path, names: Mapping[Path, str], reason: str, batch: str | None = None) -> list[Move]:
    """Give pictures other file names in their own folders; return the moves. Otherwise as relabel."""
    places = {}
    for picture, name in names.items():
        places[_inside(folder, picture)] = str(PurePosixPath(_inside(folder, picture)).with_name(name))
    return _perform(folder, places, dict.fromkeys(places, reason), batch)


def journal(folder: Path) -> list[Move]:
    """All moves that have not been undone, the oldest first.

    A process that was killed may have left moves here that it didn't come to make: `undo` passes over them.
    Raises QuarantineError for a journal that can't be read.
    """
    return moves.read(folder)


def undo(folder: Path, batch: str | None = None) -> list[Move]:
    """Put the last batch of moves back, or the named one, or every one with "all"; return the moves back.

    In what is returned, `picture` is the place until now and `now` the old place again: another name beside it where
    that was taken meanwhile, and empty where the picture is gone.

    Raises QuarantineError where the batch is unknown, or has pictures that a later batch has moved further.
    """
    if not folder.is_dir():
        raise QuarantineError(f"{folder} is not a folder; name the one whose pictures were moved.")
    done = journal(folder)
    if batch is None and done:
        batch = done[-1].batch
    chosen = [move for move in done if batch in (move.batch, "all")]
    if not chosen:
        if batch in (None, "all"):
            return []
        raise QuarantineError(f"no batch {batch} of moves in {folder}; {HOME}/{moves.FILE} there lists them.")
    _check_order(done, {move.batch for move in chosen})
    _check_writable(folder, [name for move in chosen for name in (move.picture, move.now)])
    back: list[Move] = []
    for move in reversed(chosen):
        old, new = folder / move.picture, folder / move.now
        if not os.path.lexists(new):
            if not os.path.lexists(old):
                back.append(Move(move.now, "", move.reason, _now(), move.batch))
        elif os.path.lexists(old) and os.path.samestat(old.lstat(), new.lstat()):
            new.unlink()  # the process was killed in the midst of _move
        else:
            place = _free(folder, move.picture, set())
            _keep_groups(folder, {move.picture: place})
            _move(new, folder / place)
            back.append(Move(move.now, place, move.reason, _now(), move.batch))
        _remove_empty(folder, new.parent)
    moves.write(folder, [move for move in done if batch not in (move.batch, "all")])
    return back


def _perform(folder: Path, places: Mapping[str, str], reasons: Mapping[str, str], batch: str | None) -> list[Move]:
    if not places:
        return []
    _check_writable(folder, [*places, *places.values()])
    taken: set[str] = set()
    when = _now()
    batch = batch or datetime.now().isoformat(timespec="microseconds")
    made = []
    for name, wanted in places.items():
        place = _free(folder, wanted, taken)
        taken.add(place)
        made.append(Move(name, place, reasons[name], when, batch))
    before = journal(folder)
    _keep_groups(folder, {move.picture: move.now for move in made if not move.now.startswith(f"{HOME}/")})
    moves.write(folder, [*before, *made])
    for done, move in enumerate(made):
        try:
            _move(folder / move.picture, folder / move.now)
        except OSError as error:
            moves.write(folder, [*before, *made[:done]])
            raise QuarantineError(f"{folder / move.picture} can't be moved to {move.now}: {error.strerror}.") from error
    return made


def _move(source: Path, target: Path) -> None:
    """Move a file, never over another; a file is at one of the two places at least whenever the process is killed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target, follow_symlinks=False)  # unlike a rename, it fails where the target is there
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # another disk, or a file system without links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        part = target.with_name(f".{target.name}.part")
        shutil.copy2(source, part, follow_symlinks=False)
        part.rename(target)
    try:
        source.unlink()
    except OSError:
        target.unlink()
        raise


def _free(folder: Path, name: str, taken: set[str]) -> str:
    """The name, with a number where something is there already or will be."""
    path = PurePosixPath(name)
    names = (str(path.with_name(f"{path.stem}-{number}{path.suffix}")) for number in count(2))
    while name in taken or os.path.lexists(folder / name):
        name = next(names)
    return name


def _inside(folder: Path, picture: Path) -> str:
    try:
        name = picture.relative_to(folder).as_posix()
    except ValueError:
        raise QuarantineError(f"{picture} is not in {folder}; name it as {folder / 'LABEL' / picture.name}.") from None
    moves.check(name, folder)
    if not os.path.lexists(picture):
        raise QuarantineError(f"{picture} is no longer there; read the folder again.")
    return name


def _check_writable(folder: Path, names: list[str]) -> None:
    for parent in sorted({(folder / name).parent for name in names} | {folder / HOME}):
        there = next(path for path in (parent, *parent.parents) if path.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            raise QuarantineError(f"{there} can't be written, so nothing was moved; allow it (chmod u+w), or copy it.")


def _check_order(done: list[Move], chosen: set[str]) -> None:
    further: dict[str, str] = {}
    for move in reversed(done):
        if move.batch in chosen and (batch := further.get(move.now, move.batch)) not in chosen:
            raise QuarantineError(f"{move.now} was moved again since; undo the batch {batch} first, or all.")
        further[move.picture] = move.batch


def _keep_groups(folder: Path, places: Mapping[str, str]) -> None:
    """Where groups.tsv names a picture, add a line for its new name; the lines that are there stay as they are."""
    named = groups.named_groups(folder)
    wanted = {place: named.get(name, named.get(place)) for name, place in places.items()}
    moved = {place: group for place, group in wanted.items() if group is not None and group != named.get(place)}
    if moved:
        groups.add(folder, moved)


def _remove_empty(folder: Path, room: Path) -> None:
    """Remove folders that undoing has emptied: moves have made them, and an empty label can't be trained on."""
    while room != folder and room != folder / HOME and room.is_dir() and not any(room.iterdir()):
        room.rmdir()
        room = room.parent


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
