"""Things: what stands about, rolls, grows or means nothing."""

from __future__ import annotations

import math

from . import props
from .shapes import INK, WHITE, Pen, Point, mix, profile, tube


def tree(pen: Pen) -> None:
    """Draw a fir or a round-topped tree."""
    rng = pen.rng
    green = rng.choice(((40, 110, 70), (60, 140, 80), (90, 150, 70), (200, 120, 50), (70, 120, 130)))
    pen.box(-0.1, -0.35, 0.1, 0, (110, 76, 48))
    if rng.random() < 0.6:
        for k in range(3):
            w, y = 0.62 - k * 0.15, -0.3 - k * 0.42
            pen.polygon([(-w, y), (0, y - 0.7), (w, y)], mix(green, WHITE, k * 0.08))
            if rng.random() < 0.5:
                pen.polygon([(-w * 0.35, y - 0.45), (0, y - 0.72), (w * 0.35, y - 0.45)], (244, 248, 255))
        if rng.random() < 0.3:
            for _ in range(7):
                pen.oval(
                    rng.uniform(-0.35, 0.35), rng.uniform(-0.8, -0.4), 0.05, 0.05, rng.choice(props.BRIGHT), "detail"
                )
    else:
        for _ in range(6):
            pen.oval(
                rng.uniform(-0.35, 0.35), rng.uniform(-1.15, -0.65), 0.36, 0.32, mix(green, WHITE, rng.uniform(0, 0.15))
            )


def house(pen: Pen) -> None:
    """Draw a house or a church."""
    rng = pen.rng
    wall, roof = (
        rng.choice(((230, 210, 180), (200, 120, 90), (180, 190, 200), (240, 240, 235))),
        rng.choice(props.BRIGHT),
    )
    church = rng.random() < 0.35
    if church:
        pen.box(0.4, -1.5, 0.8, 0, wall)
        pen.polygon([(0.35, -1.5), (0.6, -2.3), (0.85, -1.5)], roof)
        pen.line([(0.6, -2.3), (0.6, -2.55)], INK, 0.04, "body")
    elif rng.random() < 0.6:
        pen.box(0.3, -1.45, 0.5, -0.9, mix(wall, INK, 0.3))
    pen.box(-0.7, -0.85, 0.7, 0, wall)
    pen.polygon([(-0.85, -0.85), (0, -1.5), (0.85, -0.85)], roof)
    pen.box(-0.14, -0.45, 0.14, 0, mix(roof, INK, 0.4), "detail")
    for s in (-1, 1):
        pen.box(s * 0.42 - 0.13, -0.6, s * 0.42 + 0.13, -0.34, rng.choice(((250, 230, 130), (160, 200, 230))), "detail")
        pen.line([(s * 0.42, -0.6), (s * 0.42, -0.34)], wall, 0.03)


def vehicle(pen: Pen) -> None:
    """Draw a car, a lorry or a bus."""
    rng = pen.rng
    paint = rng.choice([*props.BRIGHT, (230, 230, 235)])
    glass = (180, 214, 232)
    kind = rng.choice(("car", "lorry", "bus"))
    with pen.at(flip=rng.choice((-1, 1))):
        if kind == "car":
            pen.blob([(-0.5, -0.5), (-0.3, -0.85), (0.3, -0.85), (0.55, -0.5)], paint)
            pen.blob([(-1, -0.4), (-0.8, -0.55), (0.8, -0.52), (1.02, -0.35), (0.98, -0.14), (-0.98, -0.14)], paint)
            pen.polygon([(-0.36, -0.54), (-0.24, -0.77), (-0.04, -0.77), (-0.04, -0.54)], glass, "detail")
            pen.polygon([(0.03, -0.54), (0.03, -0.77), (0.24, -0.77), (0.4, -0.54)], glass, "detail")
        elif kind == "lorry":
            pen.box(-1.1, -1.1, 0.4, -0.2, rng.choice(((230, 230, 230), *props.BRIGHT[:4])))
            pen.blob([(0.45, -0.9), (0.85, -0.88), (1.05, -0.5), (1.05, -0.2), (0.45, -0.2)], paint)
            pen.polygon([(0.6, -0.8), (0.82, -0.8), (0.95, -0.52), (0.6, -0.52)], glass, "detail")
        else:
            pen.box(-1.1, -1.0, 1.1, -0.18, paint)
            for k in range(5):
                pen.box(-1.0 + k * 0.41, -0.85, -0.68 + k * 0.41, -0.52, glass, "detail")
        for x in (-0.6, 0.62):
            pen.oval(x, -0.14, 0.2, 0.2, INK)
            pen.oval(x, -0.14, 0.09, 0.09, (200, 200, 205), "detail")


def ball(pen: Pen) -> None:
    """Draw a ball: plain, dimpled, striped, spotted."""
    rng = pen.rng
    colour, second = rng.choice([WHITE, (240, 240, 235), *props.BRIGHT]), rng.choice(props.BRIGHT)
    kind = rng.choice(("dimples", "stripe", "spots", "snow"))
    if rng.random() < 0.3:
        pen.polygon([(-0.14, 1.0), (0.14, 1.0), (0.04, 1.6), (-0.04, 1.6)], rng.choice(props.BRIGHT))
    pen.oval(0, 0, 1, 1, colour)
    if kind == "dimples":
        for i in range(-4, 5):
            for j in range(-4, 5):
                x, y = i * 0.22 + (j % 2) * 0.11, j * 0.2
                if x * x + y * y < 0.8:
                    pen.oval(x, y, 0.06, 0.055, mix(colour, (90, 95, 110), 0.3), "detail")
    elif kind == "stripe":
        pen.blob([(-0.98, -0.1), (0, 0.15), (0.98, -0.1), (0.96, 0.2), (0, 0.5), (-0.96, 0.2)], second, "detail")
    elif kind == "spots":
        for x, y in ((0, 0), (0.6, 0.3), (-0.6, 0.3), (0.35, -0.62), (-0.35, -0.62), (0, 0.75)):
            pen.oval(x, y, 0.22, 0.2, second, "detail")


def flower(pen: Pen) -> None:
    """Draw a flower."""
    rng = pen.rng
    petal = rng.choice([WHITE, *props.BRIGHT])
    n = rng.choice((5, 6, 8, 11))
    pen.limb([(0, 1.6), (rng.uniform(-0.1, 0.1), 0.9), (0, 0)], 0.05, 0.04, (70, 140, 70))
    pen.blob([(0, 1.2), (0.3, 0.85), (0.55, 0.85), (0.3, 1.15)], (80, 150, 80))
    for i in range(n):
        with pen.at(0, 0, 360 * i / n):
            pen.oval(0.42, 0, 0.3, 1.1 / n, petal)
    pen.oval(0, 0, 0.22, 0.22, (240, 190, 60))


def ghost(pen: Pen) -> None:
    """Draw a bed-sheet ghost or a white blob of a logo."""
    rng = pen.rng
    sheet = rng.choice((WHITE, (236, 240, 252), (220, 220, 235)))
    hem: list[Point] = [(0.5 - k * 0.25, 0.0 if k % 2 else -0.16) for k in range(5)]
    pen.blob([(-0.5, -0.6), (-0.36, -1.15), (0, -1.35), (0.36, -1.15), (0.5, -0.6), *hem], sheet)
    for s in (-1, 1):
        pen.oval(s * 0.16, -0.92, 0.07, 0.11, INK, "detail")
    pen.oval(0, -0.66, 0.07, 0.1, INK, "detail")


def gadget(pen: Pen) -> None:
    """Draw a radio, a petrol pump, a horn, a chair, a sack, a robot."""
    rng = pen.rng
    colour = rng.choice([(90, 92, 100), (60, 62, 70), (200, 200, 205), *props.BRIGHT])
    kind = rng.choice(("radio", "pump", "robot", "parachute", "mug", "guitar"))
    if kind == "radio":
        pen.line([(0.6, -0.7), (1.0, -1.4)], (150, 150, 155), 0.04, "body")
        pen.box(-1, -0.75, 1, 0.1, colour)
        for s in (-1, 1):
            pen.oval(s * 0.6, -0.28, 0.28, 0.28, mix(colour, INK, 0.6), "detail")
            pen.oval(s * 0.6, -0.28, 0.12, 0.12, mix(colour, WHITE, 0.4))
        pen.box(-0.22, -0.6, 0.22, -0.2, (200, 214, 200), "detail")
    elif kind == "pump":
        pen.box(-0.4, -1.4, 0.4, 0, colour)
        pen.box(-0.28, -1.25, 0.28, -0.85, (235, 235, 230), "detail")
        pen.line([(0.4, -0.5), (0.75, -0.4), (0.7, -1.1), (0.5, -1.0)], INK, 0.07, "body")
        pen.box(-0.5, 0, 0.5, 0.12, mix(colour, INK, 0.5))
    elif kind == "robot":
        pen.line([(0, -1.5), (0, -1.8)], INK, 0.05, "body")
        for s in (-1, 1):
            pen.limb([(s * 0.5, -0.8), (s * 0.75, -0.55), (s * 0.75, -0.25)], 0.08, 0.08, mix(colour, INK, 0.3))
            pen.box(s * 0.22 - 0.12, -0.3, s * 0.22 + 0.12, 0, mix(colour, INK, 0.4))
        pen.box(-0.5, -0.95, 0.5, -0.25, colour)
        pen.box(-0.36, -1.5, 0.36, -1.0, mix(colour, WHITE, 0.25))
        for s in (-1, 1):
            pen.oval(s * 0.16, -1.28, 0.09, 0.09, rng.choice(((255, 220, 90), (120, 230, 240))), "detail")
    elif kind == "parachute":
        for x in (-0.8, -0.3, 0.3, 0.8):
            pen.line([(x, -1.0), (0, 0)], INK, 0.02, "body")
        pen.blob(
            [(-1, -0.95), (-0.7, -1.5), (0, -1.7), (0.7, -1.5), (1, -0.95), (0.5, -1.08), (0, -0.98), (-0.5, -1.08)],
            colour,
        )
        pen.limb([(0, 0), (0, 0.35)], 0.1, 0.1, INK)
    elif kind == "mug":
        pen.line([(0.5, -0.8), (0.95, -0.6), (0.5, -0.2)], colour, 0.14, "body")
        pen.blob([(-0.55, -1), (0.55, -1), (0.5, 0), (-0.5, 0)], colour)
        pen.oval(0, -1, 0.54, 0.12, (90, 56, 40), "detail")
    else:
        pen.box(-0.07, -1.9, 0.07, -0.8, (90, 60, 44))
        pen.blob(profile([(0.0, -1.0), (0.32, -0.9), (0.24, -0.62), (0.42, -0.3), (0.3, 0.0), (0.0, 0.04)]), colour)
        pen.oval(0, -0.55, 0.14, 0.14, INK, "detail")


def emblem(pen: Pen) -> None:
    """Draw a shape or two of no meaning."""
    rng = pen.rng
    for _ in range(rng.randint(1, 4)):
        colour = rng.choice([WHITE, INK, *props.BRIGHT])
        n = rng.randint(3, 7)
        x, y, r = rng.uniform(-0.4, 0.4), rng.uniform(-0.4, 0.4), rng.uniform(0.3, 0.8)
        star = rng.random() < 0.4
        points = [
            (
                x + r * (0.45 if star and i % 2 else 1) * math.cos(math.pi * i / n),
                y + r * (0.45 if star and i % 2 else 1) * math.sin(math.pi * i / n),
            )
            for i in range(2 * n)
        ]
        if rng.random() < 0.4:
            pen.blob(points, colour)
        else:
            pen.polygon(points, colour)


def twigs(pen: Pen) -> None:
    """Draw a carrot, a branch or a pile of stones: parts of snowmen that are none."""
    rng = pen.rng
    kind = rng.choice(("carrot", "branch", "stones"))
    if kind == "carrot":
        for k in (-0.25, 0.0, 0.25):
            pen.limb([(0, -0.7), (k * 0.6, -1.0), (k, -1.3)], 0.05, 0.03, (80, 150, 70))
        pen.blob([(-0.25, -0.65), (0, -0.78), (0.25, -0.65), (0.12, 0.1), (0, 0.8), (-0.12, 0.1)], (240, 130, 40))
    elif kind == "branch":
        pen.limb(tube([(0, 0.9), (0.1, 0), (0, -0.9)], 0.01, 0.01)[:3], 0.08, 0.05, (96, 66, 44))
        pen.limb([(0, 0.9), (0.1, 0), (0, -0.9)], 0.07, 0.03, (96, 66, 44))
        for s in (-1, 1):
            pen.limb([(0.08, 0.1 * s), (s * 0.35, -0.2), (s * 0.5, -0.6)], 0.04, 0.02, (96, 66, 44))
    else:
        for _ in range(6):
            pen.oval(
                rng.uniform(-0.7, 0.7),
                rng.uniform(-0.15, 0),
                rng.uniform(0.15, 0.35),
                rng.uniform(0.12, 0.25),
                rng.choice(((110, 112, 120), (60, 60, 66), (150, 150, 155))),
            )


def cloud(pen: Pen) -> None:
    """Draw a cloud, a heap of snow or a scoop of ice cream, with or without a face."""
    rng = pen.rng
    white = rng.choice((WHITE, (236, 242, 250), (215, 222, 236), (250, 226, 232)))
    if rng.random() < 0.35:
        pen.polygon([(-0.42, 0.1), (0.42, 0.1), (0, 1.2)], (214, 160, 96))
    for x, y, r in ((-0.6, 0, 0.34), (0.62, 0.02, 0.32), (-0.2, -0.2, 0.46), (0.25, -0.15, 0.42), (0, 0.08, 0.5)):
        pen.oval(x, y, r * rng.uniform(0.9, 1.1), r, white)
    if rng.random() < 0.5:
        for s in (-1, 1):
            pen.oval(s * 0.16, -0.06, 0.05, 0.07, INK, "detail")
        pen.line([(-0.12, 0.12), (0, 0.18), (0.12, 0.12)], INK, 0.035)


def logo(pen: Pen) -> None:
    """Draw a badge: a mountain, a flake or a tent in a shield or a ring."""
    rng = pen.rng
    first, second = rng.sample([WHITE, INK, *props.BRIGHT], 2)
    if rng.random() < 0.5:
        pen.oval(0, 0, 1, 1, first)
    else:
        pen.blob([(-0.8, -0.9), (0, -1.05), (0.8, -0.9), (0.75, 0.2), (0, 1.05), (-0.75, 0.2)], first)
    kind = rng.choice(("mountain", "flake", "tent"))
    if kind == "mountain":
        pen.polygon([(-0.7, 0.4), (-0.2, -0.45), (0.1, 0.0), (0.3, -0.25), (0.7, 0.4)], second, "detail")
        pen.polygon([(-0.36, -0.18), (-0.2, -0.45), (-0.04, -0.2), (-0.2, -0.1)], WHITE)
    elif kind == "flake":
        for k in range(3):
            with pen.at(turn=60 * k):
                pen.line([(0, -0.7), (0, 0.7)], second, 0.09)
                for s in (-1, 1):
                    pen.line([(-0.18, s * 0.6), (0, s * 0.42), (0.18, s * 0.6)], second, 0.07)
    else:
        pen.polygon([(-0.6, 0.4), (0, -0.5), (0.6, 0.4)], second, "detail")
        pen.polygon([(-0.14, 0.4), (0, 0.0), (0.14, 0.4)], first)
