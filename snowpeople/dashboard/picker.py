"""The picker: pictures chosen, dropped or pasted in the page, as bytes in Python.

The protocol between the two halves stands at the top of ``page/protocol.js``. Only small modules are imported here: the
page waits for them.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anywidget

from .script import script, style

if TYPE_CHECKING:
    from ..attention import Attention
    from ..flip import Flip
    from ..prediction import Prediction

VERSION = 2
PIECE_BYTES = 512 * 1024
MAX_PENDING = 16  # pictures on their way or waiting for an answer; a page of ours keeps to 4
MAX_ADDRESS = 2_000  # characters
STALE = 60  # seconds without a piece: the page of that picture is gone
TASKS = ("classify", "look", "try", "flip")


@dataclass(frozen=True)
class Upload:
    """A picture from the page, the bytes of its file, and what is asked of it: one of TASKS.

    thumbnail: whether the page needs one, as it can't show the picture.
    """

    id: str
    task: str
    data: bytes
    thumbnail: bool


@dataclass
class _Transfer:
    task: str
    size: int
    thumbnail: bool
    received: bytearray = field(default_factory=bytearray)
    pieces: int = 0
    touched: float = field(default_factory=time.monotonic)


class Picker(anywidget.AnyWidget):
    """A widget that hands each picture to ``on_upload`` and shows the answers.

    ``on_upload`` is called in the kernel's main thread and must return at once; ``on_address`` likewise, with the id of
    a picture and the web address where it is, as the page says. Each of both gets exactly one answer, for its task, or
    a ``fail``, from any thread. ``on_page`` is called whenever a page is there to be talked to: what is sent before
    that is lost. ``examples`` is the number of example pictures that will be sent then. Without ``on_address``,
    the page has no field for addresses.
    """

    _esm = script()
    _css = style()

    def __init__(
        self,
        on_upload: Callable[[Upload], None],
        on_page: Callable[[], None] = lambda: None,
        examples: int = 0,
        on_address: Callable[[str, str], None] | None = None,
    ) -> None:
        self._on_upload = on_upload
        self._on_page = on_page
        self._on_address = on_address
        self._transfers: dict[str, _Transfer] = {}
        self._pending: set[str] = set()
        self._state: dict[str, Any] = {"state": "loading"}
        self._sending = threading.RLock()
        self._examples = examples
        super().__init__()
        self.on_msg(self._receive)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle: Any = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle
        return data, {**metadata, "snowpeople": "picker"}  # by which the Voila template knows it from other widgets

    # ---- to the page

    def show_state(self, state: str, **more: Any) -> None:
        """Say that the classifier is "loading", "ready" and what it is ``about``, or "broken" with a ``message``."""
        self._state = {"state": state, **more}
        self._tell("state", **self._now())

    def _now(self) -> dict[str, Any]:
        limits = {"urls": self._on_address is not None}
        return {**self._state, "about": {**self._state.get("about", {}), "limits": limits}}

    def show_example(self, index: int, picture: bytes) -> None:
        """Send one example picture, the bytes of a file that any browser shows."""
        self._tell("example", [picture], index=index)

    def answer(self, id: str, prediction: "Prediction", thumbnail: bytes = b"") -> None:
        """Show an answer, with a bar for each label."""
        self._finish(id)
        self._tell("answer", [thumbnail] if thumbnail else [], id=id, **_said(prediction))

    def answer_look(self, id: str, attention: "Attention") -> None:
        """Show where the classifier looked."""
        rows, columns = attention.drops.shape
        self._finish(id)
        self._tell(
            "look",
            [attention.drops.astype("<f4").tobytes()],
            id=id,
            label=attention.label,
            rows=rows,
            columns=columns,
            base=round(attention.probability, 4),
            box=list(attention.box),
        )

    def answer_flip(self, id: str, flip: "Flip | None", picture: bytes = b"") -> None:
        """Show the smallest change that flips an answer and the changed picture, or that there is none."""
        self._finish(id)
        if flip is None:
            return self._tell("flip", id=id, edit=None)
        more = {} if flip.middle is None else {"middle": list(flip.middle)}
        before, after = _said(flip.before), _said(flip.after)
        self._tell("flip", [picture], id=id, edit=flip.edit, strength=flip.strength, before=before, after=after, **more)

    def fail(self, id: str, code: str, message: str = "") -> None:
        """Show why there is no answer: by a code that the page has words for in several languages, or a sentence."""
        self._finish(id)
        self._tell("failed", id=id, code=code, message=message)

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
                self._tell("welcome", version=VERSION, piece_bytes=PIECE_BYTES, examples=self._examples, **self._now())
                self._on_page()
            case {"kind": "ping"}:
                self._tell("pong")
            case {"kind": "start", "id": str(id), "task": str(task), "size": int(size), "thumbnail": bool(thumbnail)}:
                if len(id) <= 64 and task in TASKS:
                    self._start(id, task, size, thumbnail)
            case {"kind": "fetch", "id": str(id), "address": str(address)} if len(id) <= 64:
                if self._on_address is None:
                    self.fail(id, "url_off")
                elif len(address) > MAX_ADDRESS:
                    self.fail(id, "address")
                elif self._admit(id):
                    self._on_address(id, address)
            case {"kind": "piece", "id": str(id), "index": int(index)} if id in self._transfers and buffers:
                self._piece(id, index, buffers[0])
            case {"kind": "cancel", "id": str(id)} if id in self._transfers:
                self._finish(id)

    def _start(self, id: str, task: str, size: int, thumbnail: bool) -> None:
        from ..picture import MAX_BYTES

        if id in self._pending or size < 0:
            return
        if size > MAX_BYTES:
            message = f"This file has more than {MAX_BYTES // 10**6} MB: please make it smaller."
            return self.fail(id, "too_large", message)
        if self._admit(id):
            self._transfers[id] = _Transfer(task, size, thumbnail)
            self._check(id)

    def _admit(self, id: str) -> bool:
        """Take one more picture on, if there is room; say so if not."""
        if id in self._pending:
            return False
        if len(self._pending) >= MAX_PENDING:
            self._forget_stale()
        if len(self._pending) >= MAX_PENDING:
            self.fail(id, "busy")
            return False
        self._pending.add(id)
        return True

    def _piece(self, id: str, index: int, piece: Any) -> None:
        transfer = self._transfers[id]
        left = transfer.size - len(transfer.received)
        if index != transfer.pieces or not 0 < len(piece) <= min(PIECE_BYTES, left):
            return self.fail(id, "incomplete")
        transfer.received += piece
        transfer.pieces += 1
        transfer.touched = time.monotonic()
        self._tell("got", id=id, pieces=transfer.pieces)
        self._check(id)

    def _check(self, id: str) -> None:
        transfer = self._transfers[id]
        if len(transfer.received) == transfer.size:
            del self._transfers[id]
            self._on_upload(Upload(id, transfer.task, bytes(transfer.received), transfer.thumbnail))

    def _forget_stale(self) -> None:
        oldest = time.monotonic() - STALE
        for id, transfer in list(self._transfers.items()):
            if transfer.touched < oldest:
                self._finish(id)


def _said(prediction: "Prediction") -> dict[str, Any]:
    return {
        "label": prediction.label,
        "probability": round(prediction.probability, 4),
        "unfamiliar": prediction.unfamiliar,
        "bars": [{"label": label, "probability": round(p, 4)} for label, p in prediction.probabilities.items()],
    }
