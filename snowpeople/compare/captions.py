"""Names beside the points of a plot, none over another, over a point, or over an error bar where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Boxes = np.ndarray[Any, np.dtype[np.float64]]

# What it costs a name to lie over another or over a point, over a bar, and outside; a line's height away costs 1.
OVER_NAME, OVER_BAR, OUTSIDE = 1000.0, 40.0, 5000.0
SWEEPS = 20


def caption(ax: Axes, points: Sequence[tuple[float, float, float, float]], names: Sequence[str]) -> None:
    """Write each name beside its point (x, y, low and high end of its bar); a thin line leads to one that is far.

    Each name in turn takes the best of its places while the others stand, until none moves: coordinate descent, as
    in J. Christensen, J. Marks and S. Shieber, ACM Transactions on Graphics 14 (1995), section 3.
    """
    from matplotlib.patheffects import withStroke

    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # so that places in pixels are known
    point = figure.dpi / 72
    at = ax.transData.transform([(x, y) for x, y, _, _ in points])
    ends = np.array([ax.transData.transform([(x, low), (x, high)])[:, 1] for x, _, low, high in points])
    sizes = np.array([_size(ax, name) for name in names]) + 2 * point
    markers = np.hstack([at - 5 * point, at + 5 * point])
    bars = np.column_stack([at[:, 0] - 2 * point, ends[:, 0], at[:, 0] + 2 * point, ends[:, 1]])
    places = [_places(*each, gap=7 * point) for each in zip(at, ends, sizes, strict=True)]
    boxes = [np.hstack([near - size / 2, near + size / 2]) for near, size in zip(places, sizes, strict=True)]
    fixed = [
        OVER_NAME * _overlap(box, markers)
        + OVER_BAR * _overlap(box, bars)
        + OUTSIDE * _outside(box, np.array(ax.bbox.extents))
        + np.abs(near - middle).sum(1) / size[1]
        for box, near, middle, size in zip(boxes, places, at, sizes, strict=True)
    ]
    chosen = [int(cost.argmin()) for cost in fixed]
    for _ in range(SWEEPS):
        before = list(chosen)
        for i, box in enumerate(boxes):
            others = np.array([boxes[j][chosen[j]] for j in range(len(boxes)) if j != i]).reshape(-1, 4)
            chosen[i] = int((fixed[i] + OVER_NAME * _overlap(box, others)).argmin())
        if chosen == before:
            break
    drawn = zip(names, points, at, ends, places, chosen, sizes, strict=True)
    for name, (x, y, _, _), middle, reach, near, number, size in drawn:
        shift = (near[number] - middle) / point
        # A name just above or below a bar needs none.
        gone = abs(shift[1]) * point if shift[0] else np.abs(near[number, 1] - reach).min() + 0.5 * size[1]
        far = gone > 1.2 * size[1]
        lead = {"arrowstyle": "-", "color": "0.5", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 4} if far else None
        look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 9, "arrowprops": lead, "zorder": 4}
        written = ax.annotate(name, (x, y), tuple(shift), textcoords="offset points", **look)
        written.set_path_effects([withStroke(linewidth=2, foreground="white")])


def _size(ax: Axes, name: str) -> tuple[float, float]:
    """Width and height in pixels."""
    text = ax.text(0, 0, name, fontsize=9)
    box = text.get_window_extent()
    text.remove()
    return float(box.width), float(box.height)


def _places(at: Boxes, ends: Boxes, size: Boxes, gap: float) -> Boxes:
    """Where the middle of a name may lie, M×2: beside its point, higher and lower, and at either end of its bar."""
    beside = [
        (at[0] + side * (gap + size[0] / 2), at[1] + step * size[1] / 2)
        for side in (1, -1)
        for step in sorted(range(-16, 17), key=abs)
    ]
    tips = ((1, ends[1]), (-1, ends[0]))
    beyond = [(at[0], tip + side * size[1] * (step + 1) / 2) for step in range(12) for side, tip in tips]
    return np.array([*beside, *beyond])


def _overlap(boxes: Boxes, others: Boxes) -> Boxes:
    """How many of `others` (M×4: left, bottom, right, top) each box (N×4) touches; deep ones count up to twice."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = (high - low).clip(0).prod(2)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1)[:, None]
    result: Boxes = ((shared > 0) * (1 + shared / area)).sum(1)
    return result


def _outside(boxes: Boxes, room: Boxes) -> Boxes:
    """1 for each box that sticks out."""
    result: Boxes = ((boxes[:, :2] < room[:2]) | (boxes[:, 2:] > room[2:])).any(1).astype(float)
    return result
