"""What a classifier gets right and wrong on pictures it did not learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from .contact_sheet import plot_pictures as plot_pictures  # the notebook's name for it
from .reliability import Reliability, reliability
from .share import Share as Share
from .share import wilson as wilson
from .tally import LabelScore, Pair

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL import Image

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]

NEITHER = "neither"

# A card stays readable, and small: no confusion matrix of more labels, no figures for each of more than that.
MATRIX_LABELS = 40
CARD_LABELS = 1000


class Report:
    """Answers on validation pictures beside the truth."""

    def __init__(
        self,
        labels: Sequence[str],
        truth: Sequence[str],
        probabilities: Floats,
        groups: Sequence[str],
        *,
        before: Floats | None = None,
        familiarity: Floats | None = None,
        threshold: float | None = None,
    ) -> None:
        """labels: K names. truth and groups: one a picture. probabilities: N×K, in the order of `labels`.

        before: N×K, the probabilities before a temperature made them honest. familiarity: N scores, higher is more
        familiar. threshold: pictures with less familiarity than this are answered with neither.
        """
        if not len(truth) == len(groups) == len(probabilities) or not len(truth):
            raise ValueError(f"{len(truth)} labels, {len(groups)} groups and {len(probabilities)} answers do not match")
        self.labels = list(labels)
        self._index = {label: i for i, label in enumerate(self.labels)}
        unknown = sorted(set(truth) - self._index.keys())
        if unknown:
            raise ValueError(f"no answer is about {', '.join(unknown)}: not among the labels")
        self.truth = np.array([self._index[label] for label in truth])
        self.probabilities = np.asarray(probabilities)
        self.before = None if before is None else np.asarray(before)
        self.familiarity = None if familiarity is None else np.asarray(familiarity)
        self.threshold = threshold
        for name, given in (("before", self.before), ("familiarity", self.familiarity)):
            if given is not None and len(given) != len(truth):
                raise ValueError(f"{len(truth)} labels and {len(given)} values of {name} do not match")
        self.groups = np.array(groups)
        self.answers = self.probabilities.argmax(1)
        self.right = self.answers == self.truth

    def accuracy(self, label: str | None = None) -> Share:
        """The share named right, of all pictures or of one label's."""
        return self._share(self.right, self._of(label))

    def kept(self, label: str | None = None) -> Share | None:
        """The share of known pictures that are familiar enough to get an answer; None without a threshold.

        Pictures of a label `neither` are not known ones, and left out unless they are asked for.
        """
        if self.familiarity is None or self.threshold is None:
            return None
        chosen = self._of(label)
        if label is None and NEITHER in self._index:
            chosen = np.flatnonzero(self.truth != self._index[NEITHER])
        return self._share(self.familiarity >= self.threshold, chosen)

    def majority(self) -> tuple[str, float]:
        """The label that is right most often if it is always answered, and the share it is right of."""
        names, group, sizes = np.unique(self.groups, return_inverse=True, return_counts=True)
        shares = np.bincount(self.truth, 1 / (sizes[group] * len(names)))
        best = int(shares.argmax())
        return self.labels[best], float(shares[best])

    def balanced_accuracy(self) -> float:
        """The mean of the labels' accuracies, each label counting once; labels without pictures are left out."""
        return float(np.mean([self.accuracy(self.labels[i]).share for i in np.unique(self.truth)]))

    def scores(self) -> list[LabelScore]:
        """Precision and recall of every label, in the order of `labels`."""
        pictures, answered, right = (
            np.bincount(counted, minlength=len(self.labels))
            for counted in (self.truth, self.answers, self.truth[self.right])
        )
        return [
            LabelScore(label, int(pictures[i]), int(answered[i]), int(right[i])) for i, label in enumerate(self.labels)
        ]

    def confusion(self, shown: Sequence[int] | None = None) -> np.ndarray[Any, np.dtype[np.int64]]:
        """K×K counts: row the truth, column the answer; of the labels at the K places `shown` alone, where given."""
        shown = range(len(self.labels)) if shown is None else shown
        place = np.full(len(self.labels), -1)
        place[list(shown)] = np.arange(len(shown))
        rows, columns = place[self.truth], place[self.answers]
        inside = (rows >= 0) & (columns >= 0)
        table = np.zeros((len(shown),) * 2, np.int64)
        np.add.at(table, (rows[inside], columns[inside]), 1)
        return table

    def most_mistaken(self, most: int) -> list[int]:
        """Places of the labels that take part in the most mistakes, at most so many, in the order of `labels`."""
        wrong = ~self.right
        mistakes = np.bincount(np.concatenate([self.truth[wrong], self.answers[wrong]]), minlength=len(self.labels))
        return sorted(int(i) for i in np.argsort(-mistakes, kind="stable")[:most])

    def pairs(self, count: int | None = 10) -> list[Pair]:
        """What is confused with what: the most frequent pairs of a truth and a wrong answer, the most frequent first.

        Of pairs seen as often, the one first that takes the bigger share of its truth's pictures.
        """
        wrong = ~self.right
        cells, counts = np.unique(self.truth[wrong] * len(self.labels) + self.answers[wrong], return_counts=True)
        totals = np.bincount(self.truth, minlength=len(self.labels))
        found = [
            Pair(self.labels[row], self.labels[column], int(n), int(totals[row]))
            for (row, column), n in zip((divmod(int(cell), len(self.labels)) for cell in cells), counts, strict=True)
        ]
        return sorted(found, key=lambda pair: (-pair.count, pair.pictures))[:count]

    def reliability(self, before: bool = False) -> Reliability | None:
        """How honest the probabilities are; `before` their temperature, where that is known."""
        probabilities = self.before if before else self.probabilities
        return None if probabilities is None else reliability(probabilities, self.truth)

    def worst(self, count: int = 9) -> list[int]:
        """Indices of the pictures whose true label got the least probability, the worst first."""
        given = self.probabilities[np.arange(len(self.truth)), self.truth]
        return [int(i) for i in np.argsort(given)[:count]]

    def measured(self) -> dict[str, Any]:
        """For the card: plain numbers over all and by label; of very many labels, those that are named right least."""
        shares = {label: self.accuracy(label) for label in self.labels}
        shown = set(sorted(self.labels, key=lambda label: shares[label].share)[:CARD_LABELS])
        by_label = {
            score.label: {
                **shares[score.label].numbers(),
                "precision": _short(score.precision),
                "recall": _short(score.recall),
            }
            for score in self.scores()
            if score.label in shown
        }
        measured: dict[str, Any] = {
            "accuracy": self.accuracy().numbers(),
            "balanced_accuracy": _short(self.balanced_accuracy()),
            "by_label": by_label,
            "interval": "95 %, Wilson, with distinct groups as the sample size",
            "calibration": self._calibration(),
            "confused": [asdict(pair) for pair in self.pairs()],
        }
        if len(self.labels) <= MATRIX_LABELS:
            measured["confusion"] = self.confusion().tolist()
        kept = self.kept()
        if kept is not None:
            measured["kept"] = kept.numbers()
        return measured

    def lines(self, most: int = 40) -> list[str]:
        """The main figures, for a terminal: of all, and of at most so many of the labels that have pictures."""
        shares = {label: self.accuracy(label) for label in self.labels}
        shown = {label: share for label, share in shares.items() if share.groups}
        wide = max(map(len, shown))
        lines = [f"named right: {self.accuracy()}"]
        lines += [f"  {label:{wide}}  {share}" for label, share in [*shown.items()][:most]]
        return lines + [f"  and {len(shown) - most} more labels"] * (len(shown) > most)

    def plot_confusion(self, ax: Axes | None = None) -> Axes:
        """Draw the confusion matrix, in pictures."""
        from . import plots

        return plots.plot_confusion(self, ax)

    def plot_worst(self, pictures: Sequence[Image.Image], count: int = 9) -> Figure:
        """Draw the worst mistakes: `pictures` are those the report is about, in the same order."""
        from . import contact_sheet

        return contact_sheet.plot_worst(self, pictures, count)

    def _of(self, label: str | None) -> np.ndarray[Any, np.dtype[np.intp]]:
        return np.arange(len(self.truth)) if label is None else np.flatnonzero(self.truth == self._index[label])

    def _share(self, good: np.ndarray[Any, Any], chosen: np.ndarray[Any, np.dtype[np.intp]]) -> Share:
        """The mean over the groups of the `chosen` pictures of the share that is `good`."""
        if not len(chosen):
            return Share(0, 0, 0.0, *wilson(0.0, 0))
        names, group = np.unique(self.groups[chosen], return_inverse=True)
        share = float((np.bincount(group, good[chosen]) / np.bincount(group)).mean())
        return Share(len(chosen), len(names), share, *wilson(share, len(names)))

    def _calibration(self) -> dict[str, Any]:
        now, before = reliability(self.probabilities, self.truth), self.reliability(before=True)
        numbers = {
            "ece": _short(now.error),
            "mean_probability": _short(now.sure),
            "negative_log_likelihood": _short(now.loss),
            "bins": now.of,
            "bins_with_pictures": len(now.bins),
        }
        if before is not None:
            numbers |= {"ece_before": _short(before.error), "negative_log_likelihood_before": _short(before.loss)}
        return numbers


def _short(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
