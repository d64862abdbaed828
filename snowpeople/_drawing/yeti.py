"""The abominable snowman: a furry yeti, from cuddly mascot to roaring giant."""

from __future__ import annotations

from . import props
from .shapes import INK, WHITE, Pen, Point, ellipse, mix, profile, rounded, tube
from .yeti_face import draw_face
from .yeti_parts import Coat, draw_arms, draw_ears, draw_foot, draw_hand, draw_horns, draw_spots, draw_top, pick_poses


def yeti(pen: Pen) -> None:
    """Draw one yeti of any of several builds."""
    kinds = (_mascot, _giant, _child, _tall, _walker, _portrait)
    build = pen.rng.choices(kinds, (22, 24, 14, 16, 9, 15))[0]
    build(pen, Coat(pen))


def _mascot(pen: Pen, coat: Coat) -> None:
    rng = pen.rng
    wide, top = rng.uniform(0.5, 0.72), rng.uniform(-1.75, -1.35)
    if rng.random() < 0.2:
        props.ride(pen, 0.02, wide)
    for s in (-1, 1):
        draw_foot(pen, coat, s * wide * 0.5, 0.0, 0.24, s)
    behind = rng.random() < 0.5
    poses = pick_poses(pen)
    shoulder = top * 0.52
    if behind:
        draw_arms(pen, coat, wide * 0.82, shoulder, 0.72, 0.15, poses)
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
        draw_horns(pen, coat, 0.0, top * 0.9, wide * 0.62)
    coat.cover(rounded(body))
    if rng.random() < 0.45:
        pen.blob(ellipse(0, top * 0.27, wide * 0.52, -top * 0.19, n=10), mix(coat.fur, coat.skin, 0.75))
    size = wide * rng.uniform(0.52, 0.7)
    draw_face(pen, coat, 0.0, top * 0.68, size)
    if rng.random() < 0.4:
        coat.fringe(0.0, top * 0.68 - size * 0.75, size * 0.75)
    if rng.random() < 0.2:
        draw_spots(pen, coat, wide, top)
    if not behind:
        draw_arms(pen, coat, wide * 0.82, shoulder, 0.72, 0.15, poses)
    if rng.random() < 0.1:
        props.scarf(pen, 0, top * 0.48, wide * 0.92)
    if not coat.horned:
        draw_top(pen, coat, 0.0, top, wide * 0.5)


def _giant(pen: Pen, coat: Coat) -> None:
    rng = pen.rng
    broad, hips = rng.uniform(0.6, 0.8), rng.uniform(0.36, 0.5)
    for s in (-1, 1):
        draw_foot(pen, coat, s * 0.36, 0.02, 0.26, s)
        coat.cover(tube([(s * 0.26, -0.6), (s * 0.36, -0.3), (s * 0.36, -0.04)], 0.26, 0.2), 0.08)
    poses = pick_poses(pen)
    behind = rng.random() < 0.35
    if behind:
        draw_arms(pen, coat, broad * 0.86, -1.25, 1.15, 0.21, poses)
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
        draw_arms(pen, coat, broad * 0.86, -1.25, 1.15, 0.21, poses)
    x, y, r = rng.uniform(-0.12, 0.12), rng.uniform(-1.62, -1.22), rng.uniform(0.34, 0.5)
    if coat.horned:
        draw_horns(pen, coat, x, y - r * 0.5, r * 0.8)
    draw_ears(pen, coat, x, y, r)
    coat.cover(ellipse(x, y, r, r * 1.12), length=0.8, head=True)
    draw_face(pen, coat, x, y + r * 0.1, r * 0.8)
    if rng.random() < 0.1:
        props.scarf(pen, x, y + r * 1.1, r * 1.1)
    if not coat.horned:
        draw_top(pen, coat, x, y - r * 0.95, r * 0.8)


def _child(pen: Pen, coat: Coat) -> None:
    rng = pen.rng
    if rng.random() < 0.2:
        props.ride(pen, 0.02, 0.4)
    sitting = rng.random() < 0.45
    for s in (-1, 1):
        draw_foot(pen, coat, s * (0.36 if sitting else 0.22), 0.02, 0.19, s)
    coat.cover(ellipse(0, -0.38, 0.42, 0.38))
    if rng.random() < 0.6:
        pen.oval(0, -0.34, 0.24, 0.22, mix(coat.fur, coat.skin, 0.55))
    draw_arms(pen, coat, 0.34, -0.5, 0.45, 0.11, pick_poses(pen))
    r = rng.uniform(0.5, 0.64)
    y = -0.62 - r * 0.8
    draw_ears(pen, coat, 0, y, r)
    if coat.horned:
        draw_horns(pen, coat, 0, y - r * 0.55, r * 0.75)
    coat.cover(ellipse(0, y, r, r * 0.9), head=True)
    coat.scary = False
    draw_face(pen, coat, 0, y + r * 0.12, r * 0.72, big=True)
    if rng.random() < 0.4:
        coat.fringe(0, y - r * 0.5, r * 0.5)
    if not coat.horned:
        draw_top(pen, coat, 0, y - r * 0.8, r * 0.75)


def _tall(pen: Pen, coat: Coat) -> None:
    rng = pen.rng
    coat.smooth = False  # of this build, only the fur tells it from a person
    stride = rng.uniform(0.16, 0.42)
    for s in (-1, 1):
        draw_foot(pen, coat, s * stride, 0.0, 0.2, s)
        coat.cover(tube([(s * 0.17, -0.85), (s * (0.14 + stride) / 2, -0.45), (s * stride, -0.05)], 0.2, 0.15), 0.06)
    with pen.at(0, -0.8, rng.gauss(0, 5)):
        draw_arms(pen, coat, 0.34, -0.62, 0.85, 0.13, pick_poses(pen))
        coat.cover(rounded(profile([(0.0, -0.8), (0.3, -0.74), (0.44, -0.55), (0.4, -0.2), (0.38, 0.1), (0.0, 0.16)])))
        r = rng.uniform(0.26, 0.34)
        if coat.horned:
            draw_horns(pen, coat, 0, -0.8 - r * 0.9, r * 0.8)
        coat.cover(ellipse(0, -0.84 - r * 0.4, r, r * 1.2), head=True)
        draw_face(pen, coat, 0, -0.84 - r * 0.35, r * 0.74)
        if rng.random() < 0.12:
            props.scarf(pen, 0, -0.68, 0.3)
        if not coat.horned:
            draw_top(pen, coat, 0, -0.84 - r * 1.45, r * 0.8)


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
        draw_hand(pen, coat, *hand, 0.13)
        if coat.horned:
            pen.blob([(0.1, -1.78), (0.3, -1.82), (0.34, -2.12), (0.16, -1.98)], coat.horn)


def _portrait(pen: Pen, coat: Coat) -> None:
    rng = pen.rng
    if coat.horned:
        draw_horns(pen, coat, 0, -0.5, 0.68)
    if rng.random() < 0.4:
        coat.cover(rounded(profile([(0.0, 0.3), (0.7, 0.45), (1.05, 0.85), (1.1, 1.2), (0.0, 1.2)])), 0.07, 1.2)
    coat.length *= 1.2
    shape = rng.choice(("round", "round", "beard", "hood"))
    if shape != "hood":
        draw_ears(pen, coat, 0, 0, 0.82)
    below: list[Point] = {
        "round": [(0.84, 0.1), (0.7, 0.55), (0.35, 0.85), (0.0, 0.98)],
        "beard": [(0.8, 0.2), (0.72, 0.7), (0.4, 1.1), (0.16, 1.3), (0.0, 1.5)],
        "hood": [(0.86, 0.2), (0.9, 0.7), (1.05, 1.2), (1.1, 1.5), (0.0, 1.52)],
    }[shape]
    coat.cover(rounded(profile([(0.0, -0.95), (0.5, -0.82), (0.78, -0.4), *below])), head=True)
    size = rng.uniform(0.5, 0.66)
    draw_face(pen, coat, 0, 0.02, size)
    if rng.random() < 0.4:
        coat.fringe(0, 0.02 - size * 0.7, size * 0.8)
    if not coat.horned:
        draw_top(pen, coat, 0, -0.8, 0.55)
