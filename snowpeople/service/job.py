"""A picture on its way through a service, and what is found of it."""

from __future__ import annotations

import base64
import io
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from .. import attention
from ..prediction import NEITHER
from .extras import Extras
from .pictures import Url

if TYPE_CHECKING:
    from PIL import Image

    from ..prediction import Prediction
    from .model import Model

THUMBNAIL = 320  # pixels, the longer side


@dataclass(frozen=True)
class Answer:
    """What is found of a picture; ``thumbnail`` is a JPEG, empty where none was asked for."""

    prediction: Prediction
    attention: attention.Attention | None = None
    thumbnail: bytes = b""

    def content(self) -> dict[str, Any]:
        """The members of its place in an answer; docs/service.md has them."""
        said = asdict(self.prediction) | {"neither": self.prediction.label == NEITHER}
        if (found := self.attention) is not None:
            rows, columns = found.drops.shape
            said["attention"] = {
                "label": found.label,
                "probability": found.probability,
                "rows": rows,
                "columns": columns,
                "drops": [round(drop, 5) for drop in found.drops.reshape(-1).tolist()],
                "box": [round(share, 5) for share in found.box],
                "caption": found.caption,
            }
        if self.thumbnail:
            said["thumbnail"] = base64.b64encode(self.thumbnail).decode()
        return said


class Job:
    """A picture on its way. Once its answer is there, or nobody waits for it any more, it holds none."""

    def __init__(self, source: bytes | Url, extras: Extras) -> None:
        self.source: bytes | Url = source
        self.extras = extras
        self.size = (0, 0)  # of the upright picture
        self.image: Image.Image | None = None
        self.thumbnail = b""
        self.answer: Future[Answer] = Future()
        self.answer.add_done_callback(self._forget)

    def _forget(self, _: object) -> None:
        self.source, self.image = b"", None


class Look:
    """The way of a picture of which is asked where the classifier looked: a batch at a time."""

    def __init__(self, job: Job, image: Image.Image) -> None:
        self._job = job
        self._covers = attention.covers(image)
        self._answers: list[Prediction] = []

    @property
    def ended(self) -> bool:
        """Whether there is an answer, or nobody waits for it."""
        return self._job.answer.done()

    def step(self, model: Model, most: int) -> int:
        """Ask about ``most`` more covered pictures, and answer after the last; how many it were."""
        images = list(islice(self._covers, most))
        try:
            self._answers += model.predict(images, len(images))
            if len(self._answers) == attention.PASSES:
                found = attention.found(self._answers, self._job.size, model.seen(self._job.size))
                if self._job.answer.set_running_or_notify_cancel():
                    self._job.answer.set_result(Answer(found.answer, found, self._job.thumbnail))
        except Exception as error:
            fail(self._job, error)
        return len(images)

    def drop(self) -> None:
        """Nobody gets an answer any more."""
        self._job.answer.cancel()


def fail(job: Job, error: Exception) -> None:
    """An error for an answer, unless nobody waits for it."""
    if job.answer.set_running_or_notify_cancel():
        job.answer.set_exception(error)


def small(upright: Image.Image) -> bytes:
    """A picture as a thumbnail."""
    copy = upright.copy()
    copy.thumbnail((THUMBNAIL, THUMBNAIL))
    file = io.BytesIO()
    copy.save(file, "JPEG", quality=85)
    return file.getvalue()
