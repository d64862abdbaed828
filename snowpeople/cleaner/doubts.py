"""Which pictures are probably mislabelled, told from a classifier's answers to pictures that it did not learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..dataset import Dataset

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]


class DoubtError(ValueError):
    """Answers that don't belong to the pictures. The message says which and what to pass instead."""


@dataclass(frozen=True)
class Doubt:
    """A picture's own label beside what a classifier says.

    given: the probability of its own label. rival: the likeliest other label, with the probability `taken`.
    suspicious: whether the classifier is as sure of another label as it usually is where that label is right.
    """

    picture: Path
    label: str
    given: float
    rival: str
    taken: float
    suspicious: bool

    @property
    def verb(self) -> str:
        """How the rival relates to the picture, in words."""
        return "looks like" if self.taken > self.given else "next would be"

    def __str__(self) -> str:
        """Such as `named cat (2 %), looks like dog (97 %)`."""
        return f"named {self.label} ({self.given * 100:.0f} %), {self.verb} {self.rival} ({self.taken * 100:.0f} %)"


def rank(dataset: Dataset, indices: Sequence[int], probabilities: Floats, vocabulary: Sequence[str]) -> list[Doubt]:
    """The pictures at `indices`, the most doubtful first: the suspicious, then the others, each by self-confidence.

    probabilities: N×K, a row for each of the N indices, a column for each of the K labels of `vocabulary`. The
    classifier must not have learnt from these pictures, or it has learnt their wrong labels too.

    Self-confidence is the probability of a picture's own label. A picture is suspicious where the likeliest of the
    labels that reach their threshold is another one, and the answer is too; a label's threshold is the mean
    self-confidence of its pictures: confident learning, C. Northcutt, L. Jiang and I. Chuang 2021, JAIR 70.

    Raises DoubtError where these do not match.
    """
    given = np.asarray(probabilities, np.float64)
    N, K = len(indices), len(vocabulary)
    if given.shape != (N, K) or N < 1 or K < 2:
        raise DoubtError(
            f"{N} pictures, {K} labels and answers of the shape {given.shape} do not match: give at least one picture "
            "and two labels, a row for each picture and a column for each label."
        )
    if not np.isfinite(given).all():
        raise DoubtError("some answers are no numbers (nan or inf): the training has failed; train again.")
    column = {label: place for place, label in enumerate(vocabulary)}
    labels = [dataset.labels[i] for i in indices]
    unknown = sorted(set(labels) - set(column))
    if unknown:
        raise DoubtError(f"the classifier has no label {', '.join(unknown)}: give answers of one trained on this data.")
    truth = np.array([column[label] for label in labels])
    own = given[np.arange(N), truth]
    number = np.bincount(truth, minlength=K)
    # A label that none of these pictures has borrows the threshold of all.
    threshold = np.where(number, np.bincount(truth, own, K) / np.maximum(number, 1), own.mean())
    sure = np.where(given >= threshold, given, -np.inf)
    others = given.copy()
    others[np.arange(N), truth] = -np.inf
    rival, taken = others.argmax(1), others.max(1)
    suspicious = (sure.max(1) > -np.inf) & (sure.argmax(1) != truth) & (taken > own)
    return [
        Doubt(
            dataset.pictures[indices[i]],
            labels[i],
            float(own[i]),
            vocabulary[rival[i]],
            float(taken[i]),
            bool(suspicious[i]),
        )
        for i in np.lexsort((own, ~suspicious))
    ]
