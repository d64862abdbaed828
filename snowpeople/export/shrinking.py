"""Weights made small as far as that costs next to nothing, measured on pictures that the network did not learn from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch
from PIL import Image

from ..archive import ExportError
from ..calibration import KEEP, Familiarity
from ..prediction import NEITHER, Prediction
from ..preprocessing import enough
from ..report import Report
from . import pickling
from .onnx import run, variants
from .preparation import batch

# What shrinking may cost: half a point of accuracy; without labels, that many answers that change.
LOST = 0.005
# And of all answers, how many may change, and how far probabilities may move on average.
CHANGED = 0.01
MOVED = 0.01
WORDS = {"int8": "int8", "int8 weights": "int8 weights, float32 activations", "float16": "float16 weights"}

Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class KeptApart:
    """Upright RGB pictures that a network did not learn from, with the label and the group of each."""

    pictures: Sequence[Image.Image]
    labels: Sequence[str]
    groups: Sequence[str]


@dataclass
class Shrunk:
    """The ONNX half as bytes, how it was made small, and what each reader measures."""

    model: bytes
    kind: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    lost: float | None = None

    def card(self) -> dict[str, Any]:
        """For the card: the table, what was kept, and the points of accuracy lost, None where that is not known."""
        return {"rows": self.rows, "kept": self.kind, "lost_points": self.lost}


def shrink(
    learn: Any,
    draft: Path,
    size: int,
    calibration: Sequence[Image.Image],
    kept_apart: KeptApart | None,
    familiarity: Familiarity | None,
) -> Shrunk:
    """Write the fastai half to `draft` and return the ONNX half, each as small as LOST allows.

    Whole numbers of 7 bits first; float16 where those lose more.
    """
    from . import load, probabilities

    judge = _Judge(learn, probabilities, calibration, kept_apart)
    # One that was shrunk before has nothing more to lose.
    pickling.dump(learn, draft, whole=True)
    small = load(draft)
    half = "int8 weights"
    if not judge.passes(probabilities(small, judge.pictures)):
        pickling.dump(learn, draft, whole=False)
        small, half = load(draft), "float16 weights"
    rows = [
        judge.row("as trained, float32", pickling.plain_size(learn), judge.before, _forward(learn, size)),
        judge.row(f"fastai half, {half}", draft.stat().st_size, probabilities(small, judge.pictures), None),
    ]
    for kind, model in variants(small, size, calibration, pickling.LEVELS, familiarity):
        answers, milliseconds = run(model, learn, judge.pictures)
        if kind == "float16" or judge.passes(answers):
            rows.append(judge.row(f"dashboard half, {WORDS[kind]}", len(model), answers, milliseconds))
            return Shrunk(model, kind, rows, judge.lost(answers))
    raise AssertionError("float16 comes last and always does")


class _Judge:
    """Says what an answer's change costs: accuracy on labelled pictures, and the share of other top classes on all.

    One in a hundred can't be told from a few dozen kept apart, of which one may be a coin's toss; and whether answers
    stay the same can be told from pictures that were learnt from, too.
    """

    def __init__(
        self,
        learn: Any,
        probabilities: Callable[[Any, Sequence[Image.Image]], Floats],
        calibration: Sequence[Image.Image],
        kept_apart: KeptApart | None,
    ) -> None:
        self.kept_apart = kept_apart
        labelled = kept_apart.pictures if kept_apart else []
        self.pictures = [*labelled, *(() if calibration is labelled else calibration)]
        self.vocabulary = [str(label) for label in learn.dls.vocab]
        self.before = probabilities(learn, self.pictures)

    def passes(self, answers: Floats) -> bool:
        changed = float((answers.argmax(1) != self.before.argmax(1)).mean())
        if changed > CHANGED or float(np.abs(answers - self.before).mean()) > MOVED:
            return False  # both readers must say the same, right or wrong
        lost = self.lost(answers)
        return changed <= LOST if lost is None else lost <= 100 * LOST

    def lost(self, answers: Floats) -> float | None:
        """Points of accuracy; None without labels."""
        if self.kept_apart is None:
            return None
        truth = np.array([self.vocabulary.index(label) for label in self.kept_apart.labels])
        rows = (self.before[: len(truth)], answers[: len(truth)])
        before, after = (float((values.argmax(1) == truth).mean()) for values in rows)
        return round(100 * (before - after), 2)

    def row(self, name: str, size: int, answers: Floats, milliseconds: float | None) -> dict[str, Any]:
        found: dict[str, Any] = {"name": name, "megabytes": round(size / 1e6, 2)}
        if self.kept_apart:
            labels = self.kept_apart.labels
            share = Report(self.vocabulary, labels, answers[: len(labels)], self.kept_apart.groups).accuracy()
            found |= {"accuracy": round(share.share, 4), "low": round(share.low, 4), "high": round(share.high, 4)}
        if milliseconds is not None:
            found["milliseconds"] = round(milliseconds, 2)
        return found


def _forward(learn: Any, size: int, repeats: int = 7) -> float:
    """Milliseconds of one forward pass of one picture, a median."""
    device = next(learn.model.parameters()).device
    picture = batch(learn, size)(torch.zeros(1, 3, size, size)).to(device)
    times = []
    learn.model.eval()
    with torch.inference_mode():
        for _ in range(repeats + 2):
            start = perf_counter()
            learn.model(picture).cpu()
            times.append(1000 * (perf_counter() - start))
    return median(times[2:])


def threshold(predictions: Sequence[Prediction], labels: Sequence[str], keep: float = KEEP) -> float:
    """The familiarity that at least the share `keep` of the known pictures has, as an export's own answers tell it."""
    known = [answer for answer, label in zip(predictions, labels, strict=True) if label != NEITHER]
    found = sorted((answer.familiarity or 0.0 for answer in known), reverse=True)
    if not found:
        return 0.0
    last = found[min(len(found) - 1, int(np.ceil(keep * len(found))) - 1)]
    return max(0.0, float(np.floor(last * 1e4) / 1e4))


def pictures(
    folder: str | os.PathLike[str] | None, labels: Sequence[str], most: int = 200, size: int | None = None
) -> tuple[list[Image.Image], KeptApart | None]:
    """Pictures to shrink an export with, and the same with their labels where `folder` has a folder for each label.

    size: what the network sees of them, in pixels; photos many times larger are then not kept whole.
    Raises ExportError where no picture in `folder` can be opened.
    """
    if folder is None:
        from .. import drawing

        return [drawing.draw(label, seed) for label in drawing.LABELS for seed in range(30)], None
    root = Path(folder)
    labelled = all((root / label).is_dir() for label in labels)
    found = list(_open(root, most, labels if labelled else (), size))
    if not found:
        raise ExportError(f"no picture in {folder} can be opened; name a folder of pictures like those to classify")
    opened = [picture for picture, _ in found]
    names = [label for _, label in found]
    return opened, KeptApart(opened, names, [str(i) for i in range(len(opened))]) if labelled else None


def _open(root: Path, most: int, labels: Sequence[str], size: int | None) -> Iterator[tuple[Image.Image, str]]:
    from ..dataset import picture_files
    from ..picture import PictureError, read

    for label in labels or ("",):
        files = picture_files(root / label)
        room = max(1, most // len(labels)) if labels else most
        count = 0
        for file in files[:: max(1, len(files) // room)]:
            if count == room:
                break
            try:
                yield read(file, smallest=None if size is None else enough(size)), label  # as a classifier does
            except (PictureError, OSError):
                continue  # some pictures are needed, not all
            count += 1
