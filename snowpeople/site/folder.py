"""A site's folder: written so that nothing of the user's is lost, and visitors see the old page or the new one."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

MARK = "snowpeople-site.json"  # in the folder: the names of what is ours, and the digests of how it was written


class SiteError(ValueError):
    """A folder that can't be written to. The message names it and the remedy."""


def check(place: Path) -> dict[str, str]:
    """What of ours is in a folder: digests by name. Raises SiteError where it holds something else."""
    if not os.path.lexists(place):
        return {}
    if not place.is_dir():
        raise SiteError(f"{place} is not a folder: name another, which need not be there yet")
    names = {path.name for path in place.iterdir() if not path.name.startswith(".")}  # .git is the host's business
    if not names:
        return {}
    if MARK not in names:
        raise SiteError(f"{place} holds other files, not written by this command: name a new or an empty folder")
    ours = _marked(place)
    for name, digest in ours.items():
        path = place / name
        if path.is_symlink() or path.is_dir() or (path.exists() and _digest(path.read_bytes()) != digest):
            raise SiteError(f"{path} was changed since: move it away, or name another folder, so that nothing is lost")
    return ours


def write(place: Path, files: Mapping[str, bytes], last: str) -> None:
    """Bring a folder up to date: the new files, then the one called ``last``, at once; then the old ones go.

    Raises SiteError as ``check`` does, or where a file of somebody else's is in the way.
    """
    ours = check(place)
    mark = json.dumps({"files": {name: _digest(content) for name, content in files.items()}}, indent=1).encode()
    place.parent.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(place):
        return _make(place, {**files, MARK: mark})
    for name in files.keys() - ours.keys():
        if os.path.lexists(place / name):
            raise SiteError(f"{place / name} is in the way, and not ours: move it away, or name another folder")
    # Until the end, all that is or was ours is named in the folder: whatever stops the work, the next run goes on.
    both = {"files": ours | {name: _digest(content) for name, content in files.items() if name != last}}
    _replace(place / MARK, json.dumps(both, indent=1).encode())
    for name, content in files.items():
        if name != last and not (place / name).exists():
            _replace(place / name, content)
    _replace(place / last, files[last])
    _replace(place / MARK, mark)
    for name in ours.keys() - files.keys():
        (place / name).unlink(missing_ok=True)


def _make(place: Path, files: Mapping[str, bytes]) -> None:
    """A folder that was not there, all at once."""
    beside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent))
    try:
        for name, content in files.items():
            (beside / name).write_bytes(content)
        beside.chmod(0o777 & ~_umask())  # mkdtemp's is for its user alone
        beside.rename(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        beside.chmod(0o666 & ~_umask())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _marked(place: Path) -> dict[str, str]:
    try:
        files = json.loads((place / MARK).read_bytes())["files"]
    except (ValueError, KeyError, TypeError, RecursionError):
        files = None
    if not isinstance(files, dict) or not all(_plain(name) and isinstance(files[name], str) for name in files):
        raise SiteError(f"{place / MARK} is damaged: name a new folder")
    return files


def _plain(name: str) -> bool:
    return name == Path(name).name and name not in ("", ".", "..")


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
