"""A process that names what pictures show, a core's worth: reading ahead in threads, decoding, and the model."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from ..classifier import Classifier
from ..picture import PictureError
from ..store import shown
from ..store.address import credentials
from .spec import GONE, UNREAD, Fault, Item, Outcome, Slice, Spec
from .tree import Tree, tree

if TYPE_CHECKING:
    from PIL import Image

AHEAD = 16  # pictures read but not decoded: each may have 30 MB
BATCH = 16  # pictures in the model at once
WAITS = (0.5, 2.0)  # seconds before a picture is read again


def main(pipe: Connection) -> None:
    """Hear what the job is, then answer slices until the other end is gone: so it ends, whatever ends the job."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: the job itself hears it
    try:
        spec: Spec = pipe.recv()
        model = Classifier(spec.model, spec.card, threads=1)
        ahead = _Ahead(pipe, Reader(tree(spec.source)).read)
        pipe.send(None)
        while True:
            pipe.send(_answer(model, ahead.slice(), ahead.take))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _answer(model: Classifier, asked: Slice, take: Callable[[], bytes | Fault]) -> list[Outcome]:
    outcomes: list[Outcome | None] = []
    images: list[Image.Image] = []
    places: list[int] = []
    for _ in asked.items:
        data = take()
        try:
            if isinstance(data, Fault):
                outcomes.append(data)
                continue
            images.append(model.fit(model.read(data)))
        except PictureError as error:
            outcomes.append(Fault(error.code, str(error)))
            continue
        places.append(len(outcomes))
        outcomes.append(None)
        if len(images) == BATCH:
            _predict(model, images, places, outcomes)
    _predict(model, images, places, outcomes)
    return [outcome for outcome in outcomes if outcome is not None]


def _predict(model: Classifier, images: list[Image.Image], places: list[int], outcomes: list[Outcome | None]) -> None:
    for place, prediction in zip(places, model.predict(images, BATCH), strict=True):
        outcomes[place] = prediction
    images.clear()
    places.clear()


class _Ahead:
    """Pictures in the order in which slices of them come through a pipe, read before they are taken."""

    def __init__(self, pipe: Connection, read: Callable[[Item], bytes | Fault]) -> None:
        self._pipe = pipe
        self._read = read
        self._pool = ThreadPoolExecutor(AHEAD, "read")
        self._slices: deque[Slice] = deque()
        self._items: deque[Item] = deque()
        self._begun: deque[Future[bytes | Fault]] = deque()

    def slice(self) -> Slice:
        """The next slice; its pictures are the next to take. Raises EOFError when there will be none."""
        self._fill()
        return self._slices.popleft()

    def take(self) -> bytes | Fault:
        """The bytes of the next picture."""
        self._fill()
        return self._begun.popleft().result()

    def _fill(self) -> None:
        while len(self._begun) < AHEAD:
            if not self._items:
                if self._begun and not self._pipe.poll():
                    return
                asked: Slice = self._pipe.recv()
                self._slices.append(asked)
                self._items += asked.items
            self._begun.append(self._pool.submit(self._read, self._items.popleft()))


class Reader:
    """Reads pictures, more than once where that may help."""

    def __init__(self, source: Tree) -> None:
        self._source = source
        self._secrets = credentials(source.place) if "://" in source.place else []

    def read(self, item: Item) -> bytes | Fault:
        """The bytes of a picture, or why there are none."""
        for wait in (*WAITS, None):
            try:
                return self._source.read(*item)
            except FileNotFoundError:
                return Fault(GONE, "This file was listed, but is not there any more.")
            except Exception as error:  # packages for stores raise all sorts
                if wait is None or isinstance(error, PermissionError | IsADirectoryError | NotADirectoryError):
                    return Fault(UNREAD, self._reason(error))
            time.sleep(wait)
        raise AssertionError

    def _reason(self, error: Exception) -> str:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        for secret in self._secrets:
            said = said.replace(secret, "…")
        return f"This file can't be read: {shown(' '.join(said.split()) or type(error).__name__)}"
