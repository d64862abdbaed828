"""Everything that is neither: ordinary snowmen above all, and other creatures and things of winter and beyond."""

from __future__ import annotations

import math
from collections.abc import Callable

from . import props
from .shapes import INK, WHITE, Colour, Pen, Point, ellipse, mix, profile, rounded, shaggy, tube

SKIN: tuple[Colour, ...] = ((250, 214, 184), (236, 188, 150), (196, 140, 100), (130, 88, 62), (92, 62, 46))
HAIR: tuple[Colour, ...] = ((60, 42, 34), (34, 30, 34), (206, 160, 84), (240, 224, 180), (160, 78, 44), (150, 150, 156))


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


def penguin(pen: Pen) -> None:
    """Draw a penguin."""
    rng = pen.rng
    coat = rng.choice((INK, (40, 46, 62), (50, 66, 100), (70, 74, 84)))
    beak = rng.choice(((245, 160, 50), (230, 120, 50), INK))
    w = rng.uniform(0.38, 0.55)
    for s in (-1, 1):
        pen.oval(s * w * 0.45, 0, 0.17, 0.07, (240, 150, 50))
        out = rng.uniform(0.05, 0.4)
        pen.limb([(s * w * 0.8, -0.95), (s * (w + out * 0.6), -0.65), (s * (w + out), -0.35)], 0.12, 0.06, coat)
    pen.blob(
        profile([(0.0, -1.55), (w * 0.62, -1.4), (w * 0.75, -1.1), (w, -0.6), (w * 0.85, -0.12), (0.0, 0.0)]), coat
    )
    pen.blob(profile([(0.0, -0.98), (w * 0.5, -0.95), (w * 0.72, -0.5), (w * 0.6, -0.1), (0.0, -0.06)]), WHITE)
    for s in (-1, 1):
        pen.oval(s * w * 0.28, -1.25, w * 0.24, w * 0.28, WHITE, "detail")
        pen.oval(s * w * 0.28, -1.24, w * 0.12, w * 0.15, INK)
    pen.polygon([(-0.1, -1.14), (0.1, -1.14), (0, -0.98)], beak)
    if rng.random() < 0.25:
        props.hat(pen, 0, -1.42, w * 0.6)
    if rng.random() < 0.25:
        props.scarf(pen, 0, -1.0, w * 0.8)


def bear(pen: Pen) -> None:
    """Draw a polar bear, or a brown one, on four feet, sitting, or its face."""
    rng = pen.rng
    fur = rng.choice(((250, 250, 246), (238, 240, 244), (245, 236, 215), (140, 96, 62)))
    kind = rng.choice(("walk", "sit", "face"))
    if kind == "walk":
        with pen.at(flip=rng.choice((-1, 1))):
            for x in (-0.6, -0.3, 0.35, 0.62):
                pen.limb(
                    [(x, -0.6), (x + rng.uniform(-0.08, 0.08), -0.3), (x, -0.06)],
                    0.17,
                    0.13,
                    mix(fur, (90, 100, 140), 0.12 * (x in (-0.3, 0.35))),
                )
            pen.blob(
                [(-0.85, -0.75), (-0.5, -1.05), (0.1, -1.05), (0.6, -1.1), (0.82, -0.8), (0.6, -0.45), (-0.6, -0.42)],
                fur,
            )
            pen.blob(
                [(0.55, -1.1), (0.95, -1.3), (1.25, -1.15), (1.42, -0.98), (1.3, -0.85), (0.95, -0.8), (0.65, -0.75)],
                fur,
            )
            pen.oval(0.9, -1.28, 0.09, 0.1, fur)
            pen.oval(1.42, -0.98, 0.07, 0.05, INK, "detail")
            pen.oval(1.13, -1.13, 0.03, 0.035, INK, "detail")
        return
    if kind == "sit":
        for s in (-1, 1):
            pen.oval(s * 0.4, -0.12, 0.22, 0.16, fur)
        pen.oval(0, -0.55, 0.52, 0.55, fur)
        for s in (-1, 1):
            pen.limb([(s * 0.4, -0.85), (s * 0.5, -0.5), (s * 0.3, -0.3)], 0.15, 0.12, mix(fur, INK, 0.05))
    with pen.at(0, -1.25):
        for s in (-1, 1):
            pen.oval(s * 0.34, -0.34, 0.15, 0.15, fur)
            pen.oval(s * 0.34, -0.33, 0.08, 0.08, mix(fur, (190, 120, 120), 0.5), "detail")
        pen.oval(0, 0, 0.46, 0.42, fur)
        pen.oval(0, 0.15, 0.22, 0.17, mix(fur, WHITE, 0.6))
        pen.oval(0, 0.07, 0.09, 0.06, INK, "detail")
        for s in (-1, 1):
            pen.oval(s * 0.18, -0.08, 0.045, 0.05, INK, "detail")
        pen.line([(-0.1, 0.2), (0, 0.24), (0.1, 0.2)], INK, 0.03)
        if rng.random() < 0.3:
            props.hat(pen, 0, -0.36, 0.32)
    if rng.random() < 0.3:
        props.scarf(pen, 0, -0.9, 0.42)


def santa(pen: Pen) -> None:
    """Draw Santa, whole or his face."""
    rng = pen.rng
    skin, red = rng.choice(SKIN[:3]), rng.choice(((206, 36, 44), (180, 24, 40), (220, 60, 60)))
    if rng.random() < 0.72:
        for s in (-1, 1):
            pen.limb([(s * 0.2, -0.4), (s * 0.22, -0.15)], 0.16, 0.15, mix(red, INK, 0.15))
            pen.blob([(s * 0.08, -0.16), (s * 0.36, -0.16), (s * 0.44, 0), (s * 0.08, 0)], INK)
            lift = rng.uniform(-0.5, 0.4)
            pen.limb([(s * 0.4, -0.9), (s * 0.65, -0.75), (s * 0.72, -0.75 + lift)], 0.14, 0.12, red)
            pen.oval(s * 0.72, -0.75 + lift, 0.13, 0.12, rng.choice((WHITE, INK, (60, 110, 60))))
            if s > 0 and rng.random() < 0.3:
                props.held(pen, 0.72, -0.75 + lift, 0.24)
        pen.blob(profile([(0.0, -1.1), (0.38, -1.0), (0.52, -0.6), (0.5, -0.28), (0.0, -0.22)]), red)
        pen.blob([(-0.5, -0.36), (0, -0.3), (0.5, -0.36), (0.5, -0.24), (0, -0.18), (-0.5, -0.24)], WHITE)
        pen.blob([(-0.52, -0.62), (0, -0.55), (0.52, -0.62), (0.52, -0.5), (0, -0.43), (-0.52, -0.5)], INK)
        pen.box(-0.09, -0.6, 0.09, -0.44, (236, 200, 70))
    with pen.at(0, -1.22):
        pen.oval(0, 0, 0.32, 0.32, skin)
        pen.blob(
            [(-0.34, -0.05), (-0.2, 0.1), (0, 0.06), (0.2, 0.1), (0.34, -0.05), (0.36, 0.3), (0, 0.58), (-0.36, 0.3)],
            WHITE,
        )
        pen.blob(
            [(0, 0.06), (0.22, 0.08), (0.26, 0.18), (0, 0.15), (-0.26, 0.18), (-0.22, 0.08)],
            mix(WHITE, (180, 180, 200), 0.2),
        )
        pen.oval(0, 0.03, 0.07, 0.06, mix(skin, (220, 80, 80), 0.5))
        for s in (-1, 1):
            pen.oval(s * 0.12, -0.09, 0.035, 0.045, INK, "detail")
        props.hat(pen, 0, -0.18, 0.32, "santa")


def reindeer(pen: Pen) -> None:
    """Draw a reindeer from the side, or its face."""
    rng = pen.rng
    fur, horn = rng.choice(((150, 100, 62), (120, 80, 56), (180, 140, 100), (110, 100, 96))), (220, 190, 140)
    side = rng.random() < 0.65
    if side:
        for x in (-0.5, -0.32, 0.3, 0.46):
            pen.limb([(x, -0.7), (x + rng.uniform(-0.06, 0.06), -0.35), (x, 0)], 0.08, 0.05, mix(fur, INK, 0.2))
        pen.blob([(-0.62, -0.85), (0, -0.98), (0.55, -0.95), (0.6, -0.65), (0, -0.55), (-0.6, -0.6)], fur)
        pen.limb([(0.45, -0.8), (0.62, -1.1), (0.72, -1.35)], 0.17, 0.13, fur)
        pen.oval(-0.64, -0.85, 0.08, 0.1, WHITE)
    with pen.at(0.78 if side else 0, -1.42 if side else -0.8):
        for s in (-1, 1):
            pen.line([(s * 0.1, -0.2), (s * 0.34, -0.5), (s * 0.3, -0.85)], horn, 0.06, "body")
            pen.line([(s * 0.28, -0.42), (s * 0.52, -0.55)], horn, 0.05, "body")
            pen.line([(s * 0.33, -0.6), (s * 0.5, -0.82)], horn, 0.05, "body")
            pen.oval(s * 0.3, -0.12, 0.13, 0.07, fur, turn=-s * 20)
        pen.blob(profile([(0.0, -0.26), (0.2, -0.18), (0.2, 0.05), (0.19, 0.26), (0.0, 0.36)]), fur)
        pen.oval(0, 0.22, 0.17, 0.13, mix(fur, WHITE, 0.3))
        pen.oval(0, 0.16, 0.07, 0.06, rng.choice((INK, (215, 40, 40))), "detail")
        for s in (-1, 1):
            pen.oval(s * 0.09, -0.05, 0.035, 0.045, INK, "detail")


def gorilla(pen: Pen) -> None:
    """Draw a gorilla: black and short-haired."""
    rng = pen.rng
    fur, skin = rng.choice(((44, 44, 50), (62, 56, 54), (34, 36, 44))), (96, 88, 86)
    for s in (-1, 1):
        pen.limb([(s * 0.25, -0.55), (s * 0.36, -0.25), (s * 0.34, -0.05)], 0.2, 0.16, fur)
    pen.blob(profile([(0.0, -1.3), (0.5, -1.2), (0.62, -0.9), (0.48, -0.45), (0.0, -0.35)]), fur)
    pen.oval(0, -0.85, 0.32, 0.28, mix(fur, skin, 0.6))
    for s in (-1, 1):
        pen.limb([(s * 0.52, -1.08), (s * 0.8, -0.6), (s * 0.66, -0.1)], 0.19, 0.15, fur)
        pen.oval(s * 0.66, -0.04, 0.16, 0.1, skin)
    pen.blob(profile([(0.0, -1.85), (0.2, -1.75), (0.3, -1.5), (0.3, -1.25), (0.0, -1.12)]), fur)
    pen.blob(profile([(0.0, -1.6), (0.22, -1.58), (0.2, -1.42), (0.24, -1.25), (0.0, -1.16)]), skin)
    for s in (-1, 1):
        pen.oval(s * 0.1, -1.5, 0.03, 0.035, INK, "detail")
        pen.oval(s * 0.05, -1.36, 0.03, 0.025, INK, "detail")
    pen.line([(-0.12, -1.25), (0, -1.23), (0.12, -1.25)], INK, 0.025)


def person(pen: Pen) -> None:
    """Draw a person: in a dress, in winter clothes, or in a portrait."""
    rng = pen.rng
    skin, hair = rng.choice(SKIN), rng.choice(HAIR)
    dress, second = rng.sample([*props.BRIGHT, (150, 210, 240), (180, 150, 220)], 2)
    close = rng.random() < 0.3
    gown = rng.random() < 0.45
    long = gown or rng.random() < 0.3
    if long:
        pen.blob(
            profile([(0.0, -1.98), (0.24, -1.9), (0.28, -1.6), (0.3, -1.2), (0.14, -1.05), (0.0, -1.05)]),
            mix(hair, INK, 0.15),
        )
    for s in (-1, 1):
        lift = rng.choice((-0.5, -0.45, 0.2, 0.35))
        hand = (s * rng.uniform(0.3, 0.55), -1.2 - lift)
        pen.limb([(s * 0.2, -1.36), (s * 0.36, -1.2 - lift * 0.4), hand], 0.07, 0.055, dress)
        pen.oval(*hand, 0.06, 0.06, skin)
        if not gown and not close:
            pen.limb([(s * 0.11, -0.75), (s * 0.13, -0.4), (s * 0.14, -0.05)], 0.11, 0.08, second)
            pen.oval(s * 0.17, -0.02, 0.12, 0.06, INK)
    if gown and not close:
        pen.blob(profile([(0.0, -0.9), (0.16, -0.88), (0.3, -0.5), (0.5, -0.02), (0.0, 0.04)]), dress)
    pen.blob(profile([(0.0, -1.45), (0.2, -1.42), (0.22, -1.2), (0.18, -0.8), (0.22, -0.7), (0.0, -0.68)]), dress)
    pen.limb([(0, -1.5), (0, -1.38)], 0.06, 0.06, skin)
    with pen.at(0, -1.68, rng.gauss(0, 5)):
        pen.blob(profile([(0.0, -0.24), (0.2, -0.14), (0.19, 0.08), (0.1, 0.22), (0.0, 0.25)]), skin)
        pen.blob(
            [(-0.22, 0.02), (-0.2, -0.2), (0, -0.3), (0.2, -0.2), (0.22, 0.02), (0.14, -0.12), (-0.05, -0.16)], hair
        )
        for s in (-1, 1):
            pen.oval(s * 0.085, -0.01, 0.045, 0.035, WHITE, "detail")
            pen.oval(s * 0.085, -0.01, 0.025, 0.03, rng.choice((INK, (60, 110, 170), (90, 60, 40))))
            pen.line([(s * 0.04, -0.07), (s * 0.13, -0.075)], mix(hair, INK, 0.4), 0.014)
        pen.line([(0, 0.01), (0.015, 0.07)], mix(skin, (140, 60, 40), 0.4), 0.014, "texture")
        pen.line([(-0.07, 0.12), (0, 0.15), (0.07, 0.12)], (190, 60, 70), 0.02)
        if rng.random() < 0.3:
            props.hat(pen, 0, -0.14, 0.22)
    if rng.random() < 0.2:
        props.scarf(pen, 0, -1.42, 0.18)


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


def dog(pen: Pen) -> None:
    """Draw a dog, a cat or a fox sitting, or its face."""
    rng = pen.rng
    fur = rng.choice(((170, 116, 70), (90, 64, 50), (240, 236, 228), (60, 60, 66), (220, 130, 60), (150, 150, 156)))
    patch = rng.choice((WHITE, mix(fur, INK, 0.5), mix(fur, WHITE, 0.5)))
    floppy = rng.random() < 0.6
    whole = rng.random() < 0.7
    if whole:
        pen.limb([(0.35, -0.2), (0.7, -0.35), (0.75, -0.65)], 0.09, 0.05, fur)
        pen.blob(profile([(0.0, -0.95), (0.25, -0.85), (0.42, -0.35), (0.4, -0.02), (0.0, 0.0)]), fur)
        pen.blob(profile([(0.0, -0.85), (0.17, -0.7), (0.14, -0.35), (0.0, -0.3)]), patch)
        for s in (-1, 1):
            pen.limb([(s * 0.15, -0.5), (s * 0.17, -0.08)], 0.1, 0.09, mix(fur, WHITE, 0.08))
            pen.oval(s * 0.19, -0.03, 0.13, 0.07, patch)
    with pen.at(0, -1.08):
        if not floppy:
            for s in (-1, 1):
                pen.polygon([(s * 0.1, -0.25), (s * 0.32, -0.62), (s * 0.36, -0.1)], fur)
        pen.oval(0, 0, 0.36, 0.34, fur)
        pen.blob(profile([(0.0, -0.3), (0.06, -0.1), (0.2, 0.08), (0.16, 0.28), (0.0, 0.32)]), patch)
        if floppy:
            for s in (-1, 1):
                pen.blob(
                    [(s * 0.22, -0.3), (s * 0.42, -0.22), (s * 0.5, 0.2), (s * 0.36, 0.28), (s * 0.28, 0)],
                    mix(fur, INK, 0.3),
                )
        for s in (-1, 1):
            pen.oval(s * 0.15, -0.05, 0.05, 0.06, INK, "detail")
        pen.oval(0, 0.1, 0.08, 0.06, INK, "detail")
        pen.line([(-0.1, 0.2), (0, 0.23), (0.1, 0.2)], INK, 0.025)
        if rng.random() < 0.5:
            pen.oval(0.02, 0.28, 0.05, 0.08, (230, 110, 120), "detail")


def fish(pen: Pen) -> None:
    """Draw a fish."""
    rng = pen.rng
    scale = rng.choice([(170, 180, 130), (150, 160, 170), (190, 170, 110), *props.BRIGHT[:6]])
    with pen.at(0, 0, rng.uniform(-20, 20), 1, rng.choice((-1, 1))):
        pen.polygon([(-0.75, 0), (-1.15, -0.35), (-1.05, 0), (-1.15, 0.35)], mix(scale, INK, 0.2))
        pen.blob([(-0.3, -0.35), (0.1, -0.62), (0.3, -0.3)], mix(scale, INK, 0.2))
        pen.blob([(-0.85, 0), (-0.3, -0.36), (0.35, -0.4), (0.9, 0), (0.35, 0.4), (-0.3, 0.36)], scale)
        pen.line([(0.45, -0.3), (0.36, 0), (0.45, 0.3)], mix(scale, INK, 0.4), 0.03)
        for k in range(4):
            pen.line(
                [(-0.4 + k * 0.18, -0.2), (-0.46 + k * 0.18, 0), (-0.4 + k * 0.18, 0.2)],
                mix(scale, INK, 0.3),
                0.02,
                "texture",
            )
        pen.oval(0.62, -0.1, 0.09, 0.09, WHITE, "detail")
        pen.oval(0.64, -0.1, 0.05, 0.05, INK)


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


def sheep(pen: Pen) -> None:
    """Draw a sheep: white and woolly, and no yeti."""
    rng = pen.rng
    wool, face = (
        rng.choice(((248, 246, 240), (236, 230, 220), (220, 220, 226))),
        rng.choice((INK, (90, 80, 76), (236, 200, 170))),
    )
    with pen.at(flip=rng.choice((-1, 1))):
        for x in (-0.45, -0.25, 0.25, 0.42):
            pen.limb([(x, -0.4), (x, -0.02)], 0.06, 0.05, mix(face, INK, 0.3))
        pen.blob(rounded(shaggy(ellipse(0, -0.68, 0.68, 0.42), rng, 0.13, 0.0), steps=3), wool)
        pen.oval(0.78, -0.92, 0.2, 0.26, face, turn=-25)
        pen.oval(0.6, -0.98, 0.12, 0.06, mix(face, INK, 0.2), turn=30)
        pen.blob(rounded(shaggy(ellipse(0.68, -1.14, 0.2, 0.12), rng, 0.08, 0.0), steps=3), wool)
        pen.oval(0.84, -0.98, 0.04, 0.04, WHITE, "detail")
        pen.oval(0.85, -0.98, 0.022, 0.022, INK)


def ghost(pen: Pen) -> None:
    """Draw a bed-sheet ghost or a white blob of a logo."""
    rng = pen.rng
    sheet = rng.choice((WHITE, (236, 240, 252), (220, 220, 235)))
    hem: list[Point] = [(0.5 - k * 0.25, 0.0 if k % 2 else -0.16) for k in range(5)]
    pen.blob([(-0.5, -0.6), (-0.36, -1.15), (0, -1.35), (0.36, -1.15), (0.5, -0.6), *hem], sheet)
    for s in (-1, 1):
        pen.oval(s * 0.16, -0.92, 0.07, 0.11, INK, "detail")
    pen.oval(0, -0.66, 0.07, 0.1, INK, "detail")


def bird(pen: Pen) -> None:
    """Draw an owl or another round bird."""
    rng = pen.rng
    coat = rng.choice([(150, 110, 80), (240, 240, 244), *props.BRIGHT])
    pen.blob(profile([(0.0, -1.1), (0.35, -1.02), (0.46, -0.6), (0.36, -0.1), (0.0, 0.0)]), coat)
    pen.oval(0, -0.38, 0.26, 0.32, mix(coat, WHITE, 0.5))
    for s in (-1, 1):
        pen.blob([(s * 0.36, -0.75), (s * 0.56, -0.45), (s * 0.46, -0.12), (s * 0.34, -0.3)], mix(coat, INK, 0.25))
        pen.oval(s * 0.17, -0.8, 0.16, 0.17, WHITE, "detail")
        pen.oval(s * 0.15, -0.79, 0.08, 0.09, INK)
        pen.oval(s * 0.14, 0.01, 0.09, 0.05, (240, 160, 50))
    pen.polygon([(-0.06, -0.72), (0.06, -0.72), (0, -0.56)], (240, 160, 50))


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


def rabbit(pen: Pen) -> None:
    """Draw a rabbit sitting."""
    rng = pen.rng
    fur = rng.choice(((248, 248, 250), (200, 190, 180), (150, 120, 96), (120, 122, 130)))
    for s in (-1, 1):
        pen.oval(s * 0.3, -0.06, 0.22, 0.1, fur)
        with pen.at(s * 0.14, -1.15, s * rng.uniform(4, 20)):
            pen.oval(0, -0.35, 0.1, 0.38, fur)
            pen.oval(0, -0.33, 0.05, 0.28, (240, 180, 185), "detail")
    pen.oval(0, -0.4, 0.4, 0.42, fur)
    pen.oval(0, -0.95, 0.3, 0.28, fur)
    for s in (-1, 1):
        pen.oval(s * 0.12, -1.0, 0.045, 0.055, INK, "detail")
        pen.oval(s * 0.12, -0.5, 0.1, 0.13, mix(fur, INK, 0.06))
    pen.oval(0, -0.9, 0.045, 0.03, (230, 120, 130), "detail")


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


Figure = Callable[[Pen], None]
BYSTANDERS: tuple[Figure, ...] = (penguin, tree, house, person, dog, rabbit, bird, reindeer, bear, vehicle)
FIGURES: tuple[tuple[Figure, int], ...] = (
    (snowman, 30), (melted, 2), (penguin, 7), (bear, 9), (santa, 8), (reindeer, 5), (gorilla, 5), (person, 11),
    (tree, 4), (house, 5), (vehicle, 5), (ball, 4), (dog, 6), (fish, 4), (flower, 3), (sheep, 3), (ghost, 3),
    (bird, 4), (gadget, 7), (rabbit, 3), (emblem, 3), (twigs, 2),
)  # fmt: skip


def other(pen: Pen) -> None:
    """Draw one figure that is neither."""
    pen.rng.choices([f for f, _ in FIGURES], [w for _, w in FIGURES])[0](pen)
