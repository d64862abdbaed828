"""A cheerful snowman with a tall pear-shaped head, a carrot nose, one big tooth and twig arms."""

from __future__ import annotations

from . import props
from .shapes import INK, WHITE, Colour, Pen, Point, mix

SNOWS: tuple[Colour, ...] = ((250, 252, 255), (240, 244, 252), (228, 234, 248), (246, 246, 242), (222, 222, 224))
TWIGS: tuple[Colour, ...] = ((72, 50, 38), (96, 66, 44), (50, 38, 34), (120, 84, 56))
MOUTHS: tuple[Colour, ...] = ((62, 72, 92), (80, 34, 42), (34, 32, 44), (126, 44, 52), (88, 98, 120))
POSES = ("stand", "wave", "cheer", "hug", "point", "hips", "shy")


def olaf(pen: Pen) -> None:
    """Draw the whole figure or, now and then, its head alone."""
    rng = pen.rng
    snow = rng.choices(SNOWS, (4, 4, 3, 2, 1))[0]
    twig = rng.choice(TWIGS)
    yaw = rng.choice((-1, 1)) * rng.choice((0.0, rng.uniform(0.15, 0.6), rng.uniform(0.4, 1.0)))
    kind = rng.choices(("whole", "sitting", "bust", "head", "parts"), (58, 14, 9, 14, 5))[0]
    if kind == "head":
        _head(pen, snow, twig, yaw)
    elif kind == "parts":
        _parts(pen, snow, twig, yaw)
    else:
        _whole(pen, snow, twig, yaw, sitting=kind == "sitting", bust=kind == "bust")


def _whole(pen: Pen, snow: Colour, twig: Colour, yaw: float, sitting: bool, bust: bool) -> None:
    rng = pen.rng
    lean = rng.gauss(0, 7)
    if not bust:
        if rng.random() < 0.08:
            props.ride(pen, 0.02, 0.45)
        _feet(pen, snow, sitting)
    with pen.at(0, -0.08, lean):
        low, wide = rng.uniform(0.3, 0.37), rng.uniform(0.38, 0.45)
        if not bust:
            pen.oval(0, -low, wide, low, snow)
        neck = -low * 2 - 0.12
        pose = rng.choice(POSES)
        behind = rng.random() < 0.4
        if behind:
            _arms(pen, twig, neck, pose)
        with pen.at(0, neck, rng.gauss(0, 6)):
            pen.oval(0, 0, rng.uniform(0.25, 0.3), rng.uniform(0.2, 0.24), snow)
            shift = yaw * 0.1
            _coal(pen, shift, 0.04, 0.055)
            if not bust:
                for k in (0.36, 0.58):
                    _coal(pen, shift * 1.4, k, 0.058)
            with pen.at(0, -0.13, rng.gauss(0, 8) - lean * 0.5, rng.uniform(0.92, 1.15)):
                _head(pen, snow, twig, yaw)
            if rng.random() < 0.06:
                props.scarf(pen, 0, -0.1, 0.3)
        if not behind:
            _arms(pen, twig, neck, pose)


def _feet(pen: Pen, snow: Colour, sitting: bool) -> None:
    rng = pen.rng
    shade = mix(snow, (120, 140, 190), 0.12)
    if sitting:
        for s in (-1, 1):
            pen.oval(s * rng.uniform(0.34, 0.44), -0.08, 0.17, 0.14, snow)
        return
    kick = rng.uniform(0.1, 0.3) if rng.random() < 0.25 else 0.0
    pen.blob([(-0.3, -0.25), (-0.08, -0.25), (-0.06, 0), (-0.22, 0.04), (-0.36, -0.01)], shade)
    with pen.at(kick, -kick * 0.6, -kick * 110):
        pen.blob([(0.08, -0.25), (0.3, -0.25), (0.36, -0.01), (0.22, 0.04), (0.06, 0)], shade)


def _coal(pen: Pen, x: float, y: float, r: float) -> None:
    rng = pen.rng
    spots: list[Point] = []
    for dx, dy in ((1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7)):
        k = r * rng.uniform(0.8, 1.15)
        spots.append((x + dx * k, y + dy * k))
    pen.blob(spots, (38, 36, 42), "detail")
    pen.oval(x - r * 0.3, y - r * 0.35, r * 0.25, r * 0.18, (110, 112, 125), "texture")


def _arms(pen: Pen, twig: Colour, neck: float, pose: str) -> None:
    rng = pen.rng
    for s in (-1, 1):
        up = {
            "stand": rng.uniform(-0.55, -0.2), "wave": 0.75 if s > 0 else -0.35, "cheer": rng.uniform(0.5, 0.9),
            "hug": rng.uniform(0.0, 0.3), "point": 0.2 if s > 0 else -0.5, "hips": -0.3, "shy": -0.15,
        }[pose]  # fmt: skip
        reach = {"hips": 0.12, "shy": -0.22}.get(pose, rng.uniform(0.5, 0.7) * (1.15 - abs(up) * 0.5))
        start = (s * 0.22, neck)
        hand = (s * (0.24 + reach), neck - up + rng.uniform(-0.05, 0.05))
        bend = -0.16 if pose in ("hips", "shy") else rng.uniform(-0.05, 0.12)
        elbow = ((start[0] + hand[0]) / 2 - s * bend * 0.9, (start[1] + hand[1]) / 2 + bend)
        pen.limb([start, elbow, hand], 0.024, 0.017, twig)
        dx, dy = hand[0] - elbow[0], hand[1] - elbow[1]
        far = (dx * dx + dy * dy) ** 0.5 or 1.0
        ux, uy = dx / far, dy / far
        for turn in (-0.75, 0.0, 0.7):
            fx, fy = ux - uy * turn, uy + ux * turn
            k = rng.uniform(0.1, 0.15)
            pen.limb([hand, (hand[0] + fx * k, hand[1] + fy * k)], 0.016, 0.008, twig)
        if rng.random() < 0.5:
            px, py = (start[0] + elbow[0]) / 2, (start[1] + elbow[1]) / 2
            pen.limb([(px, py), (px + s * 0.05, py - 0.09)], 0.012, 0.006, twig)
        if s > 0 and rng.random() < 0.07:
            props.held(pen, *hand, 0.2)


def _head(pen: Pen, snow: Colour, twig: Colour, yaw: float) -> None:
    """Draw the head with its chin at the origin, about 1 high."""
    rng = pen.rng
    capped = rng.random() < 0.1
    if not capped:
        _hair(pen, twig)
    full = rng.uniform(0.94, 1.08)
    brow, jaw = 0.215 * rng.uniform(0.92, 1.1), 0.37 * full
    rows = [
        (0.0, -1.0), (brow * 0.62, -0.965), (brow * 0.95, -0.86), (brow, -0.72), (brow * 1.08, -0.58),
        (jaw * 0.84, -0.46), (jaw, -0.34), (jaw * 0.99, -0.22), (jaw * 0.8, -0.09), (jaw * 0.45, 0.0), (0.0, 0.02),
    ]  # fmt: skip
    right = [(w + max(0.0, yaw) * 0.06 * (w > 0.3), y) for w, y in rows]
    left = [(-w + min(0.0, yaw) * 0.06 * (w > 0.3), y) for w, y in reversed(rows[1:-1])]
    pen.blob(right + left, snow)
    turn = yaw * 0.1
    _mouth(pen, snow, turn, jaw)
    _eyes(pen, snow, twig, turn)
    _nose(pen, yaw, turn)
    if capped:
        props.hat(pen, 0, -0.88, 0.24, turn=rng.uniform(-12, 12))


def _hair(pen: Pen, twig: Colour) -> None:
    rng = pen.rng
    for x, slant in (
        (-0.05, rng.uniform(-0.2, -0.08)),
        (0.0, rng.uniform(-0.05, 0.08)),
        (0.05, rng.uniform(0.1, 0.22)),
    ):
        top = rng.uniform(0.16, 0.3)
        pen.limb([(x, -0.96), (x + slant * 0.4, -0.98 - top * 0.6), (x + slant, -0.98 - top)], 0.014, 0.007, twig)
        if rng.random() < 0.4:
            fx, fy = x + slant * 0.5, -0.98 - top * 0.6
            pen.limb([(fx, fy), (fx + 0.06, fy - 0.07)], 0.009, 0.005, twig)


def _mouth(pen: Pen, snow: Colour, turn: float, jaw: float) -> None:
    rng = pen.rng
    dark = rng.choice(MOUTHS)
    kind = rng.choices(("open", "grin", "closed"), (62, 25, 13))[0]
    with pen.at(turn, 0):
        w = jaw * rng.uniform(0.72, 0.86)
        if kind == "closed":
            pen.line([(-w, -0.34), (-w * 0.5, -0.22), (0, -0.18), (w * 0.5, -0.22), (w, -0.34)], (90, 96, 120), 0.02)
            pen.blob([(-0.07, -0.19), (0.07, -0.19), (0.06, -0.1), (-0.06, -0.1)], WHITE, "detail")
            pen.line([(-0.07, -0.19), (-0.06, -0.1), (0.06, -0.1), (0.07, -0.19)], (120, 126, 150), 0.012)
            return
        deep = rng.uniform(-0.07, -0.03) if kind == "open" else rng.uniform(-0.14, -0.11)
        upper = [(-w, -0.36), (-w * 0.55, -0.29), (0, -0.265), (w * 0.55, -0.29), (w, -0.36)]
        lower = [
            (w * 0.86, -0.24),
            (w * 0.5, (deep - 0.14) / 2 - 0.03),
            (0, deep),
            (-w * 0.5, (deep - 0.14) / 2 - 0.03),
        ]
        pen.blob([*upper, *lower, (-w * 0.86, -0.24)], dark, "detail")
        if kind == "open" and rng.random() < 0.7:
            tongue = rng.choice(((200, 90, 100), (170, 120, 150), mix(dark, WHITE, 0.35)))
            pen.blob(
                [(-w * 0.4, deep - 0.05), (0, deep - 0.1), (w * 0.4, deep - 0.05), (0, deep - 0.012)], tongue, "detail"
            )
        tooth = 0.075 * rng.uniform(0.85, 1.2)
        pen.blob(
            [
                (-tooth, -0.27),
                (tooth, -0.27),
                (tooth * 1.05, -0.2),
                (tooth * 0.8, -0.165),
                (-tooth * 0.8, -0.165),
                (-tooth * 1.05, -0.2),
            ],
            (255, 255, 252),
        )


def _eyes(pen: Pen, snow: Colour, twig: Colour, turn: float) -> None:
    rng = pen.rng
    gap, big = rng.uniform(0.085, 0.105), rng.uniform(0.072, 0.095)
    look, mood = rng.uniform(-0.025, 0.025), rng.uniform(-0.05, 0.06)
    state = rng.choices(("open", "shut", "half"), (84, 8, 8))[0]
    shades = rng.random() < 0.04
    for s in (-1, 1):
        x, y = turn * 1.2 + s * gap * (1 - abs(turn) * 0.8), -0.67
        if state == "shut":
            pen.line([(x - big * 0.8, y), (x, y - big * 0.6), (x + big * 0.8, y)], INK, 0.022)
        else:
            pen.oval(x, y, big * 1.12, big * 1.3, mix(snow, (60, 70, 110), 0.35), "texture")
            pen.oval(x, y, big, big * 1.2, WHITE, "detail")
            px = x + look + turn * 0.15
            pen.oval(px, y + 0.01, big * 0.58, big * 0.64, (52, 36, 30))
            pen.oval(px + 0.016, y - 0.018, big * 0.2, big * 0.2, WHITE, "detail")
            if state == "half":
                lid = [
                    (x - big * 1.1, y - big * 0.1),
                    (x - big * 0.8, y - big),
                    (x, y - big * 1.3),
                    (x + big * 0.8, y - big),
                    (x + big * 1.1, y - big * 0.1),
                ]
                pen.blob(lid, mix(snow, (90, 110, 170), 0.2))
        rise = 0.175 + rng.uniform(-0.01, 0.03)
        pen.limb(
            [
                (x - s * 0.065, y - rise + mood + 0.02),
                (x + s * 0.02, y - rise - 0.025),
                (x + s * 0.09, y - rise + 0.025),
            ],
            0.022,
            0.012,
            mix(twig, INK, 0.4),
            "detail",
        )
    if shades:
        props.glasses(pen, turn * 1.2, -0.67, gap)


def _nose(pen: Pen, yaw: float, turn: float) -> None:
    rng = pen.rng
    orange = rng.choice(((240, 130, 36), (232, 112, 30), (248, 150, 60), (214, 104, 40)))
    x, y = turn * 1.3, -0.475
    s = 1 if yaw > 0 else -1
    if abs(yaw) < 0.15:
        pen.blob(
            [
                (-0.085 + x, y),
                (x, y - 0.085),
                (0.085 + x, y),
                (0.05 + x, y + 0.08),
                (x + s * 0.02, y + 0.13),
                (x - 0.05, y + 0.07),
            ],
            orange,
        )
    else:
        far = x + s * (0.18 + 0.3 * abs(yaw))
        tip = y + rng.uniform(-0.07, 0.06)
        half = 0.08
        pen.blob(
            [
                (x - s * 0.07, y),
                (x - s * 0.02, y - half),
                (x + s * 0.08, y - half * 0.8),
                (far, tip),
                (x + s * 0.08, y + half * 0.85),
                (x - s * 0.02, y + half),
            ],
            orange,
        )
    for k in range(3):
        mark = x + s * (0.02 + k * 0.05) * (0.4 + abs(yaw))
        pen.line(
            [(mark, y - 0.05 + k * 0.012), (mark + s * 0.012, y - 0.01)],
            mix(orange, (120, 40, 0), 0.4),
            0.01,
            "texture",
        )


def _parts(pen: Pen, snow: Colour, twig: Colour, yaw: float) -> None:
    """Draw him fallen or floating apart: a head, two balls and arms, close together."""
    rng = pen.rng
    pen.oval(rng.uniform(-0.1, 0.3), -0.32, 0.42, 0.34, snow)
    _coal(pen, 0.1, -0.4, 0.055)
    _coal(pen, 0.12, -0.2, 0.055)
    middle = rng.uniform(-0.85, -0.65), -0.24
    pen.oval(*middle, 0.26, 0.22, snow)
    _coal(pen, *middle, 0.055)
    for _ in range(2):
        with pen.at(rng.uniform(-0.9, 0.7), rng.uniform(-1.0, -0.2), rng.uniform(0, 360)):
            pen.limb([(0, 0), (0.3, 0.03), (0.5, 0)], 0.024, 0.016, twig)
            for k in (-0.08, 0.0, 0.08):
                pen.limb([(0.5, 0), (0.6, k)], 0.014, 0.008, twig)
    with pen.at(rng.uniform(-0.3, 0.2), rng.uniform(-0.95, -0.6), rng.choice((rng.gauss(0, 15), 75, -75))):
        _head(pen, snow, twig, yaw)
