"""People, Santa among them."""

from __future__ import annotations

from . import props
from .shapes import INK, WHITE, Colour, Pen, ellipse, mix, profile, rounded, shaggy

SKIN: tuple[Colour, ...] = ((250, 214, 184), (236, 188, 150), (196, 140, 100), (130, 88, 62), (92, 62, 46))
HAIR: tuple[Colour, ...] = ((60, 42, 34), (34, 30, 34), (206, 160, 84), (240, 224, 180), (160, 78, 44), (150, 150, 156))


def person(pen: Pen) -> None:
    """Draw a person: in a dress, in winter clothes, or in a portrait."""
    rng = pen.rng
    skin, hair = rng.choice(SKIN), rng.choice(HAIR)
    dress, second = rng.sample([*props.BRIGHT, (150, 210, 240), (180, 150, 220)], 2)
    close = rng.random() < 0.45
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
        if long and rng.random() < 0.5:
            way = rng.choice((-1, 1))
            for k in range(5):
                pen.oval(
                    way * (0.2 + 0.01 * k), 0.1 + k * 0.11, 0.075 - k * 0.006, 0.075, mix(hair, INK, 0.06 * (k % 2))
                )
        if rng.random() < 0.3:
            props.hat(pen, 0, -0.14, 0.22)
    if rng.random() < 0.2:
        props.scarf(pen, 0, -1.42, 0.18)


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


def elder(pen: Pen) -> None:
    """Draw an old man with white hair and a long beard."""
    rng = pen.rng
    skin, hair = rng.choice(SKIN[:4]), rng.choice((WHITE, (226, 228, 234), (190, 190, 198)))
    robe = rng.choice(props.BRIGHT)
    if rng.random() < 0.6:
        pen.blob(profile([(0.0, 0.2), (0.35, 0.3), (0.5, 0.9), (0.62, 1.6), (0.0, 1.65)]), robe)
        for s in (-1, 1):
            pen.limb([(s * 0.38, 0.45), (s * 0.6, 0.8), (s * 0.45, 1.1)], 0.14, 0.1, mix(robe, INK, 0.1))
            pen.oval(s * 0.45, 1.14, 0.09, 0.09, skin)
    pen.blob(profile([(0.0, -0.56), (0.36, -0.4), (0.44, 0.0), (0.34, 0.3), (0.0, 0.35)]), hair)
    pen.blob(profile([(0.0, -0.42), (0.26, -0.3), (0.3, 0.0), (0.2, 0.25), (0.0, 0.3)]), skin)
    length = rng.uniform(0.5, 0.95)
    pen.blob([(-0.3, -0.02), (-0.12, 0.14), (0.12, 0.14), (0.3, -0.02), (0.3, 0.3), (0, length), (-0.3, 0.3)], hair)
    pen.line([(-0.08, 0.2), (0, 0.22), (0.08, 0.2)], (150, 60, 60), 0.03)
    pen.oval(0, 0.04, 0.07, 0.07, mix(skin, (210, 90, 80), 0.35))
    for s in (-1, 1):
        pen.oval(s * 0.12, -0.1, 0.035, 0.04, INK, "detail")
        pen.limb([(s * 0.05, -0.17), (s * 0.2, -0.19)], 0.03, 0.02, hair)
    if rng.random() < 0.35:
        props.hat(pen, 0, -0.34, 0.36)


def hooded(pen: Pen) -> None:
    """Draw a person in a parka with a fur-trimmed hood."""
    rng = pen.rng
    skin, coat = rng.choice(SKIN), rng.choice(props.BRIGHT)
    trim = rng.choice(((240, 232, 214), (190, 160, 124), (120, 92, 70), WHITE))
    if rng.random() < 0.85:
        for s in (-1, 1):
            pen.limb([(s * 0.16, 1.1), (s * 0.18, 1.5)], 0.15, 0.13, (60, 66, 86))
            pen.oval(s * 0.22, 1.58, 0.2, 0.1, INK)
            lift = rng.uniform(-0.4, 0.5)
            pen.limb([(s * 0.34, 0.5), (s * 0.58, 0.7), (s * 0.62, 0.75 - lift)], 0.14, 0.12, coat)
            pen.oval(s * 0.62, 0.75 - lift, 0.13, 0.13, rng.choice(props.BRIGHT))
        pen.blob(profile([(0.0, 0.3), (0.38, 0.4), (0.46, 0.9), (0.44, 1.2), (0.0, 1.22)]), coat)
        pen.line([(0, 0.45), (0, 1.2)], mix(coat, INK, 0.4), 0.03)
    pen.oval(0, 0, 0.48, 0.5, coat)
    pen.blob(rounded(shaggy(ellipse(0, 0.03, 0.36, 0.38), rng, 0.1, 0.0), steps=3), trim)
    pen.oval(0, 0.03, 0.28, 0.3, skin)
    for s in (-1, 1):
        pen.oval(s * 0.1, -0.02, 0.035, 0.045, INK, "detail")
        pen.oval(s * 0.17, 0.1, 0.05, 0.035, mix(skin, (230, 90, 90), 0.4), "texture")
    pen.line([(-0.08, 0.16), (0, 0.2), (0.08, 0.16)], (170, 60, 60), 0.025)
