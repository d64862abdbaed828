"""A classifier that runs elsewhere: one service (``snowpeople serve``) for many dashboards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from PIL import Image, ImageOps

from .. import picture, preprocessing
from ..archive import ExportError
from ..picture import PictureError, Source
from ..prediction import Prediction
from .body import encoded, form
from .connection import Connection, of_picture

# Bytes of pictures after which no more are sent with them: a service reads no body of more than 60 MB.
MAX_BATCH = 25_000_000


class RemoteClassifier:
    """What a dashboard uses of Classifier, answered by a service at an address. Threads may share it.

    The address is its host's own choice, so it may well be in a private network. Connections are kept and used again.
    """

    def __init__(self, url: str, api_key: str = "", timeout: float = 60.0) -> None:
        """Ask the service for its card.

        url: as ``http://models.internal:8000``. api_key: what the service asks for; by default SNOWPEOPLE_API_KEY.
        timeout: seconds for an answer, with the time for which a busy service asks to be left alone.
        Raises ExportError where no such service answers.
        """
        self._connection = Connection(url, api_key, timeout)
        try:
            self.card: dict[str, Any] = self._connection.ask("GET", "/card")["card"]
            self.labels: tuple[str, ...] = tuple(self.card["labels"])
            self.size: int = self.card["size"]
            self._resize: str = self.card.get("resize", "squish")
            self._smallest = max(picture.REDUCE_ABOVE, preprocessing.enough(self.size))
        except (KeyError, TypeError, ExportError) as error:
            self.close()
            raise error if isinstance(error, ExportError) else self._connection.stranger() from error

    def classify(self, source: Source) -> Prediction:
        """Classify a path, the bytes of a picture file, or a PIL image.

        Raises PictureError as Classifier does, and ExportError where the service does not answer; for a path, errors
        of the file system pass through.
        """
        (outcome,) = self._predict([encoded(source, self._smallest)])
        if isinstance(outcome, PictureError):
            raise outcome
        return outcome

    def classify_many(self, sources: Iterable[Source], batch_size: int = 16) -> Iterator[Prediction]:
        """Classify any number of pictures: an iterator of predictions in the order of ``sources``, of which
        ``batch_size`` are sent at a time. A bad one ends it, as in ``Classifier.classify_many``.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        return self._batches(enumerate(sources), batch_size)

    def read(self, source: Source) -> Image.Image:
        """Return the upright RGB picture of a source, as Classifier does."""
        return picture.read(source, smallest=preprocessing.enough(self.size))

    def fit(self, upright: Image.Image) -> Image.Image:
        """Return what the network is fed for a picture from ``read``, as Classifier does."""
        return preprocessing.fit(upright, self.size, self._resize)

    def seen(self, upright: tuple[int, int]) -> tuple[float, float, float, float]:
        """Return which part of a picture the network is fed, as Classifier does."""
        return preprocessing.seen(upright, self.size, self._resize)

    def predict(self, prepared: Sequence[Image.Image], batch_size: int = 16) -> list[Prediction]:
        """Classify pictures as ``fit`` makes them, ``batch_size`` at a time."""
        # The service fits them once more: where that cuts off the edges, they get some.
        edges = (preprocessing.edge(self.size) if self._resize == "middle" else 0,) * 2
        framed = (ImageOps.expand(each, edges) for each in prepared)
        return list(self.classify_many(framed, batch_size))

    def close(self) -> None:
        """Close all connections."""
        self._connection.close()

    def _batches(self, sources: Iterator[tuple[int, Source]], batch_size: int) -> Iterator[Prediction]:
        fault: Exception | None = None
        while fault is None:
            batch: list[bytes] = []
            first = size = 0
            for position, source in islice(sources, batch_size):
                first = position - len(batch)
                try:
                    batch.append(encoded(source, self._smallest))
                except (PictureError, OSError) as error:
                    fault = _placed(error, position)
                    break
                size += len(batch[-1])
                if size > MAX_BATCH:
                    break
            if not batch and fault is None:
                return
            for number, outcome in enumerate(self._predict(batch) if batch else []):
                if isinstance(outcome, PictureError):
                    raise _placed(outcome, first + number)
                yield outcome
        raise fault

    def _predict(self, pictures: Sequence[bytes]) -> list[Prediction | PictureError]:
        if len(pictures) == 1:
            body, kind = pictures[0], "application/octet-stream"
        else:
            body, kind = form(pictures)
        answer = self._connection.ask("POST", "/predict", body, kind)
        if "code" in answer and len(pictures) == 1:
            return [PictureError(answer["code"], answer["detail"])]
        try:
            outcomes = [_outcome(entry) for entry in answer["predictions"]]
        except (KeyError, TypeError) as error:
            raise self._connection.stranger() from error
        if len(outcomes) != len(pictures):
            raise self._connection.stranger()
        return outcomes


def _outcome(entry: dict[str, Any]) -> Prediction | PictureError:
    if "error" in entry:
        error = entry["error"]
        if not of_picture(error["code"]):
            raise ExportError(str(error["detail"]))
        return PictureError(error["code"], error["detail"])
    names = ("label", "probability", "probabilities", "familiarity", "unfamiliar")
    return Prediction(**{name: entry[name] for name in names})


def _placed(error: Exception, position: int) -> Exception:
    if isinstance(error, PictureError):
        error.position = position
    return error
