"""A camera of this machine, or a stream at an address, over OpenCV: a picture every few seconds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .. import store
from .sources import Item

if TYPE_CHECKING:
    import cv2

WARM_UP = 1.0  # seconds in which a webcam finds its exposure
TIMEOUT = 10.0  # seconds for a stream to open, or to go on
TRIES = 5
PAUSE = 2.0  # seconds between two tries
QUALITY = 95  # of the JPEGs


class CameraError(ValueError):
    """A camera that gives no pictures. The message names it and the remedy."""


class Camera:
    """Takes pictures. `which` is a number, from 0, or an address as rtsp://… or http://…; `every` is in seconds."""

    def __init__(self, which: int | str, every: float) -> None:
        """Open it. Raises CameraError where there is no such camera, or no OpenCV."""
        self._which = which
        self._every = every
        # The name goes into every line: an address without its password.
        self.name = f"camera {which}" if isinstance(which, int) else store.shown(which)
        try:
            self._capture = self._open()
        except ImportError as error:
            raise CameraError(
                "a camera needs OpenCV: pip install -c constraints.txt -e '.[camera]'"
            ) from error
        if not self._capture.isOpened():
            raise CameraError(
                f"{self.name} can't be opened: there is none, another program has it, or you may not use it. "
                + ("Try another number." if isinstance(which, int) else "Check the address.")
            )

    def pictures(self, say: Callable[[str], object] = print) -> Iterator[Item]:
        """Yield a picture, as a JPEG with its time, every so many seconds, without end.

        say: gets a sentence when the camera is lost. Raises CameraError where it stays lost.
        """
        due = time.monotonic() + min(WARM_UP, self._every)
        try:
            while True:
                data = self._take(due)
                if data is None:
                    self._reopen(say)
                    continue
                yield Item(self.name, data=data, time=datetime.now().astimezone())
                due += self._every
                if due < time.monotonic():  # after a break there is nothing to catch up on
                    due = time.monotonic() + self._every
        finally:
            self._capture.release()

    def _take(self, due: float) -> bytes | None:
        """The first picture after a time; None where the camera gives no more."""
        import cv2

        # All before it are taken from the queue: it would else be as old as the queue is long.
        while True:
            if not self._capture.grab():
                return None
            if time.monotonic() >= due:
                break
        taken, frame = self._capture.retrieve()
        if not taken:
            return None
        written, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        return data.tobytes() if written else None

    def _reopen(self, say: Callable[[str], object]) -> None:
        say(f"{self.name} gives no picture. Trying again, {TRIES} times.")
        for _ in range(TRIES):
            self._capture.release()
            time.sleep(PAUSE)
            self._capture = self._open()
            if self._capture.isOpened() and self._capture.grab():
                say(f"{self.name} is back.")
                return
        raise CameraError(f"{self.name} is lost. Connect it again, and give the same command again.")

    def _open(self) -> cv2.VideoCapture:
        # What OpenCV and FFmpeg would write on stderr helps nobody.
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
        import cv2

        level: Any = getattr(getattr(cv2, "utils", None), "logging", None)
        if level is not None:
            level.setLogLevel(level.LOG_LEVEL_SILENT)
        if isinstance(self._which, int):
            return cv2.VideoCapture(self._which)
        limit = round(1000 * TIMEOUT)
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, limit, cv2.CAP_PROP_READ_TIMEOUT_MSEC, limit]
        return cv2.VideoCapture(self._which, cv2.CAP_FFMPEG, limits)
