"""The smallest change of a picture that flips a classifier's answer, among the simple edits of ``snowpeople.edits``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING, TypeAlias

from PIL import Image, ImageChops, ImageStat

from . import edits
from .attention import Attention, attention
from .classifier import Classifier
from .edits import Edit
from .picture import Source
from .prediction import Prediction

if TYPE_CHECKING:
    from .remote import RemoteClassifier

    AnyClassifier: TypeAlias = Classifier | RemoteClassifier

STEPS = 64  # of an edit's strength
STRIDE = 8  # steps: first looked at so far apart, then halved


@dataclass(frozen=True)
class Flip:
    """An edit that flips the answer, at the smallest strength that does.

    ``edit`` is its name in ``edits.EDITS``, ``strength`` is above 0 and at most 1, ``middle`` is where "cover" covers
    (None for others). ``change`` is how far pixels of ``picture``, the edited one, are from those of the picture as it
    was: the mean absolute difference over all colours, as a share of the way from black to white.
    """

    edit: str
    strength: float
    change: float
    before: Prediction
    after: Prediction
    picture: Image.Image
    middle: tuple[float, float] | None = None


def smallest_change(classifier: AnyClassifier, source: Source, looked: Attention | None = None) -> Flip | None:
    """Return the one of ``flips`` whose ``change`` is smallest; None where no edit flips the answer."""
    return min(flips(classifier, source, looked), key=lambda flip: flip.change, default=None)


def flips(classifier: AnyClassifier, source: Source, looked: Attention | None = None) -> list[Flip]:
    """For each edit that flips the classifier's answer on a picture, find the smallest strength that does.

    Edits are made on the upright picture, made smaller first where it has many more pixels than the network is fed.
    What is covered is where the classifier looked most, as ``looked`` says; without it, ``attention`` is asked. Each
    strength from 1/8 to 8/8 is tried, then the first that flips is made smaller by bisection, to 1/64: an answer that
    flips and flips back within less than 1/8 may be overlooked. Takes up to 90 forward passes, and the 50 of
    ``attention``. Raises PictureError for what is no usable picture.
    """
    upright = _smaller(classifier.read(source), 5 * classifier.size // 2)  # as Classifier.read: answers stay the same
    middle = (looked or attention(classifier, upright)).middle
    chosen = edits.EDITS | {"cover": replace(edits.EDITS["cover"], apply=partial(edits.cover, middle=middle))}
    search = _Search(classifier, upright, chosen)
    return [
        Flip(
            name,
            step / STEPS,
            difference(upright, edited := chosen[name](upright, step / STEPS)),
            search.before,
            search.answers[name, step],
            edited,
            middle if name == "cover" else None,
        )
        for name, step in search.run().items()
    ]


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean absolute difference of two RGB pictures of the same size, from 0 to 1."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / (3 * 255)


class _Search:
    """The smallest step of each edit that flips the answer. Each round's pictures, of all edits, go in one batch."""

    def __init__(self, classifier: AnyClassifier, upright: Image.Image, chosen: Mapping[str, Edit]) -> None:
        self._classifier, self._upright, self._edits = classifier, upright, chosen
        self.before = classifier.predict([classifier.fit(upright)])[0]
        self.answers: dict[tuple[str, int], Prediction] = {}

    def run(self) -> dict[str, int]:
        """Return the step of each edit that has one, in the order of the edits."""
        rough = {
            name: range(STRIDE, STEPS + 1, STRIDE) if edit.gradual else (STEPS,) for name, edit in self._edits.items()
        }
        self._ask((name, step) for name, steps in rough.items() for step in steps)
        high = {
            name: next(step for step in steps if self._flips(name, step))
            for name, steps in rough.items()
            if any(self._flips(name, step) for step in steps)
        }
        half = STRIDE // 2
        while half:
            finer = [name for name in high if self._edits[name].gradual]
            self._ask((name, high[name] - half) for name in finer)
            high |= {name: high[name] - half for name in finer if self._flips(name, high[name] - half)}
            half //= 2
        return high

    def _ask(self, steps: Iterable[tuple[str, int]]) -> None:
        asked = list(steps)
        edited = [self._classifier.fit(self._edits[name](self._upright, step / STEPS)) for name, step in asked]
        self.answers |= zip(asked, self._classifier.predict(edited), strict=True)

    def _flips(self, name: str, step: int) -> bool:
        return self.answers[name, step].label != self.before.label


def _smaller(picture: Image.Image, side: int) -> Image.Image:
    """A picture of no more than ``side`` × ``side`` pixels in all, of the same shape."""
    scale = side / sqrt(picture.width * picture.height)
    if scale >= 1:
        return picture
    width, height = (max(1, round(length * scale)) for length in picture.size)
    return picture.resize((width, height), Image.Resampling.BILINEAR)
