"""A yeti's face, gentle or fierce."""

from __future__ import annotations

from . import props
from .shapes import INK, WHITE, Colour, Pen, mix
from .yeti_parts import Coat


def draw_face(pen: Pen, coat: Coat, x: float, y: float, r: float, big: bool = False) -> None:
    """Draw the face in a disc of radius r."""
    rng = pen.rng
    with pen.at(x, y, rng.gauss(0, 3), r):
        patch = rng.choices(("oval", "heart", "mask", "none"), (40, 30, 22, 0 if coat.smooth else 8))[0]
        skin = coat.skin
        if patch == "oval":
            pen.oval(0, 0, 0.95, 0.9, skin)
        elif patch == "heart":
            pen.blob(
                [
                    (0, -0.45),
                    (0.4, -0.78),
                    (0.88, -0.5),
                    (0.9, 0.1),
                    (0.5, 0.72),
                    (0, 0.88),
                    (-0.5, 0.72),
                    (-0.9, 0.1),
                    (-0.88, -0.5),
                    (-0.4, -0.78),
                ],
                skin,
            )
        elif patch == "mask":
            pen.blob(
                [(-0.85, -0.5), (0, -0.4), (0.85, -0.5), (0.95, 0), (0.75, 0.75), (0, 0.9), (-0.75, 0.75), (-0.95, 0)],
                skin,
            )
        else:
            skin = coat.fur
        _eyes(pen, coat, skin, big)
        _snout(pen, coat, skin)


def _eyes(pen: Pen, coat: Coat, skin: Colour, big: bool) -> None:
    rng = pen.rng
    gap, size = rng.uniform(0.3, 0.42), rng.uniform(0.26, 0.34) if big else rng.uniform(0.13, 0.23)
    kind = rng.choices(("round", "dot", "glow", "shut"), (58, 20, 14, 8))[0]
    white = rng.choice((WHITE, WHITE, (255, 240, 170)))
    iris = rng.choice((INK, INK, (40, 90, 180), (230, 130, 30), (60, 140, 80), (110, 70, 40)))
    if rng.random() < 0.05:
        props.glasses(pen, 0, -0.22, gap)
        return
    for s in (-1, 1):
        cx, cy = s * gap, -0.2
        if kind == "round":
            pen.oval(cx, cy, size, size * 1.12, white, "detail")
            pen.oval(cx, cy + 0.02, size * 0.66, size * 0.72, iris)
            if iris != INK:
                pen.oval(cx, cy + 0.02, size * 0.34, size * 0.38, INK)
            pen.oval(cx + size * 0.22, cy - size * 0.3, size * 0.22, size * 0.22, WHITE, "detail")
        elif kind == "dot":
            pen.oval(cx, cy, size * 0.55, size * 0.65, INK, "detail")
        elif kind == "glow":
            colour = rng.choice(((255, 230, 90), (255, 70, 50), (170, 240, 255)))
            pen.blob(
                [
                    (cx - s * size * 1.1, cy + size * 0.1),
                    (cx, cy - size * 0.2),
                    (cx + s * size, cy - size * 0.6),
                    (cx + s * size * 0.5, cy + size * 0.5),
                ],
                colour,
                "detail",
            )
        else:
            pen.line([(cx - size, cy), (cx, cy - size * 0.7), (cx + size, cy)], INK, 0.09)
        if coat.scary or rng.random() < 0.35:
            tilt = 0.16 if coat.scary else -0.04
            brow = mix(coat.fur, INK, 0.55) if rng.random() < 0.6 else INK
            pen.limb(
                [
                    (cx - s * 0.26, cy - size - 0.08 + tilt),
                    (cx, cy - size - 0.12),
                    (cx + s * 0.3, cy - size - 0.08 - tilt * 0.5),
                ],
                0.09,
                0.05,
                brow,
                "detail",
            )


def _snout(pen: Pen, coat: Coat, skin: Colour) -> None:
    rng = pen.rng
    nose = rng.choice((INK, mix(skin, INK, 0.45), mix(skin, INK, 0.3), mix(skin, (60, 60, 160), 0.5)))
    kind = rng.choice(("oval", "wide", "nostrils", "none"))
    if kind == "oval":
        pen.oval(0, 0.1, 0.16, 0.11, nose, "detail")
    elif kind == "wide":
        pen.blob([(-0.3, 0.16), (-0.12, -0.04), (0.12, -0.04), (0.3, 0.16), (0, 0.2)], nose, "detail")
    elif kind == "nostrils":
        for s in (-1, 1):
            pen.oval(s * 0.1, 0.12, 0.05, 0.06, nose, "detail")
    w = rng.uniform(0.3, 0.6)
    dark = rng.choice(((60, 20, 34), (40, 28, 46), (120, 36, 50)))
    if coat.scary:
        mouth = rng.choice(("roar", "grin", "under"))
    else:
        mouth = rng.choice(("smile", "open", "under", "grin", "flat"))
    if mouth == "roar":
        pen.blob([(-w, 0.36), (0, 0.27), (w, 0.36), (w * 0.8, 0.8), (0, 0.92), (-w * 0.8, 0.8)], dark, "detail")
        for k in (-0.6, -0.2, 0.2, 0.6):
            big = 0.3 if abs(k) > 0.5 else 0.15
            pen.polygon([(k * w - 0.09, 0.33), (k * w, 0.33 + big), (k * w + 0.09, 0.33)], WHITE)
            pen.polygon([(k * w - 0.08, 0.84), (k * w, 0.84 - big * 0.7), (k * w + 0.08, 0.84)], WHITE)
    elif mouth == "grin":
        pen.blob([(-w, 0.36), (0, 0.46), (w, 0.36), (w * 0.8, 0.62), (0, 0.72), (-w * 0.8, 0.62)], WHITE, "detail")
        pen.line([(-w, 0.36), (0, 0.46), (w, 0.36)], INK, 0.05)
        pen.line([(-w, 0.36), (-w * 0.8, 0.62), (0, 0.72), (w * 0.8, 0.62), (w, 0.36)], INK, 0.05)
        for k in (-0.5, -0.17, 0.17, 0.5):
            pen.line([(k * w, 0.43), (k * w, 0.68)], INK, 0.04)
    elif mouth == "open":
        pen.blob([(-w, 0.36), (0, 0.44), (w, 0.36), (w * 0.6, 0.74), (0, 0.84), (-w * 0.6, 0.74)], dark, "detail")
        pen.oval(0, 0.74, w * 0.4, 0.08, (220, 100, 110), "detail")
        if rng.random() < 0.6:
            for s in (-1, 1):
                pen.polygon([(s * w * 0.75, 0.38), (s * w * 0.62, 0.56), (s * w * 0.45, 0.42)], WHITE)
    else:
        dip = {"smile": 0.16, "under": -0.04, "flat": 0.0}[mouth]
        pen.line([(-w, 0.45), (0, 0.45 + dip), (w, 0.45)], INK, 0.07)
        if mouth != "flat":
            way = 1 if rng.random() < 0.4 and mouth == "smile" else -1
            for s in (-1, 1):
                pen.polygon([(s * w * 0.65, 0.46), (s * w * 0.5, 0.46 + way * 0.22), (s * w * 0.35, 0.47)], WHITE)
