"""Where a classifier looked: parts of a picture are covered, and the probability of a label is watched as it falls.

That is occlusion sensitivity: M. D. Zeiler and R. Fergus, *Visualizing and Understanding Convolutional Networks*, ECCV
2014, section 4.2. It asks nothing of the network but answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from PIL import Image

from . import edits
from .classifier import Classifier
from .picture import Source
from .prediction import Prediction

if TYPE_CHECKING:
    import numpy as np

    from .remote import RemoteClassifier

    Floats = np.ndarray[Any, np.dtype[np.float32]]

GRID = 8  # cells, across and down
COVER = 2  # cells, across and down: of what was tried on drawings and photos, the clearest maps
STARTS = range(GRID - COVER + 1)  # rows and columns at which a cover can begin
PASSES = 1 + len(STARTS) ** 2  # pictures that the network is shown for one map
LOOKED, HELPS = (213, 94, 0), (0, 114, 178)  # vermilion and blue: told apart with any kind of colour blindness
OPAQUE = 0.85  # of the overlay, where the drop is greatest
LEAST = 0.01  # a greatest drop below this is shown pale: then there is no one place that matters


@dataclass(frozen=True, eq=False)
class Attention:
    """Where the classifier looked for ``label`` in one picture; made by ``attention``.

    ``drops`` is float32, rows × columns, over the part of the picture that the network is fed: how far the
    ``probability`` of the label, from 0 to 1, falls on average when a patch on this cell is covered. Above 0 it looked
    there, and never above ``probability``; below 0 covering helps the label. ``box`` says which part: left, top,
    right and bottom as shares of the picture's width and height. ``size`` is the upright picture's width and height in
    pixels (of a large JPEG, as it was read: see ``Classifier.read``). ``answer`` is what the classifier says of it.
    """

    label: str
    probability: float
    drops: Floats
    size: tuple[int, int]
    box: tuple[float, float, float, float]
    answer: Prediction

    @property
    def caption(self) -> str:
        """One line of English that says what the map shows."""
        text = f"where it looked for {self.label} ({self.probability:.0%})"
        if self.answer.label == self.label:
            return text
        why = ", as the picture is unlike all that it learnt" if self.answer.unfamiliar else ""
        return f"{text}; its answer is {self.answer.label}{why}"

    @property
    def middle(self) -> tuple[float, float]:
        """Where it looked most: the middle of that cell, x and y as shares of the picture's width and height."""
        rows, columns = self.drops.shape
        row, column = divmod(int(self.drops.argmax()), columns)
        left, top, right, bottom = self.box
        return left + (right - left) * (column + 0.5) / columns, top + (bottom - top) * (row + 0.5) / rows

    def rgba(self, size: tuple[int, int] | None = None) -> Image.Image:
        """Return the map as an overlay, RGBA, of ``size`` (width, height) pixels, or the picture's own.

        Vermilion where it looked, blue where covering helps, the stronger the less transparent: all maps have the same
        greatest strength, but those in which no drop reaches 0.01. Transparent where the network is fed nothing.
        """
        import numpy as np

        width, height = size or self.size
        left, top, right, bottom = (
            round(share * side) for share, side in zip(self.box, (width, height) * 2, strict=True)
        )
        inner = max(1, right - left), max(1, bottom - top)
        smooth = np.asarray(Image.fromarray(self.drops).resize(inner, Image.Resampling.BICUBIC))
        strength = smooth / max(float(np.abs(self.drops).max()), LEAST)
        pixels = np.empty((*smooth.shape, 4), np.uint8)
        pixels[..., :3] = np.where(strength[..., None] > 0, LOOKED, HELPS)
        pixels[..., 3] = (255 * OPAQUE * np.abs(strength).clip(0, 1)).round()
        overlay = Image.new("RGBA", (width, height))
        overlay.paste(Image.fromarray(pixels), (left, top))
        return overlay

    def over(self, picture: Image.Image) -> Image.Image:
        """Return the picture in greys with the map over it, RGB; ``picture`` is upright, of any size."""
        grey = picture.convert("L").convert("RGBA")
        return Image.alpha_composite(grey, self.rgba(picture.size)).convert("RGB")


def attention(classifier: Classifier | RemoteClassifier, source: Source, label: str | None = None) -> Attention:
    """Find where the classifier looks for a label in a picture: a path, the bytes of a file or a PIL image.

    Without a ``label`` it is that of the answer; for an answer that is "neither" only for a threshold (see
    ``Prediction``), which no part of the picture speaks for, it is the likeliest label: ``label`` of the result then
    differs from ``answer.label``, and ``caption`` says both.

    Squares of a quarter of each side, overlapping by half, are covered one at a time with the picture's mean colour:
    black or white would be an object of its own. That takes 50 forward passes. Raises ValueError for a label that is
    none of the classifier's, and PictureError for what is no usable picture.
    """
    if label is not None and label not in classifier.labels:
        raise ValueError(f"no label {label!r}: choose one of {', '.join(classifier.labels)}")
    upright = classifier.read(source)
    answers = classifier.predict(list(covers(classifier.fit(upright))))
    return found(answers, upright.size, classifier.seen(upright.size), label)


def covers(fitted: Image.Image) -> Iterator[Image.Image]:
    """Give the PASSES pictures to ask about, for a picture that the network is fed: itself, and each part covered."""
    yield fitted
    for row in STARTS:
        for column in STARTS:
            yield edits.cover(fitted, COVER / GRID, ((column + COVER / 2) / GRID, (row + COVER / 2) / GRID))


def found(
    answers: Sequence[Prediction],
    size: tuple[int, int],
    box: tuple[float, float, float, float],
    label: str | None = None,
) -> Attention:
    """Put the answers to ``covers`` together; ``size`` and ``box`` are those of Attention."""
    import numpy as np

    answer, *changes = answers
    if label is None:
        label = max(answer.probabilities, key=answer.probabilities.__getitem__)
    base = answer.probabilities[label]
    total, count = np.zeros((2, GRID, GRID))
    for (row, column), changed in zip(product(STARTS, STARTS), changes, strict=True):
        cells = np.s_[row : row + COVER, column : column + COVER]
        total[cells] += base - changed.probabilities[label]
        count[cells] += 1
    drops = (total / count).astype(np.float32)
    return Attention(label, base, drops, size, box, answer)
