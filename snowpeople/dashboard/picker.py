"""The picker: pictures chosen, dropped or pasted in the page, as bytes in Python.

The protocol between the two halves stands at the top of ``page/session.js``. Only small modules are imported here: the
page waits for them.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import anywidget
import traitlets

from .script import PAGE, script

VERSION = 1
PIECE_BYTES = 512 * 1024
MAX_PENDING = 16  # pictures on their way or waiting for an answer; a page of ours keeps to 4
STALE = 60  # seconds without a piece: the page of that picture is gone


@dataclass(frozen=True)
class Upload:
    """A picture from the page: the bytes of its file, and whether the page needs a thumbnail (it can't show it)."""

    id: str
    data: bytes
    thumbnail: bool


@dataclass
class _Transfer:
    size: int
    thumbnail: bool
    received: bytearray = field(default_factory=bytearray)
    pieces: int = 0
    touched: float = field(default_factory=time.monotonic)


class Picker(anywidget.AnyWidget):
    """A widget that hands each picture to ``on_upload`` and shows the answers.

    ``on_upload`` is called in the kernel's main thread and must return at once. Each upload gets exactly one
    ``answer`` or ``fail``, from any thread. ``on_page`` is called whenever a page is there to be talked to: what is
    sent before that is lost. ``examples`` is the number of example pictures that will be sent then.
    """

    _esm = script()
    _css = PAGE / "picker.css"

    examples = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        on_upload: Callable[[Upload], None],
        on_page: Callable[[], None] = lambda: None,
        **traits: Any,
    ) -> None:
        self._on_upload = on_upload
        self._on_page = on_page
        self._transfers: dict[str, _Transfer] = {}
        self._pending: set[str] = set()
        self._state: dict[str, Any] = {"state": "loading"}
        self._sending = threading.RLock()
        super().__init__(**traits)
        self.on_msg(self._receive)

    # ---- to the page

    def show_state(self, state: str, **more: Any) -> None:
        """Say whether the classifier is "loading", "ready" or, with a ``message`` for the visitor, "broken"."""
        self._state = {"state": state, **more}
        self._tell("state", **self._state)

    def show_example(self, index: int, picture: bytes) -> None:
        """Send one example picture, the bytes of a file that any browser shows."""
        self._tell("example", [picture], index=index)

    def answer(
        self, id: str, title: str, bars: Sequence[tuple[str, float]], chosen: int, thumbnail: bytes = b""
    ) -> None:
        """Show an answer: its ``title`` in words, and a bar for each class, as (words, probability).

        ``chosen`` is the index of the bar that the title names, -1 where there is none.
        """
        self._finish(id)
        content = [{"words": words, "probability": round(probability, 4)} for words, probability in bars]
        self._tell("answer", [thumbnail] if thumbnail else [], id=id, title=title, bars=content, chosen=chosen)

    def fail(self, id: str, message: str) -> None:
        """Show why there is no answer, in a sentence for the visitor."""
        self._finish(id)
        self._tell("failed", id=id, message=message)

    def _finish(self, id: str) -> None:
        self._transfers.pop(id, None)
        self._pending.discard(id)

    def _tell(self, kind: str, buffers: Sequence[bytes] = (), **content: Any) -> None:
        with self._sending:
            self.send({"kind": kind, **content}, list(buffers))

    # ---- from the page

    def _receive(self, _: Any, content: Any, buffers: Sequence[Any]) -> None:
        """Take one message. The page is not trusted: what makes no sense is dropped, or fails its own picture."""
        match content:
            case {"kind": "hello"}:
                self._tell("welcome", version=VERSION, piece_bytes=PIECE_BYTES, **self._state)
                self._on_page()
            case {"kind": "ping"}:
                self._tell("pong")
            case {"kind": "start", "id": str(id), "size": int(size), "thumbnail": bool(thumbnail)} if len(id) <= 64:
                self._start(id, size, thumbnail)
            case {"kind": "piece", "id": str(id), "index": int(index)} if id in self._transfers and buffers:
                self._piece(id, index, buffers[0])
            case {"kind": "cancel", "id": str(id)} if id in self._transfers:
                self._finish(id)

    def _start(self, id: str, size: int, thumbnail: bool) -> None:
        from ..picture import MAX_BYTES

        if id in self._pending or size < 0:
            return
        if size > MAX_BYTES:
            return self.fail(id, f"This file has more than {MAX_BYTES // 10**6} MB: please make it smaller.")
        if len(self._pending) >= MAX_PENDING:
            self._forget_stale()
        if len(self._pending) >= MAX_PENDING:
            return self.fail(id, "Too many pictures at once: please try this one again.")
        self._pending.add(id)
        self._transfers[id] = _Transfer(size, thumbnail)
        self._check(id)

    def _piece(self, id: str, index: int, piece: Any) -> None:
        transfer = self._transfers[id]
        left = transfer.size - len(transfer.received)
        if index != transfer.pieces or not 0 < len(piece) <= min(PIECE_BYTES, left):
            return self.fail(id, "This file did not arrive whole: please try it again.")
        transfer.received += piece
        transfer.pieces += 1
        transfer.touched = time.monotonic()
        self._tell("got", id=id, pieces=transfer.pieces)
        self._check(id)

    def _check(self, id: str) -> None:
        transfer = self._transfers[id]
        if len(transfer.received) == transfer.size:
            del self._transfers[id]
            self._on_upload(Upload(id, bytes(transfer.received), transfer.thumbnail))

    def _forget_stale(self) -> None:
        oldest = time.monotonic() - STALE
        for id, transfer in list(self._transfers.items()):
            if transfer.touched < oldest:
                self._finish(id)
