"""A folder that one job of a machine has to itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter
from pathlib import Path

NAME = ".lock"


@contextmanager
def lock(folder: Path) -> Iterator[bool]:
    """A context with the folder, made where it is missing, locked; its value is whether it really is.

    Nothing stays but what else was put into it: the lock's file goes, and so do empty folders that were made for it.
    Raises BlockingIOError where another process has it, OSError.
    """
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            import fcntl
        except ImportError:
            yield False  # Windows. The names of the parts keep two jobs from doing harm.
            return
        while True:
            file = _opened(folder / NAME)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                locked = True
            except BlockingIOError:
                file.close()
                raise
            except OSError:
                locked = False  # a file system without locks
            if not locked or _is_there(file):
                break
            file.close()  # its owner has just removed it: others would lock a new one
        try:
            yield locked
        finally:
            # Before it is unlocked, so that nobody's but ours goes.
            if _is_there(file):
                with suppress(OSError):
                    (folder / NAME).unlink()
            file.close()
    finally:
        with suppress(OSError):  # the first that is not empty ends it
            for each in made:
                each.rmdir()


def _opened(path: Path) -> BufferedWriter:
    try:
        return path.open("ab")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)  # a job that made it and ended has just removed it
        return path.open("ab")


def _is_there(file: BufferedWriter) -> bool:
    """Whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(file.name))
    except OSError:
        return False
