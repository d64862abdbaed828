"""The tall pear-shaped head, with its carrot, its tooth and its twigs of hair."""

from __future__ import annotations

from . import props
from .shapes import INK, WHITE, Colour, Pen, mix

MOUTHS: tuple[Colour, ...] = ((62, 78, 104), (84, 102, 128), (80, 34, 42), (34, 32, 44), (126, 44, 52))


def draw_head(pen: Pen, snow: Colour, twig: Colour, yaw: float, disc: bool = False) -> None:
    """Draw the head with its chin at the origin, about 1 high; on a disc as badges have it, if so wished."""
    rng = pen.rng
    capped = rng.random() < 0.1
    if not capped:
        _hair(pen, twig)
    full = rng.uniform(0.94, 1.08)
    brow, jaw = 0.215 * rng.uniform(0.92, 1.1), 0.37 * full
    taper = rng.uniform(0.72, 1.0)
    rows = [
        (0.0, -1.0), (brow * 0.62, -0.965), (brow * 0.95, -0.86), (brow, -0.72), (brow * 1.08, -0.58),
        (jaw * 0.84, -0.46), (jaw, -0.34),
        (jaw * (0.5 + 0.49 * taper), -0.22), (jaw * 0.84 * taper, -0.09), (jaw * 0.5 * taper, 0.0), (0.0, 0.02),
    ]  # fmt: skip
    # Turned aside, the muzzle swells on that side and draws in on the other.
    swell = [yaw * (0.075 if y > -0.55 else -0.01) for _, y in rows]
    right = [(w + d, y) for (w, y), d in zip(rows, swell, strict=True)]
    left = [(d - w, y) for (w, y), d in zip(reversed(rows[1:-1]), reversed(swell[1:-1]), strict=True)]
    if disc:
        pen.oval(0, -0.46, 0.56, 0.56, snow)
    else:
        pen.blob(right + left, snow)
    turn = yaw * 0.1
    _mouth(pen, snow, turn, jaw, taper)
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


def _mouth(pen: Pen, snow: Colour, turn: float, jaw: float, taper: float) -> None:
    rng = pen.rng
    dark = rng.choice(MOUTHS)
    kind = rng.choices(("open", "grin", "closed"), (58, 24, 18))[0]
    with pen.at(turn, 0):
        w = jaw * rng.uniform(0.76, 0.92) * (0.6 + 0.4 * taper)
        if kind == "closed":
            pen.line([(-w, -0.34), (-w * 0.5, -0.22), (0, -0.18), (w * 0.5, -0.22), (w, -0.34)], (90, 96, 120), 0.02)
            pen.blob([(-0.07, -0.19), (0.07, -0.19), (0.06, -0.1), (-0.06, -0.1)], WHITE, "detail")
            pen.line([(-0.07, -0.19), (-0.06, -0.1), (0.06, -0.1), (0.07, -0.19)], (120, 126, 150), 0.012)
            return
        deep = rng.uniform(-0.06, -0.03) if kind == "open" else rng.uniform(-0.15, -0.11)
        upper = [(-w, -0.4), (-w * 0.6, -0.315), (0, -0.275), (w * 0.6, -0.315), (w, -0.4)]
        lower = [
            (w * 0.86 * taper, -0.24),
            (w * 0.5, (deep - 0.14) / 2 - 0.03),
            (0, deep),
            (-w * 0.5, (deep - 0.14) / 2 - 0.03),
        ]
        pen.blob([*upper, *lower, (-w * 0.86 * taper, -0.24)], dark, "detail")
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
    state = rng.choices(("open", "shut", "half", "dots"), (78, 8, 7, 7))[0]
    shades = rng.random() < 0.04
    for s in (-1, 1):
        x, y = turn * 1.2 + s * gap * (1 - abs(turn) * 0.8), -0.67
        if state == "shut":
            pen.line([(x - big * 0.8, y), (x, y - big * 0.6), (x + big * 0.8, y)], INK, 0.022)
        elif state == "dots":
            pen.oval(x, y, big * 0.8, big * 0.95, INK, "detail")
            pen.oval(x + big * 0.25, y - big * 0.3, big * 0.2, big * 0.2, WHITE)
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
