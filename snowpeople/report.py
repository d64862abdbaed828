"""What a classifier gets right and wrong on pictures it did not learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from .picture import read

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL import Image

Floats = np.ndarray[Any, np.dtype[np.floating[Any]]]


@dataclass(frozen=True)
class Share:
    """How many of something were right: pictures, the distinct groups they come from, and the share that was right.

    `share` is the mean over groups of each group's share, so that a source with many near copies counts once;
    `low` and `high` are its 95 % Wilson interval with the number of groups as the sample size.
    """

    pictures: int
    groups: int
    share: float
    low: float
    high: float

    def __str__(self) -> str:
        """Such as `91 % (72 to 98 %; 21 pictures from 11 groups)`."""
        interval = f"{self.low * 100:.0f} to {self.high * 100:.0f} %"
        return f"{self.share * 100:.0f} % ({interval}; {self.pictures} pictures from {self.groups} groups)"


def wilson(share: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share seen in `count` independent cases (E. B. Wilson 1927, JASA 22)."""
    if count == 0:
        return 0.0, 1.0
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


class Report:
    """Answers on validation pictures beside the truth."""

    def __init__(
        self, labels: Sequence[str], truth: Sequence[str], probabilities: Floats, groups: Sequence[str]
    ) -> None:
        """labels: K names. truth and groups: one a picture. probabilities: N×K, in the order of `labels`."""
        if not len(truth) == len(groups) == len(probabilities) or not len(truth):
            raise ValueError(f"{len(truth)} labels, {len(groups)} groups and {len(probabilities)} answers do not match")
        self.labels = list(labels)
        self.truth = np.array([self.labels.index(label) for label in truth])
        self.probabilities = np.asarray(probabilities)
        self.groups = np.array(groups)
        self.right = self.probabilities.argmax(1) == self.truth

    def accuracy(self, label: str | None = None) -> Share:
        """The share named right, of all pictures or of one label's."""
        chosen = np.full(len(self.truth), True) if label is None else self.truth == self.labels.index(label)
        names = np.unique(self.groups[chosen])
        shares = [self.right[chosen & (self.groups == name)].mean() for name in names]
        share = float(np.mean(shares)) if shares else 0.0
        return Share(int(chosen.sum()), len(names), share, *wilson(share, len(names)))

    def confusion(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """K×K counts: row the truth, column the answer."""
        table = np.zeros((len(self.labels),) * 2, np.int64)
        np.add.at(table, (self.truth, self.probabilities.argmax(1)), 1)
        return table

    def worst(self, count: int = 9) -> list[int]:
        """Indices of the pictures whose true label got the least probability, the worst first."""
        given = self.probabilities[np.arange(len(self.truth)), self.truth]
        return [int(i) for i in np.argsort(given)[:count]]

    def measured(self) -> dict[str, Any]:
        """For the card: the accuracy over all and by label, as numbers."""
        return {
            "accuracy": _rounded(self.accuracy()),
            "by_label": {label: _rounded(self.accuracy(label)) for label in self.labels},
            "interval": "95 %, Wilson, with distinct groups as the sample size",
        }

    def plot_confusion(self, ax: Axes | None = None) -> Axes:
        """Draw the confusion matrix, in pictures."""
        import matplotlib.pyplot as plt

        if ax is None:
            ax = plt.subplots(figsize=(1.5 + len(self.labels) * 0.9,) * 2)[1]
        table = self.confusion()
        ax.imshow(table / np.maximum(1, table.sum(1, keepdims=True)), cmap="Blues", vmin=0, vmax=1)
        places = range(len(self.labels))
        ax.set(xticks=places, yticks=places, yticklabels=self.labels, xlabel="answer", ylabel="truth")
        ax.set_xticklabels(self.labels, rotation=45, ha="right")
        for row, column in np.ndindex(*table.shape):
            dark = table[row, column] > table[row].sum() / 2
            ax.text(column, row, str(table[row, column]), ha="center", va="center", color="white" if dark else "black")
        return ax

    def plot_worst(self, pictures: Sequence[Image.Image], count: int = 9) -> Figure:
        """Draw the worst mistakes: `pictures` are those the report is about, in the same order."""
        import matplotlib.pyplot as plt

        indices = self.worst(count)
        figure, axes = plt.subplots(-(-len(indices) // 3), 3, figsize=(9, 3.4 * -(-len(indices) // 3)), squeeze=False)
        for ax in axes.flat:
            ax.axis("off")
        for ax, i in zip(axes.flat, indices, strict=False):
            answer = int(self.probabilities[i].argmax())
            ax.imshow(pictures[i])
            share = self.probabilities[i, answer]
            title = f"is {self.labels[self.truth[i]]}\nanswer {self.labels[answer]}, {share:.0%}"
            ax.set_title(title, color="black" if self.right[i] else "firebrick", fontsize=10)
        figure.tight_layout()
        return figure


def plot_pictures(files: Sequence[Path], labels: Sequence[str], columns: int = 8) -> Figure:
    """Draw a row of pictures for each label, spread evenly over all it has."""
    import matplotlib.pyplot as plt

    names = sorted(set(labels))
    figure, axes = plt.subplots(len(names), columns, figsize=(columns * 1.4, len(names) * 1.55), squeeze=False)
    for row, name in zip(axes, names, strict=True):
        own = [file for file, label in zip(files, labels, strict=True) if label == name]
        for ax in row:
            ax.axis("off")
        for ax, i in zip(row, np.linspace(0, len(own) - 1, min(columns, len(own))).astype(int), strict=False):
            ax.imshow(read(own[i]))
        row[0].set_title(name, loc="left", fontsize=11)
    figure.tight_layout()
    return figure


def _rounded(share: Share) -> dict[str, float | int]:
    return {
        "share": round(share.share, 4),
        "low": round(share.low, 4),
        "high": round(share.high, 4),
        "pictures": share.pictures,
        "groups": share.groups,
    }
