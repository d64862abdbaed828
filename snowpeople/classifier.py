"""``export.pkl`` to predictions: ONNX Runtime on the member that Snowpeople added, without torch."""

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from PIL import Image

from . import archive, picture
from .archive import ExportError
from .picture import PictureError, Source

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float32]]

NEITHER = "neither"


@dataclass(frozen=True)
class Prediction:
    """The answer for one picture.

    ``probabilities`` has every label, in the order of the vocabulary, and adds up to 1. ``familiarity``, from 0 to 1,
    says how much the picture is like those the classifier learnt from; None where the export has no sense of that.
    ``label`` is the likeliest, or ``"neither"`` where it does not reach a threshold of the export's card;
    ``probability`` is then how likely it is to be none of the others. ``unfamiliar`` says whether it is "neither" for
    being unlike all that was learnt.
    """

    label: str
    probability: float
    probabilities: dict[str, float]
    familiarity: float | None = None
    unfamiliar: bool = False


class Classifier:
    """A trained classifier; make one with ``Classifier.load("export.pkl")``. Threads may share it."""

    def __init__(self, model: bytes, card: dict[str, Any], path: str | os.PathLike[str] = "the export") -> None:
        """Start from what archive.read gives; ``path`` is for error messages only."""
        self.card = card
        self.labels: tuple[str, ...] = tuple(card["labels"])
        self.size: int = card["size"]
        self._resize: str = card.get("resize", "squish")
        thresholds = card.get("thresholds", {})
        self._known = float(thresholds.get("known", 0.0))
        self._familiar = float(thresholds.get("familiar", 0.0))
        self._path = os.fspath(path)
        self._session = _session(model, self._path, self.size, len(self.labels))
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
        return picture.read(source, smallest=enough(self.size))

    def fit(self, upright: Image.Image) -> Image.Image:
        """Return what the network is fed for a picture from ``read``: RGB, ``size`` pixels a side."""
        return fit(upright, self.size, self._resize)

    def seen(self, upright: tuple[int, int]) -> tuple[float, float, float, float]:
        """Return which part of a picture of ``upright`` (width, height) pixels the network is fed: left, top, right
        and bottom, as shares of its width and height.
        """
        return seen(upright, self.size, self._resize)

    def predict(self, prepared: Sequence[Image.Image], batch_size: int = 32) -> list[Prediction]:
        """Classify pictures as ``fit`` makes them, ``batch_size`` at a time."""
        predictions: list[Prediction] = []
        for start in range(0, len(prepared), batch_size):
            rows, familiarities = self._run(prepared[start : start + batch_size])
            predictions += [self._decide(row.tolist(), known) for row, known in zip(rows, familiarities, strict=True)]
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
            raise _mismatch(self._path, f"{len(self.labels)} labels, but its model answers with shape {rows.shape}")
        return rows, more[0].reshape(-1).tolist() if more else [None] * len(rows)

    def _decide(self, values: Sequence[float], familiarity: float | None) -> Prediction:
        probabilities = dict(zip(self.labels, values, strict=True))
        label = max(self.labels, key=probabilities.__getitem__)
        probability = probabilities[label]
        if label != NEITHER and familiarity is not None and familiarity < self._familiar:
            # As sure as it is unfamiliar: at the threshold it is one way or the other.
            probability = 1 - familiarity / (2 * self._familiar)
            return Prediction(NEITHER, probability, probabilities, familiarity, unfamiliar=True)
        if label != NEITHER and probability < self._known:
            label, probability = NEITHER, probabilities.get(NEITHER, 1 - probability)
        return Prediction(label, probability, probabilities, familiarity)


def enough(size: int) -> int:
    """The shorter side, in pixels, of which a large photo is decoded for an input of ``size`` pixels.

    Five times the input moves no probability of a network in float32 by 0.01; two and a half times, by up to 0.03.
    """
    return 5 * size


def fit(upright: Image.Image, size: int, resize: str) -> Image.Image:
    """A square of ``size`` pixels, made as fastai does on its validation set.

    ``resize`` is "squish", all of the picture; "crop", the largest square in the middle, both as ``Resize(size,
    method=resize)``; or "middle", all but the edges of it squished, as ``RandomResizedCrop(size)``.
    """
    if resize == "middle":
        cut = edge(size)
        whole = upright.resize((size + 2 * cut,) * 2, Image.Resampling.BILINEAR)
        return whole.crop((cut, cut, cut + size, cut + size))
    if resize == "crop":
        side = max(1, int(min(upright.size) / size * size))  # with fastai's own rounding
        left, top = (upright.width - side) // 2, (upright.height - side) // 2
        upright = upright.crop((left, top, left + side, top + side))
    return upright.resize((size, size), Image.Resampling.BILINEAR)


def seen(upright: tuple[int, int], size: int, resize: str) -> tuple[float, float, float, float]:
    """Which part of a picture of ``upright`` (width, height) pixels ``fit`` keeps: left, top, right and bottom, as
    shares of its width and height.
    """
    across = down = 0.0
    if resize == "middle":
        cut = edge(size)
        across = down = cut / (size + 2 * cut)
    elif resize == "crop":
        width, height = upright
        across, down = (0.5 - min(upright) / (2 * side) for side in (width, height))
    return across, down, 1 - across, 1 - down


def edge(size: int) -> int:
    """How many pixels ``fit`` cuts off at each side for "middle"."""
    return math.ceil(size * 0.14 / 8) * 4  # fastai's own number and rounding


def _session(model: bytes, path: str, size: int, labels: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # So small a model gains nothing from more threads, and threads that spin while they wait starve a shared core.
    options.intra_op_num_threads = min(2, _cores())
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Without the arena the memory of a large batch goes back when the batch is done.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4  # its own messages on damaged models are no help to a user
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # onnxruntime raises half a dozen types of its own, all directly under Exception.
        raise ExportError(
            f"the model in {path} is damaged. Copy or download the file again, or make it with training.ipynb"
        ) from error
    inputs = {value.name: list(value.shape) for value in session.get_inputs()}
    outputs = {value.name: list(value.shape) for value in session.get_outputs()}
    if inputs.get("picture", [None])[1:] != [3, size, size] or len(inputs) != 1:
        raise _mismatch(path, f"pictures of {size} × {size} pixels, but its model takes {inputs}")
    if not isinstance(outputs.get("probabilities", [""])[-1], int):
        raise _mismatch(path, f"{labels} labels, but its model answers with {outputs}")
    if outputs["probabilities"][-1] != labels:
        raise _mismatch(path, f"{labels} labels, but its model answers with {outputs['probabilities'][-1]}")
    return session


def _mismatch(path: str, what: str) -> ExportError:
    return ExportError(f"the card in {path} names {what}. Make the export again with training.ipynb")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
