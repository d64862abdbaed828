"""``export.pkl`` to predictions: ONNX Runtime on the member that Snowpeople added, without torch."""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from PIL import Image

from . import archive, picture, preprocessing, session
from .archive import ExportError
from .picture import PictureError, Source
from .prediction import Prediction, decide

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float32]]


class Classifier:
    """A trained classifier; make one with ``Classifier.load("export.pkl")``. Threads may share it."""

    def __init__(
        self,
        model: bytes,
        card: dict[str, Any],
        path: str | os.PathLike[str] = "the export",
        threads: int | None = None,
    ) -> None:
        """Start from what archive.read gives; ``path`` is for error messages only. ``threads``: of the model alone, by
        default as many as it gains from.
        """
        self.card = card
        self.labels: tuple[str, ...] = tuple(card["labels"])
        self.size: int = card["size"]
        self._resize: str = card.get("resize", "squish")
        thresholds = card.get("thresholds", {})
        self._known = float(thresholds.get("known", 0.0))
        self._familiar = float(thresholds.get("familiar", 0.0))
        self._path = os.fspath(path)
        self._session = session.start(model, self._path, self.size, len(self.labels), threads)
        has_sense = any(output.name == "familiarity" for output in self._session.get_outputs())
        self._outputs = ["probabilities", "familiarity"] if has_sense else ["probabilities"]

    @classmethod
    def load(cls, path: str | os.PathLike[str] = "export.pkl") -> "Classifier":
        """Load an export from a path, or from an address as `s3://bucket/export.pkl`; see store.local_file.

        Nothing in it is unpickled. Raises ExportError, or StoreError for an address that can't be read from; either
        names the export and the remedy.
        """
        if "://" in os.fspath(path):
            from . import store  # for addresses only

            if store.is_address(path):
                copy, path = store.local_file(path), store.shown(path)
                try:
                    return cls(*archive.read(copy), path)
                except ExportError as error:
                    raise ExportError(str(error).replace(str(copy), path)) from error
        model, card = archive.read(path)
        return cls(model, card, path)

    def classify(self, source: Source) -> Prediction:
        """Classify a path, the bytes of a picture file, or a PIL image.

        Raises PictureError for what is no usable picture; for a path, errors of the file system pass through.
        """
        return self.predict([self._prepare(source)])[0]

    def classify_many(self, sources: Iterable[Source], batch_size: int = 32) -> Iterator[Prediction]:
        """Classify any number of pictures: an iterator of predictions in the order of ``sources``, which is read only
        as far as needed, ``batch_size`` pictures at a time.

        A bad source raises as in ``classify``, after the predictions of all before it, and ends the iterator; a
        PictureError then has the source's place in ``position``. To go on past bad sources, open them with
        ``picture.read`` first, or call ``classify`` on each.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        return self._batches(enumerate(sources), batch_size)

    def read(self, source: Source) -> Image.Image:
        """Return the upright RGB picture of a source, a large one no larger than the network needs; see picture.read.

        Raises as ``classify`` does.
        """
        return picture.read(source, smallest=preprocessing.enough(self.size))

    def fit(self, upright: Image.Image) -> Image.Image:
        """Return what the network is fed for a picture from ``read``: RGB, ``size`` pixels a side."""
        return preprocessing.fit(upright, self.size, self._resize)

    def seen(self, upright: tuple[int, int]) -> tuple[float, float, float, float]:
        """Return which part of a picture of ``upright`` (width, height) pixels the network is fed: left, top, right
        and bottom, as shares of its width and height.
        """
        return preprocessing.seen(upright, self.size, self._resize)

    def predict(self, prepared: Sequence[Image.Image], batch_size: int = 32) -> list[Prediction]:
        """Classify pictures as ``fit`` makes them, ``batch_size`` at a time."""
        predictions: list[Prediction] = []
        for start in range(0, len(prepared), batch_size):
            rows, familiarities = self._run(prepared[start : start + batch_size])
            for row, familiarity in zip(rows, familiarities, strict=True):
                probabilities = dict(zip(self.labels, row.tolist(), strict=True))
                predictions.append(decide(probabilities, familiarity, self._known, self._familiar))
        return predictions

    def _batches(self, sources: Iterator[tuple[int, Source]], batch_size: int) -> Iterator[Prediction]:
        fault: Exception | None = None
        while fault is None:
            batch: list[Image.Image] = []
            for position, source in islice(sources, batch_size):
                try:
                    batch.append(self._prepare(source))
                except (PictureError, OSError) as error:
                    if isinstance(error, PictureError):
                        error.position = position
                    fault = error
                    break
            if batch:
                yield from self.predict(batch, batch_size)
            elif fault is None:
                return
        raise fault

    def _prepare(self, source: Source) -> Image.Image:
        return self.fit(self.read(source))

    def _run(self, pictures: Sequence[Image.Image]) -> "tuple[Floats, Sequence[float | None]]":
        import numpy as np

        pixels = np.stack([np.asarray(image) for image in pictures])
        batch = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(255)
        rows, *more = self._session.run(self._outputs, {"picture": batch})
        if rows.shape != (len(pictures), len(self.labels)):
            answered = f"{len(self.labels)} labels, but its model answers with shape {rows.shape}"
            raise session.mismatch(self._path, answered)
        return rows, more[0].reshape(-1).tolist() if more else [None] * len(rows)
