"""Pictures side by side as figures, for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..picture import read
from .lettering import Lettering

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL import Image

    from . import Report

ROWS = 40


def plot_worst(report: Report, pictures: Sequence[Image.Image], count: int = 9) -> Figure:
    """Draw the worst mistakes: `pictures` are those the report is about, in the same order."""
    import matplotlib.pyplot as plt

    lettering = Lettering(report.labels)
    indices = report.worst(count)
    rows = -(-len(indices) // 3)
    figure, axes = plt.subplots(rows, 3, figsize=(9, 3.4 * rows), squeeze=False, layout="constrained")
    for ax in axes.flat:
        ax.axis("off")
    for ax, i in zip(axes.flat, indices, strict=False):
        truth, answer = (lettering.text(report.labels[label]) for label in (report.truth[i], report.answers[i]))
        ax.imshow(_small(pictures[i]))
        share = report.probabilities[i].max()
        title = f"is {truth}\nanswer {answer}, {share:.0%}"
        colour = "black" if report.right[i] else "firebrick"
        ax.set_title(title, color=colour, fontsize=10, fontfamily=lettering.family)
    return figure


def plot_pictures(files: Sequence[Path], labels: Sequence[str], columns: int = 8) -> Figure:
    """Draw a row of pictures for each label, spread evenly over all it has, up to `ROWS` labels."""
    import matplotlib.pyplot as plt

    names = sorted(set(labels))
    shown = names[:ROWS]
    lettering = Lettering(shown)
    size = (columns * 1.4, len(shown) * 1.55)
    figure, axes = plt.subplots(len(shown), columns, figsize=size, squeeze=False, layout="constrained")
    for row, name in zip(axes, shown, strict=True):
        own = [file for file, label in zip(files, labels, strict=True) if label == name]
        for ax in row:
            ax.axis("off")
        for ax, i in zip(row, np.linspace(0, len(own) - 1, min(columns, len(own))).astype(int), strict=False):
            ax.imshow(_small(read(own[i])))
        row[0].set_title(lettering.text(name), loc="left", fontsize=11, fontfamily=lettering.family)
    if len(shown) < len(names):
        figure.suptitle(f"the first {len(shown)} of {len(names)} labels")
    return figure


def _small(picture: Image.Image, side: int = 320) -> Image.Image:
    """A copy without a camera's millions of pixels, which would fill the memory and the notebook."""
    small = picture.copy()
    small.thumbnail((side, side))
    return small
