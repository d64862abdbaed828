"""A cheerful snowman with a tall pear-shaped head, a carrot nose, one big tooth and twig arms."""

from __future__ import annotations

from . import props
from .olaf_head import draw_head
from .shapes import Colour, Pen, Point, mix

SNOWS: tuple[Colour, ...] = ((250, 252, 255), (240, 244, 252), (228, 234, 248), (246, 246, 242), (222, 222, 224))
TWIGS: tuple[Colour, ...] = ((72, 50, 38), (96, 66, 44), (50, 38, 34), (120, 84, 56))
POSES = ("stand", "wave", "cheer", "hug", "point", "hips", "shy")


def olaf(pen: Pen) -> None:
    """Draw the whole figure or, now and then, its head alone."""
    rng = pen.rng
    snow = rng.choices(SNOWS, (4, 4, 3, 2, 1))[0]
    twig = rng.choice(TWIGS)
    yaw = rng.choice((-1, 1)) * rng.choice((0.0, rng.uniform(0.15, 0.6), rng.uniform(0.4, 1.0)))
    kind = rng.choices(("whole", "sitting", "bust", "head", "parts"), (58, 14, 9, 14, 5))[0]
    if kind == "head":
        draw_head(pen, snow, twig, yaw, disc=rng.random() < 0.15)
    elif kind == "parts":
        _parts(pen, snow, twig, yaw)
    else:
        _whole(pen, snow, twig, yaw, sitting=kind == "sitting", bust=kind == "bust")


def _whole(pen: Pen, snow: Colour, twig: Colour, yaw: float, sitting: bool, bust: bool) -> None:
    rng = pen.rng
    lean = rng.gauss(0, 9)
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
            with pen.at(0, -0.13, rng.gauss(0, 10) - lean * 0.4, rng.uniform(0.95, 1.25)):
                draw_head(pen, snow, twig, yaw)
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
    kick = rng.uniform(0.12, 0.42) if rng.random() < 0.35 else 0.0
    pen.blob([(-0.3, -0.25), (-0.08, -0.25), (-0.06, 0), (-0.22, 0.04), (-0.36, -0.01)], shade)
    with pen.at(kick * 0.7, -kick * 0.5, -kick * 130):
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


def _parts(pen: Pen, snow: Colour, twig: Colour, yaw: float) -> None:
    """Draw him with his head lifted off by his own arms, or all fallen apart."""
    rng = pen.rng
    if rng.random() < 0.5:
        _feet(pen, snow, sitting=False)
        pen.oval(0, -0.42, 0.42, 0.34, snow)
        for s in (-1, 1):
            pen.limb([(s * 0.22, -0.88), (s * 0.3, -1.1), (s * 0.2, -1.45)], 0.022, 0.018, twig)
        pen.oval(0, -0.88, 0.27, 0.22, snow)
        for y in (-0.86, -0.54, -0.32):
            _coal(pen, 0, y, 0.055)
        with pen.at(0, -rng.uniform(1.2, 1.4), rng.gauss(0, 8)):
            draw_head(pen, snow, twig, yaw)
        return
    pen.oval(rng.uniform(0.0, 0.3), -0.32, 0.42, 0.34, snow)
    for y in (-0.42, -0.2):
        _coal(pen, 0.15, y, 0.055)
    middle = rng.uniform(-0.75, -0.55), -0.24
    pen.oval(*middle, 0.26, 0.22, snow)
    _coal(pen, *middle, 0.055)
    for s in (-1, 1):
        with pen.at(s * 0.5, rng.uniform(-0.5, -0.1), s * rng.uniform(-40, 30), flip=s):
            pen.limb([(0, 0), (0.3, 0.03), (0.5, 0)], 0.024, 0.016, twig)
            for k in (-0.08, 0.0, 0.08):
                pen.limb([(0.5, 0), (0.6, k)], 0.014, 0.008, twig)
    tilt = rng.choice((rng.gauss(0, 12), 60, -60))
    with pen.at(rng.uniform(-0.3, 0.1) + tilt / 300, rng.uniform(-0.75, -0.55), tilt):
        draw_head(pen, snow, twig, yaw)
