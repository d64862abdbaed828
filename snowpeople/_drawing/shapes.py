"""A pen that records shapes; a renderer turns the record into pixels in one of many art styles."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Literal

Point = tuple[float, float]
Colour = tuple[int, int, int]
# A silhouette fills "body" with ink and cuts "detail" out of it; "texture" is left out of plain styles.
Role = Literal["body", "detail", "texture"]

INK: Colour = (28, 26, 34)
WHITE: Colour = (255, 255, 255)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Return the colour a `share` (0 to 1) of the way from a to b."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled polygon, or a line where width is above 0."""

    points: tuple[Point, ...]
    colour: Colour
    width: float = 0.0
    role: Role = "body"


def rounded(points: Sequence[Point], closed: bool = True, steps: int = 6) -> list[Point]:
    """Return a Catmull-Rom curve through the points."""
    n = len(points)
    if n < 3:
        return list(points)
    curve: list[Point] = []
    for i in range(n if closed else n - 1):
        if closed:
            a, b, c, d = points[i - 1], points[i], points[(i + 1) % n], points[(i + 2) % n]
        else:
            a, b, c, d = points[max(i - 1, 0)], points[i], points[i + 1], points[min(i + 2, n - 1)]
        for k in range(steps):
            t = k / steps
            t2, t3 = t * t, t * t * t
            wa, wb = -t3 + 2 * t2 - t, 3 * t3 - 5 * t2 + 2
            wc, wd = -3 * t3 + 4 * t2 + t, t3 - t2
            curve.append(
                (
                    (a[0] * wa + b[0] * wb + c[0] * wc + d[0] * wd) / 2,
                    (a[1] * wa + b[1] * wb + c[1] * wc + d[1] * wd) / 2,
                )
            )
    if not closed:
        curve.append(points[-1])
    return curve


def ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0.0, n: int = 28) -> list[Point]:
    """Return points round an ellipse turned by `turn` degrees."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    points = []
    for i in range(n):
        a = 2 * math.pi * i / n
        u, v = rx * math.cos(a), ry * math.sin(a)
        points.append((x + u * c - v * s, y + u * s + v * c))
    return points


def profile(rows: Sequence[Point]) -> list[Point]:
    """Return a mirror-symmetric outline from (half width, y) rows, top to bottom."""
    return list(rows) + [(-w, y) for w, y in reversed(rows) if w > 0]


def tube(spine: Sequence[Point], start: float, end: float) -> list[Point]:
    """Return the outline of a limb along the spine; its half width goes from start to end."""
    path = rounded(spine, closed=False, steps=4)
    left, right = [], []
    n = len(path)
    for i, (x, y) in enumerate(path):
        ax, ay = path[max(i - 1, 0)]
        bx, by = path[min(i + 1, n - 1)]
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = -(by - ay) / length, (bx - ax) / length
        w = start + (end - start) * i / (n - 1)
        left.append((x + nx * w, y + ny * w))
        right.append((x - nx * w, y - ny * w))
    (ax, ay), (bx, by) = path[-2], path[-1]
    length = math.hypot(bx - ax, by - ay) or 1.0
    ux, uy = (bx - ax) / length * end, (by - ay) / length * end
    cap = [((left[-1][0] + bx) / 2 + ux * 0.8, (left[-1][1] + by) / 2 + uy * 0.8), (bx + ux, by + uy)]
    cap.append(((right[-1][0] + bx) / 2 + ux * 0.8, (right[-1][1] + by) / 2 + uy * 0.8))
    return left + cap + right[::-1]


def shaggy(outline: Sequence[Point], rng: Random, length: float, droop: float = 0.4) -> list[Point]:
    """Return the outline with tufts of fur standing out of it, hanging a little."""
    n = len(outline)
    area = sum(outline[i - 1][0] * outline[i][1] - outline[i][0] * outline[i - 1][1] for i in range(n))
    sign = 1.0 if area > 0 else -1.0
    points: list[Point] = []
    wait = 0.0
    step = length * 0.62
    for i in range(n):
        (ax, ay), (bx, by) = outline[i], outline[(i + 1) % n]
        side = math.hypot(bx - ax, by - ay)
        if side == 0:
            continue
        nx, ny = sign * (by - ay) / side, -sign * (bx - ax) / side
        at = wait
        while at < side:
            t = at / side
            x, y = ax + (bx - ax) * t, ay + (by - ay) * t
            out = length * rng.uniform(0.55, 1.15) if len(points) % 2 else 0.0
            points.append((x + nx * out, y + ny * out + out * droop))
            at += step * rng.uniform(0.7, 1.3)
        wait = at - side
    return points


class Pen:
    """Records shapes in a coordinate frame that can be moved, turned and scaled; y points down."""

    def __init__(self, rng: Random) -> None:
        """Start an empty record; `rng` decides what the figures leave open."""
        self.rng = rng
        self.shapes: list[Shape] = []
        self._frame = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

    @contextmanager
    def at(self, x: float = 0, y: float = 0, turn: float = 0, scale: float = 1, flip: float = 1) -> Iterator[None]:
        """Draw inside a frame at (x, y), turned by degrees, scaled, and mirrored where flip is -1."""
        before = self._frame
        a, b, c, d, e, f = before
        s, t = math.sin(math.radians(turn)) * scale, math.cos(math.radians(turn)) * scale
        p, q, r, w = t * flip, s * flip, -s, t
        self._frame = (
            a * p + c * q, b * p + d * q, a * r + c * w, b * r + d * w, a * x + c * y + e, b * x + d * y + f,
        )  # fmt: skip
        yield
        self._frame = before

    def _add(self, points: Sequence[Point], colour: Colour, width: float, role: Role) -> None:
        a, b, c, d, e, f = self._frame
        placed = tuple((a * x + c * y + e, b * x + d * y + f) for x, y in points)
        self.shapes.append(Shape(placed, colour, width * math.sqrt(abs(a * d - b * c)), role))

    def polygon(self, points: Sequence[Point], colour: Colour, role: Role = "body") -> None:
        """Fill straight-edged."""
        self._add(points, colour, 0.0, role)

    def blob(self, points: Sequence[Point], colour: Colour, role: Role = "body") -> None:
        """Fill a rounded shape through the points."""
        self._add(rounded(points), colour, 0.0, role)

    def oval(
        self, x: float, y: float, rx: float, ry: float, colour: Colour, role: Role = "body", turn: float = 0
    ) -> None:
        """Fill an ellipse."""
        self._add(ellipse(x, y, rx, ry, turn), colour, 0.0, role)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, role: Role = "body") -> None:
        """Fill a rectangle."""
        self._add(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), colour, 0.0, role)

    def line(self, points: Sequence[Point], colour: Colour, width: float, role: Role = "detail") -> None:
        """Draw a rounded line through the points."""
        self._add(rounded(points, closed=False), colour, width, role)

    def limb(self, spine: Sequence[Point], start: float, end: float, colour: Colour, role: Role = "body") -> None:
        """Fill a tapering limb along the spine."""
        self._add(tube(spine, start, end), colour, 0.0, role)

    def fur(self, outline: Sequence[Point], colour: Colour, length: float, soft: bool = False) -> None:
        """Fill a furry shape, jagged or soft, and strew strands over it."""
        edge = shaggy(outline, self.rng, length)
        self._add(rounded(edge, steps=3) if soft else edge, colour, 0.0, "body")
        self.strands(outline, colour, length)

    def strands(self, outline: Sequence[Point], colour: Colour, length: float) -> None:
        """Strew short strands of fur inside the outline."""
        rng = self.rng
        n = len(outline)
        x = sum(p[0] for p in outline) / n
        y = sum(p[1] for p in outline) / n
        area = sum(outline[i - 1][0] * outline[i][1] - outline[i][0] * outline[i - 1][1] for i in range(n)) / 2
        for _ in range(min(140, round(abs(area) / length**2 * 0.9))):
            px, py = outline[rng.randrange(n)]
            share = math.sqrt(rng.uniform(0.02, 0.85))
            sx, sy = x + (px - x) * share, y + (py - y) * share
            tone = mix(colour, (40, 50, 90), rng.uniform(0.08, 0.3)) if rng.random() < 0.75 else mix(colour, WHITE, 0.6)
            bend = rng.uniform(-0.3, 0.3) * length
            tip = (sx + bend, sy + length * rng.uniform(0.7, 1.3))
            self._add(((sx, sy), tip), tone, length * 0.12, "texture")
