"""Animals of winter, home, farm and zoo."""

from __future__ import annotations

from collections.abc import Sequence

from . import props
from .shapes import INK, WHITE, Colour, Pen, Point, ellipse, mix, profile, rounded, shaggy, tube


def _hide(pen: Pen, outline: Sequence[Point], colour: Colour, fuzz: float) -> None:
    """Fill a part of an animal, furry where fuzz (the length of its hair) is above 0."""
    if fuzz:
        pen.fur(rounded(outline), colour, fuzz)
    else:
        pen.blob(outline, colour)


def _fuzz(pen: Pen) -> float:
    return pen.rng.choice((0.0, pen.rng.uniform(0.03, 0.08)))


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
    kind, fuzz = rng.choice(("walk", "sit", "face")), _fuzz(pen)
    if kind == "walk":
        with pen.at(flip=rng.choice((-1, 1))):
            for x in (-0.6, -0.3, 0.35, 0.62):
                pen.limb(
                    [(x, -0.6), (x + rng.uniform(-0.08, 0.08), -0.3), (x, -0.06)],
                    0.17,
                    0.13,
                    mix(fur, (90, 100, 140), 0.12 * (x in (-0.3, 0.35))),
                )
            rump = [(-0.85, -0.75), (-0.5, -1.05), (0.1, -1.05), (0.6, -1.1), (0.82, -0.8), (0.6, -0.45), (-0.6, -0.42)]
            _hide(pen, rump, fur, fuzz)
            head = [(0.55, -1.1), (0.95, -1.3), (1.25, -1.15), (1.42, -0.98), (1.3, -0.85), (0.95, -0.8), (0.65, -0.75)]
            _hide(pen, head, fur, fuzz)
            pen.oval(0.9, -1.28, 0.09, 0.1, fur)
            pen.oval(1.42, -0.98, 0.07, 0.05, INK, "detail")
            pen.oval(1.13, -1.13, 0.03, 0.035, INK, "detail")
        return
    if kind == "sit":
        for s in (-1, 1):
            pen.oval(s * 0.4, -0.12, 0.22, 0.16, fur)
        _hide(pen, ellipse(0, -0.55, 0.52, 0.55, n=14), fur, fuzz)
        for s in (-1, 1):
            pen.limb([(s * 0.4, -0.85), (s * 0.5, -0.5), (s * 0.3, -0.3)], 0.15, 0.12, mix(fur, INK, 0.05))
    with pen.at(0, -1.25):
        for s in (-1, 1):
            pen.oval(s * 0.34, -0.34, 0.15, 0.15, fur)
            pen.oval(s * 0.34, -0.33, 0.08, 0.08, mix(fur, (190, 120, 120), 0.5), "detail")
        _hide(pen, ellipse(0, 0, 0.46, 0.42, n=14), fur, fuzz)
        pen.oval(0, 0.15, 0.22, 0.17, mix(fur, WHITE, 0.6))
        pen.oval(0, 0.07, 0.09, 0.06, INK, "detail")
        for s in (-1, 1):
            pen.oval(s * 0.18, -0.08, 0.045, 0.05, INK, "detail")
        pen.line([(-0.1, 0.2), (0, 0.24), (0.1, 0.2)], INK, 0.03)
        if rng.random() < 0.3:
            props.hat(pen, 0, -0.36, 0.32)
    if rng.random() < 0.3:
        props.scarf(pen, 0, -0.9, 0.42)


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
    fur, skin = rng.choice(((44, 44, 50), (62, 56, 54), (34, 36, 44), (84, 84, 88))), (96, 88, 86)
    fuzz = _fuzz(pen)
    for s in (-1, 1):
        pen.limb([(s * 0.25, -0.55), (s * 0.36, -0.25), (s * 0.34, -0.05)], 0.2, 0.16, fur)
    _hide(pen, profile([(0.0, -1.3), (0.5, -1.2), (0.62, -0.9), (0.48, -0.45), (0.0, -0.35)]), fur, fuzz)
    pen.oval(0, -0.85, 0.32, 0.28, mix(fur, skin, 0.6))
    for s in (-1, 1):
        _hide(pen, tube([(s * 0.52, -1.08), (s * 0.8, -0.6), (s * 0.66, -0.1)], 0.19, 0.15), fur, fuzz)
        pen.oval(s * 0.66, -0.04, 0.16, 0.1, skin)
    _hide(pen, profile([(0.0, -1.85), (0.2, -1.75), (0.3, -1.5), (0.3, -1.25), (0.0, -1.12)]), fur, fuzz)
    pen.blob(profile([(0.0, -1.6), (0.22, -1.58), (0.2, -1.42), (0.24, -1.25), (0.0, -1.16)]), skin)
    for s in (-1, 1):
        pen.oval(s * 0.1, -1.5, 0.03, 0.035, INK, "detail")
        pen.oval(s * 0.05, -1.36, 0.03, 0.025, INK, "detail")
    pen.line([(-0.12, -1.25), (0, -1.23), (0.12, -1.25)], INK, 0.025)


def dog(pen: Pen) -> None:
    """Draw a dog, a cat or a fox sitting, or its face."""
    rng = pen.rng
    fur = rng.choice(((170, 116, 70), (90, 64, 50), (240, 236, 228), (60, 60, 66), (220, 130, 60), (150, 150, 156)))
    patch = rng.choice((WHITE, mix(fur, INK, 0.5), mix(fur, WHITE, 0.5)))
    floppy, fuzz = rng.random() < 0.6, _fuzz(pen)
    whole = rng.random() < 0.7
    if whole:
        pen.limb([(0.35, -0.2), (0.7, -0.35), (0.75, -0.65)], 0.09, 0.05, fur)
        _hide(pen, profile([(0.0, -0.95), (0.25, -0.85), (0.42, -0.35), (0.4, -0.02), (0.0, 0.0)]), fur, fuzz)
        pen.blob(profile([(0.0, -0.85), (0.17, -0.7), (0.14, -0.35), (0.0, -0.3)]), patch)
        for s in (-1, 1):
            pen.limb([(s * 0.15, -0.5), (s * 0.17, -0.08)], 0.1, 0.09, mix(fur, WHITE, 0.08))
            pen.oval(s * 0.19, -0.03, 0.13, 0.07, patch)
    with pen.at(0, -1.08):
        if not floppy:
            for s in (-1, 1):
                pen.polygon([(s * 0.1, -0.25), (s * 0.32, -0.62), (s * 0.36, -0.1)], fur)
        _hide(pen, ellipse(0, 0, 0.36, 0.34, n=14), fur, fuzz)
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


def goat(pen: Pen) -> None:
    """Draw a goat's or a ram's face: horned and white, and no yeti."""
    rng = pen.rng
    fur = rng.choice(((246, 244, 238), (220, 216, 210), (150, 130, 112)))
    horn = rng.choice(((190, 160, 120), (120, 104, 92)))
    for s in (-1, 1):
        pen.limb([(s * 0.16, -0.5), (s * 0.4, -0.95), (s * 0.75, -0.8)], 0.11, 0.04, horn)
        pen.oval(s * 0.45, -0.32, 0.2, 0.09, mix(fur, INK, 0.1), turn=s * 20)
    pen.blob(profile([(0.0, -0.62), (0.3, -0.5), (0.28, -0.1), (0.2, 0.3), (0.0, 0.42)]), fur)
    pen.blob([(-0.1, 0.36), (0.1, 0.36), (0.04, 0.6), (0, 0.75), (-0.04, 0.6)], mix(fur, WHITE, 0.4))
    for s in (-1, 1):
        pen.oval(s * 0.16, -0.22, 0.06, 0.06, (240, 210, 110), "detail")
        pen.oval(s * 0.16, -0.22, 0.05, 0.02, INK, "detail")
        pen.oval(s * 0.07, 0.2, 0.03, 0.02, INK, "detail")
    pen.line([(-0.1, 0.31), (0, 0.29), (0.1, 0.31)], INK, 0.02)


def lion(pen: Pen) -> None:
    """Draw a lion's face in its mane."""
    rng = pen.rng
    mane, fur = rng.choice(
        (((150, 84, 40), (226, 172, 96)), ((196, 120, 50), (240, 200, 130)), ((110, 70, 50), (210, 170, 120)))
    )
    pen.blob(rounded(shaggy(ellipse(0, 0, 0.72, 0.72), rng, rng.uniform(0.14, 0.24), 0.1), steps=3), mane)
    for s in (-1, 1):
        pen.oval(s * 0.4, -0.45, 0.15, 0.15, fur)
    pen.oval(0, 0.02, 0.48, 0.48, fur)
    pen.blob([(-0.22, 0.16), (0, 0.05), (0.22, 0.16), (0.2, 0.36), (0, 0.4), (-0.2, 0.36)], mix(fur, WHITE, 0.6))
    pen.polygon([(-0.1, 0.04), (0.1, 0.04), (0, 0.17)], (110, 60, 50), "detail")
    pen.line([(-0.14, 0.28), (0, 0.22), (0.14, 0.28)], INK, 0.025)
    for s in (-1, 1):
        pen.oval(s * 0.18, -0.1, 0.06, 0.07, INK, "detail")
