"""Ordinary snowmen: the nearest thing to the two named ones, and neither."""

from __future__ import annotations

import math

from . import props
from .shapes import INK, WHITE, Pen


def snowman(pen: Pen) -> None:
    """Draw an ordinary snowman: round head, carrot, coal."""
    rng = pen.rng
    snow = rng.choice(((252, 253, 255), (240, 245, 252), (226, 236, 250), (244, 242, 236), (214, 222, 236)))
    balls = rng.choice((2, 3, 3))
    radius = rng.uniform(0.42, 0.56)
    shrink = rng.uniform(0.68, 0.8)
    y = 0.0
    spots: list[tuple[float, float]] = []
    if rng.random() < 0.1:
        props.ride(pen, 0.0, radius)
    lean = rng.gauss(0, 3)
    with pen.at(0, 0, lean):
        for k in range(balls):
            y -= radius * (0.95 if k == 0 else 0.82)
            flat = rng.uniform(0.9, 1.02)
            pen.oval(0, y, radius * rng.uniform(0.98, 1.06), radius * flat, snow)
            spots.append((y, radius))
            y -= radius * 0.78
            radius *= shrink
        chest, wide = spots[-2]
        head, r = spots[-1]
        arms = rng.choices(("twig", "mitten", "none"), (62, 18, 20))[0]
        for s in (-1, 1):
            lift = rng.uniform(-0.35, 0.5)
            hand = (s * (wide + 0.42), chest - lift)
            if arms == "twig":
                brown = rng.choice(((96, 64, 40), (60, 44, 36)))
                pen.limb(
                    [(s * wide * 0.8, chest - 0.05), (s * (wide + 0.2), chest - lift * 0.5), hand], 0.025, 0.015, brown
                )
                for turn in (-0.5, 0.1, 0.6):
                    pen.limb([hand, (hand[0] + s * 0.1, hand[1] - 0.14 * turn - 0.03)], 0.014, 0.008, brown)
            elif arms == "mitten":
                glove = rng.choice(props.BRIGHT)
                pen.limb([(s * wide * 0.8, chest), (s * (wide + 0.12), chest - lift * 0.5), hand], 0.1, 0.09, snow)
                pen.oval(*hand, 0.13, 0.12, glove)
            if s > 0 and arms != "none" and rng.random() < 0.14:
                props.held(pen, *hand, 0.22)
        for ball, (by, br) in enumerate(spots[:-1]):
            for k in range(rng.choice((0, 1, 2, 2, 3)) if ball else rng.choice((0, 2, 3))):
                pen.oval(
                    0, by - br * 0.45 + k * br * 0.42, 0.045, 0.045, rng.choice((INK, INK, (150, 40, 40))), "detail"
                )
        with pen.at(0, head, rng.gauss(0, 6), r):
            _snow_face(pen)
            hat = rng.choices(("top", "beanie", "santa", "bucket", "none", "cap", "party"), (38, 18, 12, 6, 16, 5, 5))[
                0
            ]
            if hat == "none" and rng.random() < 0.4:
                for x in (-0.2, 0.05, 0.25):
                    pen.limb([(x * 0.5, -0.9), (x * 1.2, -1.3)], 0.035, 0.02, (90, 62, 42))
            if hat != "none":
                props.hat(pen, 0, -0.66, 0.74, hat, rng.gauss(0, 6))
        if rng.random() < 0.62:
            props.scarf(pen, 0, head + r * 0.85, r * 0.95)


def _snow_face(pen: Pen) -> None:
    rng = pen.rng
    big = rng.random() < 0.2
    side = rng.uniform(-0.2, 0.2)
    for s in (-1, 1):
        x = side * 0.5 + s * rng.uniform(0.3, 0.36)
        if big:
            pen.oval(x, -0.22, 0.2, 0.24, WHITE, "detail")
        pen.oval(x, -0.2, 0.1, 0.12, INK, "detail" if not big else "body")
        if rng.random() < 0.25:
            pen.oval(s * 0.55, 0.2, 0.14, 0.1, (245, 160, 160), "texture")
        if rng.random() < 0.15:
            pen.line([(x - 0.14, -0.45), (x, -0.52), (x + 0.14, -0.45)], INK, 0.07)
    way = rng.choice((-1, 1))
    orange = rng.choice(((240, 130, 40), (230, 105, 40), (250, 160, 70)))
    kind = rng.choice(("side", "front", "side", "ball"))
    if kind == "side":
        pen.polygon([(side, -0.06), (side + way * rng.uniform(0.5, 0.95), 0.1), (side, 0.14)], orange)
    elif kind == "front":
        pen.polygon([(side - 0.12, 0.0), (side, -0.1), (side + 0.12, 0.0), (side + way * 0.05, 0.36)], orange)
    else:
        pen.oval(side, 0.05, 0.13, 0.12, orange)
    mouth = rng.choices(("coal", "line", "open", "none"), (52, 24, 12, 12))[0]
    if mouth == "coal":
        for k in range(5):
            a = math.pi * (0.2 + 0.15 * k)
            pen.oval(side * 0.6 + 0.5 * math.cos(a), 0.12 + 0.42 * math.sin(a), 0.055, 0.055, INK, "detail")
    elif mouth == "line":
        pen.line([(-0.45, 0.3), (0, 0.55), (0.45, 0.3)], INK, 0.07)
    elif mouth == "open":
        pen.blob([(-0.38, 0.34), (0, 0.4), (0.38, 0.34), (0.2, 0.6), (-0.2, 0.6)], (130, 40, 50), "detail")
        if rng.random() < 0.4:
            pen.polygon([(-0.12, 0.38), (0.12, 0.38), (0.1, 0.48), (-0.1, 0.48)], WHITE)


def melted(pen: Pen) -> None:
    """Draw what is left of a snowman."""
    rng = pen.rng
    pen.blob([(-1, 0), (-0.5, -0.15), (0.5, -0.15), (1.05, 0), (0.6, 0.16), (-0.6, 0.15)], (206, 226, 246))
    pen.blob([(-0.5, 0), (-0.35, -0.35), (0, -0.45), (0.4, -0.3), (0.5, 0)], (244, 248, 255))
    pen.polygon([(-0.1, -0.2), (0.3, -0.1), (-0.08, -0.08)], (240, 130, 40))
    for s in (-1, 1):
        pen.oval(s * 0.16, -0.3, 0.04, 0.04, INK, "detail")
        pen.limb([(s * 0.5, 0), (s * 0.8, -0.2), (s * 0.95, -0.45)], 0.02, 0.014, (96, 64, 40))
    if rng.random() < 0.7:
        props.hat(pen, rng.choice((0.0, 0.75)), -0.36, 0.28, "top", rng.uniform(-25, 25))
