"""How well a score tells pictures of what a classifier knows from pictures of anything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .share import wilson

if TYPE_CHECKING:
    from ..prediction import Prediction
    from . import Floats

KEEP = 0.95
FAMILIARITY = "familiarity"
SOFTMAX = "maximum softmax"
ALL = "all of them"

# A measure's name to one score a picture; higher is more familiar.
Scores = Mapping[str, ArrayLike]


def auroc(known: ArrayLike, unknown: ArrayLike) -> float:
    """The chance that a known picture scores above an unknown one, ties counting half: the area under the ROC curve.

    known, unknown: scores, higher is more familiar. 1 is perfect, 0.5 is a coin. Computed as the Mann-Whitney
    statistic (J. A. Hanley and B. J. McNeil 1982, Radiology 143). Raises ValueError for no scores, or one that is NaN.
    """
    ours, theirs = _checked(known), np.sort(_checked(unknown))
    below = np.searchsorted(theirs, ours, "left")
    not_above = np.searchsorted(theirs, ours, "right")
    return float((below + not_above).mean() / (2 * len(theirs)))


def keeping_threshold(known: ArrayLike, keep: float = KEEP) -> float:
    """The highest threshold that at least the share `keep` of `known` reaches; a score equal to it reaches it."""
    if not 0 < keep <= 1:
        raise ValueError(f"keep is a share above 0 and at most 1, not {keep}")
    scores = np.sort(_checked(known))[::-1]
    # The subtraction: 0.95 * 20 is a hair above 19 in floating point, and needs 19 pictures, not 20.
    return float(scores[ceil(keep * len(scores) - 1e-9) - 1])


def false_accept_rate(known: ArrayLike, unknown: ArrayLike, keep: float = KEEP) -> float:
    """The share of `unknown` that is taken for known at the threshold that keeps the share `keep` of `known`.

    The field's "FPR at 95 % TPR" (D. Hendrycks and K. Gimpel 2017, ICLR). An unknown score equal to the threshold is
    accepted. Raises ValueError as auroc does.
    """
    return float((_checked(unknown) >= keeping_threshold(known, keep)).mean())


@dataclass(frozen=True)
class Kind:
    """One kind of stranger: how many pictures, and for each measure how well it tells them from known ones.

    `refused` is the share that the classifier, at its own threshold, called neither, with `low` and `high`, its 95 %
    Wilson interval; all three are None where nobody asked the classifier.
    """

    name: str
    pictures: int
    auroc: dict[str, float]
    false_accepts: dict[str, float]
    refused: float | None = None
    low: float | None = None
    high: float | None = None


class Strangers:
    """Measures of familiarity side by side, by kind of stranger and over all kinds."""

    def __init__(
        self,
        known: Scores,
        unknown: Mapping[str, Scores],
        refused: Mapping[str, Sequence[bool]] | None = None,
        keep: float = KEEP,
    ) -> None:
        """known: each measure's scores of N known pictures. unknown: for each kind, the same measures of its pictures.

        refused: for each kind, which pictures the classifier called neither. keep: see false_accept_rate.
        """
        if not unknown:
            raise ValueError("no kind of stranger is given")
        self.known = {measure: _checked(scores) for measure, scores in known.items()}
        self.unknown = {
            kind: {measure: _checked(scores[measure]) for measure in self.known} for kind, scores in unknown.items()
        }
        self.keep = keep
        self.refused = None if refused is None else {kind: np.asarray(refused[kind], bool) for kind in self.unknown}

    @property
    def measures(self) -> list[str]:
        """The measures' names, in the order given."""
        return list(self.known)

    def kinds(self) -> list[Kind]:
        """A row for each kind, in the order given."""
        refused = self.refused or {}
        return [self._kind(kind, scores, refused.get(kind)) for kind, scores in self.unknown.items()]

    def total(self) -> Kind:
        """All strangers in one heap, each picture counting once."""
        together = {m: np.concatenate([scores[m] for scores in self.unknown.values()]) for m in self.measures}
        refused = np.concatenate([*self.refused.values()]) if self.refused is not None else None
        return self._kind(ALL, together, refused)

    def measured(self) -> dict[str, Any]:
        """For the card: plain numbers by kind and over all."""
        kinds = {kind.name: _numbers(kind) for kind in self.kinds()}
        known = len(next(iter(self.known.values())))
        return {"known_pictures": known, "keep": self.keep, "all": _numbers(self.total()), "by_kind": kinds}

    def _kind(self, name: str, scores: Mapping[str, Floats], refused: np.ndarray[Any, Any] | None) -> Kind:
        count = len(next(iter(scores.values())))
        areas = {m: auroc(self.known[m], scores[m]) for m in self.measures}
        accepts = {m: false_accept_rate(self.known[m], scores[m], self.keep) for m in self.measures}
        if refused is None:
            return Kind(name, count, areas, accepts)
        share = float(refused.mean())
        return Kind(name, count, areas, accepts, share, *wilson(share, len(refused)))


def scores(predictions: Sequence[Prediction], neither: str = "neither") -> dict[str, Floats]:
    """The measures of N predictions: the probability of the likeliest label that is a thing, and familiarity if any.

    A label `neither` is left out: a picture that is surely neither must not count as familiar.
    """
    likeliest = [max(p for label, p in each.probabilities.items() if label != neither) for each in predictions]
    found: dict[str, Floats] = {SOFTMAX: np.array(likeliest)}
    familiar = [each.familiarity for each in predictions if each.familiarity is not None]
    if familiar and len(familiar) == len(predictions):
        found = {FAMILIARITY: np.array(familiar), **found}
    return found


def _checked(values: ArrayLike) -> Floats:
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not len(array) or np.isnan(array).any():
        raise ValueError("scores are one number a picture, for one picture at least")
    return array


def _numbers(kind: Kind) -> dict[str, Any]:
    row: dict[str, Any] = {"pictures": kind.pictures}
    row |= {m: {"auroc": round(kind.auroc[m], 4), "false_accepts": round(kind.false_accepts[m], 4)} for m in kind.auroc}
    if kind.refused is not None and kind.low is not None and kind.high is not None:
        row["said_neither"] = {"share": round(kind.refused, 4), "low": round(kind.low, 4), "high": round(kind.high, 4)}
    return row
