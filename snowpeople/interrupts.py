"""Ctrl-C: it ends a command quietly, whenever it comes, and is heard by the command alone, not by its processes."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager

TYPE_CHECKING = False  # that of typing, without loading it: Ctrl-C may come meanwhile
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object]
else:
    import _signal as signal  # all of it but its enums, which take their time

STATUS = 130  # as shells have it of a program that SIGINT ends
LOOK_AGAIN = 0.02  # seconds
PATIENCE = 1.0  # seconds for the modules that are being loaded


def end_at_once() -> None:
    """From now on it ends the process there and then: for times when there is nothing to put in order."""
    _handle(lambda number, frame: os._exit(STATUS))


@contextmanager
def heard() -> Iterator[None]:
    """A context in which it is a KeyboardInterrupt, and never one in the middle of an import.

    There it may be lost, with its traceback shown (in a callback of the import system), or come out as an ImportError
    (of what is compiled). So it waits for the modules that are being loaded, and for no more than PATIENCE.
    """
    outside = sys._getframe(2)
    until = 0.0  # 0: none waits

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal until
        if not hasattr(signal, "setitimer") or not _imports(frame, outside):
            until = 0.0
            raise KeyboardInterrupt
        now = time.monotonic()
        until = until or now + PATIENCE
        if now > until:
            os._exit(STATUS)
        signal.signal(signal.SIGALRM, _again)
        signal.setitimer(signal.ITIMER_REAL, LOOK_AGAIN)

    before = _handle(handle)
    try:
        yield
        if until:  # all was done before it could be heard
            raise KeyboardInterrupt
    finally:
        if until:
            signal.setitimer(signal.ITIMER_REAL, 0)  # without it, Python would end by its alarm
        if before is not None:
            signal.signal(signal.SIGINT, before)


@contextmanager
def unheard() -> Iterator[None]:
    """A context in which processes start that never hear it, not even as they begin; here, it is heard at the end."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # its own start would let them hear
    late: list[int] = []
    before = _handle(lambda number, frame: late.append(number))  # other threads may be told
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which processes inherit
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if before is not None:
            signal.signal(signal.SIGINT, before)
        if late:
            signal.raise_signal(signal.SIGINT)


def _again(number: int, frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


def _handle(handler: Handler) -> Handler | None:
    """Set a handler; return the one before. None, where it stays as it is: a shell has told a job in its background to
    ignore Ctrl-C, or this is not the main thread, which alone may say.
    """
    before = signal.getsignal(signal.SIGINT)
    if not callable(before):
        return None
    try:
        signal.signal(signal.SIGINT, handler)
    except ValueError:
        return None
    return before


def _imports(frame: FrameType | None, outside: FrameType) -> bool:
    while frame is not None and frame is not outside:
        if frame.f_globals.get("__name__") == "importlib._bootstrap":
            return True
        frame = frame.f_back
    return False
