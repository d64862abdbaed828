"""A report's figures as inline SVG and HTML: they scale, print, follow light and dark, and need no plotting package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import Report
from .markup import Markup, join, percent, scrolling, tag
from .reliability import Reliability
from .share import Share

TABLE_LABELS = 15
NAMED_LABELS = 40
MOST_LABELS = 100


def interval(share: Share) -> Markup:
    """A bar from the low to the high end, with a dot at the share. For the eye only: the numbers stand beside it."""
    low, high = 100 * share.low, 100 * share.high
    return tag(
        "svg",
        tag("rect", x=0, y=5, width=100, height=2, class_="rail"),
        tag("rect", x=round(low, 1), y=3.5, width=round(max(1.0, high - low), 1), height=5, class_="span"),
        tag("rect", x=round(min(98.5, max(0.0, 100 * share.share - 0.75)), 1), y=1, width=1.5, height=10, class_="dot"),
        viewBox="0 0 100 12",
        preserveAspectRatio="none",
        class_="interval",
        aria_hidden="true",
    )


def confusion(report: Report) -> Markup:
    """The confusion matrix: a table with few labels, a picture with many, the most mistaken of very many."""
    shown = report.most_mistaken(MOST_LABELS)
    counts = report.confusion(shown)
    totals = np.maximum(1, np.bincount(report.truth, minlength=len(report.labels))[shown])
    labels = [report.labels[i] for i in shown]
    if len(labels) <= TABLE_LABELS:
        return _confusion_table(labels, counts, totals)
    words = "Rows: what the pictures show. Columns: what they were called. Blue is right, orange is wrong."
    if len(labels) < len(report.labels):
        words += f" Of {len(report.labels)} labels, the {len(labels)} with the most mistakes."
    return join([tag("p", words, class_="small"), _confusion_picture(labels, counts, totals)])


def _confusion_table(labels: Sequence[str], counts: Any, totals: Any) -> Markup:
    corner = tag("td", "truth ↓ answer →", class_="corner")
    heads = (tag("th", tag("span", label), scope="col") for label in labels)
    rows = []
    for i, label in enumerate(labels):
        cells = (
            tag(
                "td",
                int(n),
                class_="right" if i == j else "wrong",
                style=f"--share:{n / totals[i]:.2f}" if n else None,
            )
            for j, n in enumerate(counts[i])
        )
        rows.append(tag("tr", tag("th", label, scope="row"), *cells))
    caption = "Pictures by what they are (rows) and what they were called (columns)"
    head, body = tag("thead", tag("tr", corner, *heads)), tag("tbody", *rows)
    return scrolling(tag("table", tag("caption", caption), head, body, class_="matrix"), caption)


def _confusion_picture(labels: Sequence[str], counts: Any, totals: Any) -> Markup:
    cell, named = 14, len(labels) <= NAMED_LABELS
    names = [label if len(label) <= 20 else label[:19] + "…" for label in labels]
    margin = 10 + 7 * max(map(len, names)) if named else 0
    side = cell * len(labels)
    parts = [tag("rect", x=margin, y=margin, width=side, height=side, class_="sheet")]
    for i, j in np.argwhere(counts):
        share = counts[i, j] / totals[i]
        says = f"{labels[i]}, called {labels[j]}: {counts[i, j]} of {totals[i]}"
        parts.append(
            tag(
                "rect",
                tag("title", says),
                x=margin + cell * int(j),
                y=margin + cell * int(i),
                width=cell,
                height=cell,
                fill_opacity=f"{0.4 + 0.6 * share:.2f}",
                class_="right" if i == j else "wrong",
            )
        )
    if named:
        for i, name in enumerate(names):
            middle = margin + cell * (i + 0.75)
            parts.append(tag("text", name, x=margin - 5, y=middle, text_anchor="end"))
            turned = f"translate({middle} {margin - 5}) rotate(-90)"
            parts.append(tag("text", name, transform=turned))
    says = "Confusion matrix: rows are what the pictures show, columns what they were called; blue is right."
    width = margin + side
    svg = tag(
        "svg",
        *parts,
        viewBox=f"0 0 {width} {width}",
        role="img",
        aria_label=says,
        class_="heat",
        style=f"min-width:{width}px" if named else None,
    )
    return scrolling(svg, "Confusion matrix")


def reliability(now: Reliability, before: Reliability | None) -> Markup:
    """How often answers are right against how sure they are, over the number of pictures at each."""
    left, top, side, gap, below = 50, 10, 260, 16, 60
    bottom = top + side

    def at(sure: float, right: float) -> tuple[float, float]:
        return round(left + side * sure, 1), round(bottom - side * right, 1)

    parts: list[Markup] = []
    for tenth in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = at(tenth, tenth)
        parts += [
            tag("line", x1=left, x2=left + side, y1=y, y2=y, class_="grid"),
            tag("line", y1=top, y2=bottom, x1=x, x2=x, class_="grid"),
            tag("text", percent(tenth), x=left - 6, y=y + 4, text_anchor="end"),
            tag("text", percent(tenth), x=x, y=bottom + gap + below + 16, text_anchor="middle"),
        ]
    parts.append(tag("line", x1=left, y1=bottom, x2=left + side, y2=top, class_="promise"))
    most = max(each.pictures for each in now.bins)
    for each in now.bins:
        x, height = at(each.low, 0)[0], below * each.pictures / most
        y, width = bottom + gap + below - height, side / now.of - 1
        parts.append(tag("rect", x=x, y=round(y, 1), width=round(width, 1), height=round(height, 1), class_="right"))
    for found, name in ((before, "before"), (now, "now")):
        if found is None:
            continue
        points = [at(each.sure, each.right) for each in found.bins]
        parts.append(tag("polyline", points=" ".join(f"{x},{y}" for x, y in points), class_=f"curve {name}"))
        parts += [_mark(x, y, name) for x, y in points]
    says = "Reliability diagram. Across: the probability of the answer. Up: the share that was right. A table follows."
    height = bottom + gap + below + 24
    return tag(
        "svg", join(parts), viewBox=f"0 0 {left + side + 20} {height}", role="img", aria_label=says, class_="chart"
    )


def _mark(x: float, y: float, name: str) -> Markup:
    if name == "now":
        return tag("circle", cx=x, cy=y, r=4, class_="mark now")
    return tag("rect", x=round(x - 3.5, 1), y=round(y - 3.5, 1), width=7, height=7, class_="mark before")


def histogram(known: Any, strangers: Any) -> Markup:
    """Two measures of familiarity, above each other on one scale: known pictures up, strangers down."""
    edges = np.histogram_bin_edges(np.concatenate([known, strangers]), 30)
    up, down = (np.histogram(scores, edges)[0] / len(scores) for scores in (known, strangers))
    tallest, width, half = max(up.max(), down.max()), 10, 70
    parts = []
    for i, (above, under) in enumerate(zip(up, down, strict=True)):
        heights = half * above / tallest, half * under / tallest
        parts.append(
            tag(
                "rect",
                x=i * width,
                y=round(half - heights[0], 1),
                width=width - 1,
                height=round(heights[0], 1),
                class_="right",
            )
        )
        parts.append(tag("rect", x=i * width, y=half + 1, width=width - 1, height=round(heights[1], 1), class_="wrong"))
    for i in (0, 15, 30):
        anchor = {0: "start", 30: "end"}.get(i, "middle")
        parts.append(tag("text", f"{edges[i]:.2f}", x=i * width, y=2 * half + 16, text_anchor=anchor))
    parts.append(tag("line", x1=0, x2=30 * width, y1=half + 0.5, y2=half + 0.5, class_="axis"))
    says = "Histogram of familiarity, from low to high: known pictures above the line, strangers below it."
    size = f"0 0 {30 * width} {2 * half + 20}"
    return tag("svg", join(parts), viewBox=size, role="img", aria_label=says, class_="chart")
