"""The abominable snowman: a furry yeti, from cuddly mascot to roaring giant."""

from __future__ import annotations

from collections.abc import Sequence

from . import props
from .shapes import INK, WHITE, Colour, Pen, Point, ellipse, mix, profile, rounded, tube

FURS: tuple[tuple[Colour, int], ...] = (
    ((248, 250, 254), 9), ((232, 238, 248), 6), ((205, 226, 246), 5), ((176, 206, 238), 3), ((214, 204, 240), 3),
    ((150, 160, 215), 2), ((200, 204, 212), 3), ((245, 236, 220), 3), ((208, 184, 152), 2), ((150, 116, 84), 2),
    ((98, 110, 150), 1), ((120, 190, 215), 2), ((140, 140, 150), 1), ((235, 214, 222), 1),
)  # fmt: skip
SKINS: tuple[tuple[Colour, int], ...] = (
    ((104, 162, 222), 6), ((140, 190, 230), 5), ((70, 110, 170), 3), ((160, 210, 220), 3), ((242, 196, 160), 4),
    ((224, 170, 130), 2), ((92, 100, 124), 3), ((128, 130, 150), 2), ((120, 200, 200), 2), ((150, 130, 200), 1),
    ((240, 180, 190), 1), ((60, 62, 78), 1),
)  # fmt: skip


class Coat:
    """The colours and fur of one yeti."""

    def __init__(self, pen: Pen) -> None:
        """Choose them."""
        rng = pen.rng
        self.pen = pen
        self.fur = rng.choices([c for c, _ in FURS], [w for _, w in FURS])[0]
        self.skin = rng.choices([c for c, _ in SKINS], [w for _, w in SKINS])[0]
        if sum(abs(a - b) for a, b in zip(self.fur, self.skin, strict=True)) < 90:
            self.skin = mix(self.skin, (40, 70, 140), 0.45)
        self.length = rng.uniform(0.05, 0.13)
        self.soft = rng.random() < 0.3
        self.scary = rng.random() < 0.4
        self.horned = rng.random() < 0.33
        self.horn = rng.choice(((236, 220, 180), (250, 200, 80), (96, 86, 84), mix(self.skin, WHITE, 0.3)))

    def cover(self, outline: Sequence[Point], shade: float = 0.0, length: float = 1.0) -> None:
        """Draw a furry part, a little darker where shade is above 0."""
        fur = mix(self.fur, (70, 90, 150), shade)
        self.pen.fur(outline, fur, self.length * length, self.soft)


def yeti(pen: Pen) -> None:
    """Draw one yeti of any of several builds."""
    kinds = (_mascot, _giant, _child, _tall, _walker, _portrait)
    build = pen.rng.choices(kinds, (22, 26, 14, 16, 9, 13))[0]
    build(pen, Coat(pen))


def _mascot(pen: Pen, coat: Coat) -> None:
    rng = pen.rng
    wide, top = rng.uniform(0.5, 0.72), rng.uniform(-1.75, -1.35)
    if rng.random() < 0.2:
        props.ride(pen, 0.02, wide)
    for s in (-1, 1):
        _foot(pen, coat, s * wide * 0.5, 0.0, 0.24, s)
    behind = rng.random() < 0.5
    poses = _poses(pen)
    shoulder = top * 0.52
    if behind:
        _arms(pen, coat, wide * 0.82, shoulder, 0.72, 0.15, poses)
    body = profile(
        [
            (0.0, top),
            (wide * 0.45, top * 0.97),
            (wide * 0.78, top * 0.82),
            (wide * 0.9, top * 0.6),
            (wide, top * 0.35),
            (wide * 0.95, -0.16),
            (wide * 0.6, -0.05),
            (0.0, -0.04),
        ]
    )
    if coat.horned:
        _horns(pen, coat, 0.0, top * 0.9, wide * 0.62)
    coat.cover(rounded(body))
    if rng.random() < 0.45:
        pen.blob(ellipse(0, top * 0.27, wide * 0.52, -top * 0.19, n=10), mix(coat.fur, coat.skin, 0.75))
    _face(pen, coat, 0.0, top * 0.68, wide * rng.uniform(0.52, 0.66))
    if not behind:
        _arms(pen, coat, wide * 0.82, shoulder, 0.72, 0.15, poses)
    if rng.random() < 0.1:
        props.scarf(pen, 0, top * 0.48, wide * 0.92)
    if not coat.horned:
        _top(pen, coat, 0.0, top, wide * 0.5)


def _giant(pen: Pen, coat: Coat) -> None:
    rng = pen.rng
    broad, hips = rng.uniform(0.6, 0.8), rng.uniform(0.36, 0.5)
    for s in (-1, 1):
        _foot(pen, coat, s * 0.36, 0.02, 0.26, s)
        coat.cover(tube([(s * 0.26, -0.6), (s * 0.36, -0.3), (s * 0.36, -0.04)], 0.26, 0.2), 0.08)
    poses = _poses(pen)
    behind = rng.random() < 0.35
    if behind:
        _arms(pen, coat, broad * 0.86, -1.25, 1.15, 0.21, poses)
    coat.cover(
        rounded(
            profile(
                [
                    (0.0, -1.6),
                    (broad * 0.6, -1.52),
                    (broad, -1.25),
                    (broad * 0.96, -0.95),
                    (hips * 1.2, -0.6),
                    (hips, -0.36),
                    (0.0, -0.28),
                ]
            )
        )
    )
    if rng.random() < 0.35:
        chest = mix(coat.fur, coat.skin, 0.85)
        for s in (-1, 1):
            pen.blob(ellipse(s * 0.17, -1.02, 0.19, 0.14, n=10), chest, "texture")
        pen.blob(ellipse(0, -0.7, 0.24, 0.2, n=10), chest)
    if not behind:
        _arms(pen, coat, broad * 0.86, -1.25, 1.15, 0.21, poses)
    x, y, r = rng.uniform(-0.12, 0.12), rng.uniform(-1.62, -1.4), rng.uniform(0.32, 0.46)
    if coat.horned:
        _horns(pen, coat, x, y - r * 0.5, r * 0.8)
    coat.cover(ellipse(x, y, r, r * 1.12), length=0.8)
    _face(pen, coat, x, y + r * 0.1, r * 0.78)
    if rng.random() < 0.1:
        props.scarf(pen, x, y + r * 1.1, r * 1.1)
    if not coat.horned:
        _top(pen, coat, x, y - r * 0.95, r * 0.8)


def _child(pen: Pen, coat: Coat) -> None:
    rng = pen.rng
    if rng.random() < 0.2:
        props.ride(pen, 0.02, 0.4)
    sitting = rng.random() < 0.45
    for s in (-1, 1):
        _foot(pen, coat, s * (0.36 if sitting else 0.22), 0.02, 0.19, s)
    coat.cover(ellipse(0, -0.38, 0.42, 0.38))
    if rng.random() < 0.6:
        pen.oval(0, -0.34, 0.24, 0.22, mix(coat.fur, coat.skin, 0.55))
    _arms(pen, coat, 0.34, -0.5, 0.45, 0.11, _poses(pen))
    r = rng.uniform(0.5, 0.64)
    y = -0.62 - r * 0.8
    for s in (-1, 1):
        if rng.random() < 0.6:
            pen.oval(s * r * 0.98, y, r * 0.2, r * 0.24, coat.skin)
    if coat.horned:
        _horns(pen, coat, 0, y - r * 0.55, r * 0.75)
    coat.cover(ellipse(0, y, r, r * 0.9))
    coat.scary = False
    _face(pen, coat, 0, y + r * 0.12, r * 0.72, big=True)
    if not coat.horned:
        _top(pen, coat, 0, y - r * 0.8, r * 0.75)


def _tall(pen: Pen, coat: Coat) -> None:
    rng = pen.rng
    stride = rng.uniform(0.16, 0.42)
    for s in (-1, 1):
        _foot(pen, coat, s * stride, 0.0, 0.2, s)
        coat.cover(tube([(s * 0.17, -0.85), (s * (0.14 + stride) / 2, -0.45), (s * stride, -0.05)], 0.2, 0.15), 0.06)
    with pen.at(0, -0.8, rng.gauss(0, 5)):
        _arms(pen, coat, 0.34, -0.62, 0.85, 0.13, _poses(pen))
        coat.cover(rounded(profile([(0.0, -0.8), (0.3, -0.74), (0.44, -0.55), (0.4, -0.2), (0.38, 0.1), (0.0, 0.16)])))
        r = rng.uniform(0.26, 0.34)
        if coat.horned:
            _horns(pen, coat, 0, -0.8 - r * 0.9, r * 0.8)
        coat.cover(ellipse(0, -0.84 - r * 0.4, r, r * 1.2))
        _face(pen, coat, 0, -0.84 - r * 0.35, r * 0.74)
        if rng.random() < 0.12:
            props.scarf(pen, 0, -0.68, 0.3)
        if not coat.horned:
            _top(pen, coat, 0, -0.84 - r * 1.45, r * 0.8)


def _walker(pen: Pen, coat: Coat) -> None:
    rng = pen.rng
    swing = rng.uniform(0.25, 0.5)
    with pen.at(0, 0, 0, 1, rng.choice((-1, 1))):
        coat.cover(tube([(0.1, -1.2), (-swing * 0.9, -0.85), (-swing * 0.8, -0.45)], 0.15, 0.12), 0.16)
        for x, shade in ((-swing, 0.14), (swing, 0.0)):
            pen.blob(
                [(x - 0.12, -0.12), (x + 0.12, -0.12), (x + 0.34, 0), (x + 0.3, 0.06), (x - 0.14, 0.05)],
                mix(coat.skin, INK, shade),
            )
            coat.cover(tube([(0, -0.75), (x * 0.8 + 0.1, -0.45), (x, -0.08)], 0.24, 0.15), shade)
        coat.cover(
            rounded(
                [
                    (0.1, -1.5),
                    (0.34, -1.3),
                    (0.34, -0.95),
                    (0.26, -0.62),
                    (-0.12, -0.58),
                    (-0.3, -0.85),
                    (-0.28, -1.25),
                    (-0.12, -1.48),
                ]
            )
        )
        coat.cover(
            rounded(
                [(0.22, -1.85), (0.42, -1.72), (0.46, -1.5), (0.3, -1.3), (0.05, -1.32), (-0.04, -1.55), (0.04, -1.78)]
            ),
            length=0.8,
        )
        pen.blob([(0.32, -1.74), (0.5, -1.7), (0.56, -1.55), (0.5, -1.42), (0.34, -1.42), (0.28, -1.58)], coat.skin)
        pen.oval(0.42, -1.6, 0.035, 0.045, WHITE, "detail")
        pen.oval(0.43, -1.6, 0.02, 0.025, INK)
        pen.line([(0.34, -1.69), (0.42, -1.67), (0.49, -1.68)], mix(coat.skin, INK, 0.6), 0.03)
        pen.line([(0.38, -1.47), (0.46, -1.48), (0.53, -1.5)], INK, 0.022)
        hand = (swing * 1.4, -0.62)
        coat.cover(tube([(0.0, -1.28), (swing * 0.55, -0.95), hand], 0.17, 0.12))
        _hand(pen, coat, *hand, 0.13)
        if coat.horned:
            pen.blob([(0.1, -1.78), (0.3, -1.82), (0.34, -2.12), (0.16, -1.98)], coat.horn)


def _portrait(pen: Pen, coat: Coat) -> None:
    rng = pen.rng
    if coat.horned:
        _horns(pen, coat, 0, -0.5, 0.68)
    if rng.random() < 0.5:
        coat.cover(rounded(profile([(0.0, 0.3), (0.7, 0.45), (1.05, 0.85), (1.1, 1.2), (0.0, 1.2)])), 0.07, 1.2)
    coat.length *= 1.3
    coat.cover(
        rounded(
            profile([(0.0, -0.95), (0.5, -0.82), (0.78, -0.4), (0.84, 0.1), (0.7, 0.55), (0.35, 0.85), (0.0, 0.98)])
        )
    )
    _face(pen, coat, 0, 0.02, rng.uniform(0.5, 0.64))
    if not coat.horned:
        _top(pen, coat, 0, -0.8, 0.55)


def _poses(pen: Pen) -> tuple[str, str]:
    rng = pen.rng
    pose = rng.choice(("down", "down", "up", "wave", "out", "hips", "ape", "roar"))
    if pose == "wave":
        return ("down", "up") if rng.random() < 0.5 else ("up", "hips")
    return (pose, pose)


def _arms(pen: Pen, coat: Coat, x: float, y: float, length: float, thick: float, poses: tuple[str, str]) -> None:
    rng = pen.rng
    holding = rng.random() < 0.16
    for s, pose in zip((-1, 1), poses, strict=True):
        wobble = rng.uniform(-0.06, 0.06)
        elbow, hand = {
            "down": ((0.22, 0.45), (0.2, 0.92)),
            "up": ((0.38, -0.1), (0.5, -0.72)),
            "out": ((0.42, 0.08), (0.85, -0.05)),
            "hips": ((0.42, 0.38), (0.0, 0.62)),
            "ape": ((0.42, 0.42), (0.3, 1.02)),
            "roar": ((0.5, 0.05), (0.72, -0.5)),
        }[pose]
        at = (x + (hand[0] + wobble) * length, y + (hand[1] + wobble) * length)
        with pen.at(flip=s):
            coat.cover(
                tube([(x - 0.04, y), (x + elbow[0] * length, y + elbow[1] * length), at], thick * 1.15, thick * 0.9)
            )
            _hand(pen, coat, *at, thick * 1.02, down=hand[1] > 0)
            if holding and s > 0:
                props.held(pen, *at, length * 0.34)


def _hand(pen: Pen, coat: Coat, x: float, y: float, r: float, down: bool = True) -> None:
    way = 1 if down else -1
    claw = mix(coat.horn, WHITE, 0.4) if coat.scary else coat.skin
    for k in (-0.6, 0.0, 0.6):
        tip = (x + k * r * 1.35, y + way * r * (1.5 - abs(k) * 0.4))
        pen.limb([(x + k * r, y + way * r * 0.3), tip], r * 0.34, r * 0.24, coat.skin)
        if coat.scary:
            pen.polygon(
                [(tip[0] - r * 0.22, tip[1]), (tip[0], tip[1] + way * r * 0.6), (tip[0] + r * 0.22, tip[1])], claw
            )
    pen.oval(x, y, r, r * 0.9, coat.skin)


def _foot(pen: Pen, coat: Coat, x: float, y: float, w: float, side: int) -> None:
    skin = mix(coat.skin, INK, 0.08)
    with pen.at(x, y, 0, 1, side):
        pen.blob(
            [(-w * 0.8, -0.05), (-w * 0.5, -0.2), (w * 0.5, -0.2), (w * 1.1, -0.03), (w, 0.08), (-w * 0.7, 0.08)], skin
        )
        for k in (0.1, 0.5, 0.9):
            pen.oval(w * k, 0.04, w * 0.22, w * 0.2, mix(skin, WHITE, 0.2))


def _horns(pen: Pen, coat: Coat, x: float, y: float, w: float) -> None:
    curl = pen.rng.uniform(0.7, 1.25)
    with pen.at(x, y, 0, w):
        for s in (-1, 1):
            pen.blob(
                [
                    (s * 0.6, 0.1),
                    (s * 1.1, -0.1),
                    (s * 1.4 * curl, -0.55),
                    (s * 1.3, -1.1 * curl),
                    (s * 1.08, -0.6),
                    (s * 0.75, -0.42),
                    (s * 0.4, -0.2),
                ],
                coat.horn,
            )
            pen.line([(s * 0.85, -0.4), (s * 1.1, -0.15)], mix(coat.horn, INK, 0.3), 0.06, "texture")
            pen.line([(s * 1.1, -0.6), (s * 1.35 * curl, -0.45)], mix(coat.horn, INK, 0.3), 0.06, "texture")


def _top(pen: Pen, coat: Coat, x: float, y: float, w: float) -> None:
    rng = pen.rng
    chance = rng.random()
    if chance < 0.2:
        props.hat(pen, x, y + w * 0.32, w * 1.02)
    elif chance < 0.65:
        for k in (-0.45, 0.0, 0.45):
            tip = (x + k * w * 1.2 + rng.uniform(-0.1, 0.1) * w, y - w * rng.uniform(0.3, 0.6))
            pen.polygon([(x + k * w - w * 0.28, y + w * 0.12), tip, (x + k * w + w * 0.28, y + w * 0.12)], coat.fur)


def _face(pen: Pen, coat: Coat, x: float, y: float, r: float, big: bool = False) -> None:
    """Draw the face in a disc of radius r."""
    rng = pen.rng
    with pen.at(x, y, rng.gauss(0, 3), r):
        patch = rng.choices(("oval", "heart", "mask", "none"), (40, 30, 22, 8))[0]
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
