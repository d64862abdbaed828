"""How far probabilities can be taken at their word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from . import Floats

BINS = 15

# The least probability a logarithm is taken of: a truth given nothing would cost infinitely much, and hide the rest.
LEAST = 1e-7


@dataclass(frozen=True)
class Bin:
    """The pictures whose answer's probability lies above `low` and up to `high`.

    `sure` is the mean of those probabilities and `right` the share of the answers that are right.
    """

    low: float
    high: float
    pictures: int
    sure: float
    right: float


@dataclass(frozen=True)
class Reliability:
    """What the answers' probabilities promise beside what they keep.

    `bins`: those of the equal-width bins that hold pictures, of `of`. `error`: the expected calibration error, the mean
    over pictures of the gap between promise and truth in their bin. `sure` and `right`: the same two means over all.
    `loss`: the mean negative log likelihood, in nats.

    C. Guo, G. Pleiss, Y. Sun and K. Weinberger 2017, On calibration of modern neural networks, ICML.
    """

    bins: tuple[Bin, ...]
    of: int
    error: float
    sure: float
    right: float
    loss: float


def reliability(
    probabilities: Floats, truth: np.ndarray[Any, np.dtype[np.integer[Any]]], bins: int = BINS
) -> Reliability:
    """Measure N×K probabilities against N true classes, as numbers from 0."""
    sure = probabilities.max(1).astype(np.float64)
    right = probabilities.argmax(1) == truth
    # Bins are open below and closed above, as in the paper.
    place = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)
    held = [
        Bin(i / bins, (i + 1) / bins, int(own.sum()), float(sure[own].mean()), float(right[own].mean()))
        for i in np.unique(place)
        for own in [place == i]
    ]
    error = sum(each.pictures * abs(each.right - each.sure) for each in held) / len(truth)
    given = probabilities[np.arange(len(truth)), truth].astype(np.float64)
    loss = float(-np.log(np.maximum(given, LEAST)).mean())
    return Reliability(tuple(held), bins, error, float(sure.mean()), float(right.mean()), loss)
