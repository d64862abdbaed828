"""A report as figures, for notebooks. Each function draws with two labels as well as with hundreds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .lettering import Lettering

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from . import Report

# Okabe and Ito's colours: they differ for colour-blind readers, and in grey. Blue is good, vermilion is bad.
BLUE, VERMILION, GREY = "#0072b2", "#d55e00", "#767676"

# More labels than this, and only those with the most mistakes are drawn; more than that, and cells get no number.
MOST_ROWS, MOST_CELLS, NUMBERED_CELLS = 40, 100, 20
WIDEST = 11.0  # inches


def plot_confusion(report: Report, ax: Axes | None = None) -> Axes:
    """Draw the confusion matrix, in pictures; a cell is as dark as its share of the row."""
    shown = report.most_mistaken(MOST_CELLS)
    lettering = Lettering(report.labels)
    texts = [lettering.text(report.labels[i]) for i in shown]
    side = min(WIDEST, 1.5 + len(shown) * 0.9 + max(map(len, texts)) * 0.08)
    ax = ax or _axes(side, side)
    table = report.confusion(shown)
    totals = np.bincount(report.truth, minlength=len(report.labels))[shown]
    ax.imshow(table / np.maximum(1, totals)[:, None], cmap="Blues", vmin=0, vmax=1)
    size = min(10.0, 45 * side / len(shown))
    step = int(np.ceil(5.5 / size))
    style: dict[str, Any] = {"fontfamily": lettering.family, "fontsize": max(size, 5.5)}
    places = range(0, len(shown), step)
    ax.set_yticks(places, texts[::step], **style)
    ax.set_xticks(places, texts[::step], rotation=90 if len(shown) > NUMBERED_CELLS else 45, **style)
    ax.tick_params(length=0)
    if len(shown) <= NUMBERED_CELLS:
        for label in ax.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
        for row, column in np.ndindex(*table.shape):
            dark = table[row, column] > totals[row] / 2
            count = str(table[row, column])
            ax.text(column, row, count, ha="center", va="center", color="white" if dark else "black")
    ax.set(xlabel="answer", ylabel="truth")
    _say_what_is_left_out(ax, len(shown), len(report.labels))
    return ax


def plot_accuracy(report: Report, ax: Axes | None = None) -> Axes:
    """Draw the share named right of each label, with its interval, the least first."""
    shares = {i: report.accuracy(report.labels[i]) for i in report.most_mistaken(MOST_ROWS)}
    order = sorted(shares, key=lambda i: shares[i].share)
    ax = ax or _axes(7, 1.2 + 0.32 * len(order))
    values = np.array([[shares[i].share, shares[i].low, shares[i].high] for i in order]) * 100
    places = np.arange(len(order))
    ax.hlines(places, values[:, 1], values[:, 2], color=BLUE, linewidth=5, alpha=0.35)
    ax.plot(values[:, 0], places, "o", color=BLUE)
    ax.axvline(report.accuracy().share * 100, color=GREY, linewidth=1, linestyle="--")
    _rows(ax, report, order)
    ax.set(xlim=(-2, 102), xlabel="named right, %, with 95 % interval (dashed: all labels)")
    _say_what_is_left_out(ax, len(order), len(report.labels))
    return ax


def plot_precision_recall(report: Report, ax: Axes | None = None) -> Axes:
    """Draw precision and recall of each label as two bars, in the order of the labels."""
    scores = report.scores()
    rows = report.most_mistaken(MOST_ROWS)
    shown = [scores[i] for i in rows]
    ax = ax or _axes(7, 1.4 + 0.45 * len(shown))
    places = np.arange(len(shown))
    bars = (
        ("precision: of those answered so", BLUE, -0.19, [each.precision for each in shown]),
        ("recall: of those that are so", VERMILION, 0.19, [each.recall for each in shown]),
    )
    for name, colour, shift, values in bars:
        ax.barh(places + shift, [100 * (value or 0) for value in values], 0.36, color=colour, label=name)
        for place, value in zip(places, values, strict=True):
            if value is None:
                ax.text(1, place + shift, "none", va="center", fontsize=8, color=GREY)
    _rows(ax, report, rows)
    ax.set(xlim=(0, 100), xlabel="%")
    _legend(ax, columns=2)
    _say_what_is_left_out(ax, len(shown), len(report.labels), above=28)
    return ax


def plot_reliability(report: Report) -> Figure:
    """Draw how often answers are right against how sure they are, and below it how many pictures that is about."""
    import matplotlib.pyplot as plt

    figure, (ax, below) = plt.subplots(
        2, sharex=True, figsize=(5, 6), height_ratios=(3, 1), layout="constrained", squeeze=True
    )
    ax.plot((0, 100), (0, 100), color=GREY, linewidth=1, linestyle="--", label="what is promised")
    drawn = (("before temperature", VERMILION, "s", True), ("as it answers", BLUE, "o", False))
    for name, colour, marker, before in drawn:
        found = report.reliability(before)
        if found is None:
            continue
        name = f"{name}: calibration error {found.error * 100:.1f} %"
        sure, right = [100 * b.sure for b in found.bins], [100 * b.right for b in found.bins]
        ax.plot(sure, right, marker, linestyle="-", color=colour, label=name, markersize=5, linewidth=1.5)
        edges, counts = [100 * b.low for b in found.bins], [b.pictures for b in found.bins]
        style: dict[str, Any] = {"color": colour} if not before else {"edgecolor": colour, "fill": False}
        below.bar(edges, counts, 100 / found.of, align="edge", **style)
    ax.set(xlim=(0, 100), ylim=(-3, 103), ylabel="right, %")
    _legend(ax)
    below.set(xlabel="probability of the answer, %", ylabel="pictures")
    return figure


def plot_pairs(report: Report, ax: Axes | None = None, count: int = 10) -> Axes:
    """Draw what is most often confused with what, in pictures."""
    from matplotlib.ticker import MaxNLocator

    pairs = report.pairs(count)
    ax = ax or _axes(7, 1.2 + 0.35 * max(1, len(pairs)))
    if not pairs:
        ax.text(0.5, 0.5, "no mistakes", ha="center", va="center", transform=ax.transAxes)
        ax.axis("off")
        return ax
    bars = ax.barh(range(len(pairs)), [pair.count for pair in pairs], color=VERMILION)
    ax.bar_label(bars, [f"{pair.count} of {pair.pictures}" for pair in pairs], padding=3, fontsize=9)
    lettering = Lettering(report.labels)
    texts = [f"{lettering.text(pair.truth)} → {lettering.text(pair.answer)}" for pair in pairs]
    ax.set_yticks(range(len(pairs)), texts, fontfamily=lettering.family)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.25 * pairs[0].count)  # room for the words behind the longest bar
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="pictures: truth → answer")
    return ax


def plot_familiarity(
    known: ArrayLike, strangers: Mapping[str, ArrayLike], threshold: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw how familiar known pictures look beside strangers: N scores each, as shares; `threshold` as a line."""
    ax = ax or _axes(7, 4)
    unknown = np.concatenate([np.ravel(scores) for scores in strangers.values()])
    known = np.ravel(known)
    edges = np.histogram_bin_edges(np.concatenate([known, unknown]), 30)
    for scores, name, style in (
        (known, "known", {"fill": True, "color": BLUE, "alpha": 0.7}),
        (unknown, "strangers", {"edgecolor": VERMILION, "hatch": "//"}),
    ):
        heights = 100 * np.histogram(scores, edges)[0] / len(scores)
        ax.stairs(heights, edges, label=f"{name}, {len(scores)} pictures", **style)
    if threshold is not None:
        kept, passed = (100 * (scores >= threshold).mean() for scores in (known, unknown))
        label = f"threshold: {kept:.0f} % of known and {passed:.0f} % of strangers pass"
        ax.axvline(threshold, color="black", linewidth=1, linestyle="--", label=label)
    ax.set(xlabel="familiarity", ylabel="share of pictures, %")
    _legend(ax)
    return ax


def plot_history(history: Sequence[Mapping[str, float]]) -> Figure:
    """Draw loss and accuracy after each epoch: `history` as recipe.fit returns it."""
    import matplotlib.pyplot as plt

    figure, (losses, right) = plt.subplots(1, 2, figsize=(10, 3.5))
    epochs = range(1, len(history) + 1)
    for name, label, color in (("train_loss", "training", BLUE), ("valid_loss", "validation", VERMILION)):
        losses.plot(epochs, [row[name] for row in history], marker="o", markersize=3, color=color, label=label)
    right.plot(epochs, [100 * row["accuracy"] for row in history], marker="o", markersize=3, color=VERMILION)
    starts = [i for i in range(1, len(history)) if history[i]["phase"] != history[i - 1]["phase"]]
    for ax, name in ((losses, "loss"), (right, "named right, %")):
        ax.set(xlabel="epoch", ylabel=name)
        for start in starts:
            ax.axvline(start + 0.5, color="grey", linewidth=1, linestyle=":")
    losses.legend(frameon=False, fontsize=9)
    figure.tight_layout()
    return figure


def plot_coverage(report: Report, ax: Axes | None = None) -> Axes:
    """Draw the share named right among the pictures that get an answer, against how many get one.

    Pictures that look least familiar (least sure, where no familiarity is known) go without one first. The
    risk-coverage curve of R. El-Yaniv and Y. Wiener 2010, JMLR 11, with the risk upside down.
    """
    ax = ax or _axes(6, 4)
    scores = report.probabilities.max(1) if report.familiarity is None else report.familiarity
    order = np.argsort(-scores, kind="stable")
    answered = np.arange(1, len(order) + 1)
    right = np.cumsum(report.right[order]) / answered
    last = np.flatnonzero(np.diff(scores[order], append=-np.inf))  # pictures that score alike go together
    ax.plot(100 * answered[last] / len(order), 100 * right[last], color=BLUE, drawstyle="steps-post")
    if report.threshold is not None and report.familiarity is not None:
        share = 100 * (report.familiarity >= report.threshold).mean()
        ax.axvline(share, color="black", linewidth=1, linestyle="--", label=f"threshold: {share:.0f} % get an answer")
        ax.legend(frameon=False, fontsize=9)
    ax.set(xlim=(0, 100), xlabel="pictures that get an answer, %", ylabel="of those named right, %")
    return ax


def _axes(width: float, height: float) -> Axes:
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def _legend(ax: Axes, columns: int = 1) -> None:
    """Above the axes, where it hides nothing."""
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, frameon=False, fontsize=9)


def _rows(ax: Axes, report: Report, shown: Sequence[int]) -> None:
    lettering = Lettering(report.labels)
    texts = [lettering.text(report.labels[i]) for i in shown]
    ax.set_yticks(range(len(shown)), texts, fontfamily=lettering.family)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.grid(axis="x", alpha=0.3)
    ax.set_axisbelow(True)


def _say_what_is_left_out(ax: Axes, shown: int, labels: int, above: float = 6) -> None:
    if shown < labels:
        ax.set_title(f"the {shown} of {labels} labels with the most mistakes", fontsize=10, pad=above)
