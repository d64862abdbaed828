"""Pictures set aside, relabelled or renamed, each with a reason, so that one call puts them back.

Nothing is deleted and nothing overwritten. Moves are written to `_quarantine/journal.tsv` before the first is made, so
that a killed process leaves none that `undo` doesn't know. One process at a time is expected to move pictures.
"""

import errno
import os
import shutil
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from itertools import count
from pathlib import Path, PurePosixPath

from . import dataset

HOME = "_quarantine"
JOURNAL = "journal.tsv"


class QuarantineError(ValueError):
    """Pictures that can't be moved. The message names the place and the remedy."""


@dataclass(frozen=True)
class Move:
    """One picture's move within a data set.

    picture: where it was, relative to the data set's folder, with slashes.
    now: where it is, likewise.
    reason: why it was moved, in words.
    when: the time, ISO 8601 with its offset.
    batch: what was moved in one go, and is undone in one go.
    """

    picture: str
    now: str
    reason: str
    when: str
    batch: str


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
    places = {}
    for picture, label in labels.items():
        name = _inside(folder, picture)
        if not label or label.startswith((".", "_")) or label != PurePosixPath(label).name:
            raise QuarantineError(
                f"{label!r} is no name for a label's folder; leave out slashes, and . and _ in front."
            )
        places[name] = str(PurePosixPath(label, *PurePosixPath(name).parts[1:]))
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
    file = folder / HOME / JOURNAL
    if not file.exists():
        return []
    try:
        lines = file.read_bytes().decode("utf-8", "surrogateescape").split("\n")[1:-1]
        moves = [Move(*map(_unescape, line.split("\t"))) for line in lines]
    except TypeError:
        raise QuarantineError(f"{file} is damaged: each line needs {len(fields(Move))} columns.") from None
    for move in moves:
        for name in (move.picture, move.now):
            _check(name, file)
    return moves


def undo(folder: Path, batch: str | None = None) -> list[Move]:
    """Put the last batch of moves back, or the named one, or every one with "all"; return the moves back.

    In what is returned, `picture` is the place until now and `now` the old place again: another name beside it where
    that was taken meanwhile, and empty where the picture is gone.

    Raises QuarantineError where the batch is unknown, or has pictures that a later batch has moved further.
    """
    done = journal(folder)
    chosen = done if batch == "all" else [move for move in done if move.batch == (batch or done[-1].batch)]
    kept = [move for move in done if move not in chosen]
    if batch not in (None, "all") and not chosen:
        raise QuarantineError(f"no batch {batch} of moves in {folder}; see {Path(HOME, JOURNAL)} for those there are.")
    if chosen:
        _check_order(done, chosen)
        _check_writable(folder, [name for move in chosen for name in (move.picture, move.now)])
    back: list[Move] = []
    for move in reversed(chosen):
        old, new = folder / move.picture, folder / move.now
        if os.path.lexists(new):
            if os.path.lexists(old) and os.path.samefile(old, new):  # killed between the two halves of _move
                new.unlink()
                continue
            place = _free(folder, move.picture, set())
            _keep_groups(folder, {move.picture: place})
            _move(new, folder / place)
            back.append(Move(move.now, place, move.reason, _now(), move.batch))
        elif not os.path.lexists(old):
            back.append(Move(move.now, "", move.reason, _now(), move.batch))
        _remove_empty(folder, new.parent)
    if chosen:
        _write(folder, kept)
    return back


def _perform(folder: Path, places: Mapping[str, str], reasons: Mapping[str, str], batch: str | None) -> list[Move]:
    if not places:
        return []
    _check_writable(folder, [*places, *places.values()])
    taken: set[str] = set()
    when = _now()
    batch = batch or datetime.now().isoformat(timespec="microseconds")
    moves = []
    for name, wanted in places.items():
        place = _free(folder, wanted, taken)
        taken.add(place)
        moves.append(Move(name, place, reasons[name], when, batch))
    before = journal(folder)
    _keep_groups(folder, {move.picture: move.now for move in moves if not move.now.startswith(f"{HOME}/")})
    _write(folder, [*before, *moves])
    for done, move in enumerate(moves):
        try:
            _move(folder / move.picture, folder / move.now)
        except OSError as error:
            _write(folder, [*before, *moves[:done]])
            raise QuarantineError(f"{folder / move.picture} can't be moved to {move.now}: {error.strerror}.") from error
    return moves


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
    source.unlink()


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
    _check(name, folder)
    if not os.path.lexists(picture):
        raise QuarantineError(f"{picture} is no longer there; read the folder again.")
    return name


def _check(name: str, source: Path) -> None:
    """A data set may come from anywhere, its journal with it: no move leads out of its folder, or moves other files."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.suffix.lower() not in dataset.SUFFIXES:
        raise QuarantineError(f"{source} names {name!r}, which is no picture in that folder; nothing was moved.")


def _check_writable(folder: Path, names: list[str]) -> None:
    for parent in sorted({(folder / name).parent for name in names} | {folder / HOME}):
        there = next(path for path in (parent, *parent.parents) if path.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            raise QuarantineError(f"{there} can't be written, so nothing was moved; allow it (chmod u+w), or copy it.")


def _check_order(done: list[Move], chosen: list[Move]) -> None:
    further: dict[str, str] = {}
    for move in reversed(done):
        if move in chosen and further.get(move.now, move.batch) not in {each.batch for each in chosen}:
            batch = further[move.now]
            raise QuarantineError(f"{move.now} was moved again since; undo the batch {batch} first, or all.")
        further[move.picture] = move.batch


def _keep_groups(folder: Path, places: Mapping[str, str]) -> None:
    """Where groups.tsv names a picture, add a line for its new name; the lines that are there stay as they are."""
    groups = dataset.named_groups(folder)
    moved = {
        place: groups[name]
        for name, place in places.items()
        if groups.get(name, groups.get(place)) != groups.get(place)
    }
    if moved:
        dataset.add_to_groups(folder, moved)


def _remove_empty(folder: Path, room: Path) -> None:
    """Remove folders that undoing has emptied: moves have made them, and an empty label can't be trained on."""
    while room != folder and room != folder / HOME and room.is_dir() and not any(room.iterdir()):
        room.rmdir()
        room = room.parent


def _write(folder: Path, moves: list[Move]) -> None:
    """Write the journal as one; with no move left, remove it and the folder it is in."""
    file = folder / HOME / JOURNAL
    if not moves:
        file.unlink(missing_ok=True)
        if not any(file.parent.iterdir()):
            file.parent.rmdir()
        return
    file.parent.mkdir(exist_ok=True)
    rows = [[each.name for each in fields(Move)], *(map(_escape, astuple(move)) for move in moves)]
    part = file.with_suffix(".part")
    with part.open("wb") as lines:
        lines.write("".join("\t".join(row) + "\n" for row in rows).encode("utf-8", "surrogateescape"))
        lines.flush()
        os.fsync(lines.fileno())
    part.replace(file)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")


def _unescape(text: str) -> str:
    parts = (part.replace(r"\t", "\t").replace(r"\n", "\n").replace(r"\r", "\r") for part in text.split(r"\\"))
    return "\\".join(parts)
