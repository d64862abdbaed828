"""The fur and limbs of a yeti."""

from __future__ import annotations

from collections.abc import Sequence

from . import props
from .shapes import INK, WHITE, Colour, Pen, Point, mix, tube

FURS: tuple[tuple[Colour, int], ...] = (
    ((248, 250, 254), 13), ((232, 238, 248), 6), ((205, 226, 246), 5), ((176, 206, 238), 3), ((214, 204, 240), 3),
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
        self.mane = (
            mix(self.fur, rng.choice((WHITE, (96, 62, 44), (60, 80, 140))), 0.6) if rng.random() < 0.14 else self.fur
        )
        self.length = rng.choice((rng.uniform(0.05, 0.12), rng.uniform(0.05, 0.12), rng.uniform(0.12, 0.2)))
        self.soft = rng.random() < 0.3
        self.smooth = rng.random() < 0.25
        self.glove = rng.choice(props.BRIGHT) if rng.random() < 0.1 else None
        self.scary = rng.random() < 0.4
        self.horned = rng.random() < 0.33
        self.horn = rng.choice(((236, 220, 180), (250, 200, 80), (96, 86, 84), mix(self.skin, WHITE, 0.3)))

    def cover(self, outline: Sequence[Point], shade: float = 0.0, length: float = 1.0, head: bool = False) -> None:
        """Draw a furry part, a little darker where shade is above 0."""
        fur = mix(self.mane if head else self.fur, (70, 90, 150), shade)
        if self.smooth:
            self.pen.polygon(outline, fur)
            self.pen.strands(outline, fur, 0.15)
        else:
            self.pen.fur(outline, fur, self.length * length, self.soft)

    def fringe(self, x: float, y: float, w: float) -> None:
        """Let a fringe of hair hang from (x, y) over the brow, w to either side."""
        rng = self.pen.rng
        tips: list[Point] = []
        n = rng.choice((4, 5, 6))
        for k in range(n):
            at = x - w + 2 * w * (k + 0.5) / n
            tips.append((at - w / n, y + w * 0.08))
            tips.append((at + rng.uniform(-0.2, 0.2) * w, y + w * rng.uniform(0.3, 0.6)))
        self.pen.polygon(
            [*tips, (x + w, y), (x + w * 0.6, y - w * 0.3), (x, y - w * 0.42), (x - w * 0.6, y - w * 0.3)], self.mane
        )


def draw_ears(pen: Pen, coat: Coat, x: float, y: float, r: float) -> None:
    """Draw ears beside a head of radius r, now and then."""
    if pen.rng.random() < 0.35:
        for s in (-1, 1):
            pen.oval(x + s * r * 1.02, y, r * 0.24, r * 0.28, coat.skin)
            pen.oval(x + s * r * 1.08, y, r * 0.12, r * 0.15, mix(coat.skin, INK, 0.25), "detail")


def draw_spots(pen: Pen, coat: Coat, wide: float, top: float) -> None:
    """Draw flecks in the fur of the belly."""
    rng = pen.rng
    tone = mix(coat.fur, (60, 80, 140), rng.uniform(0.15, 0.35))
    for _ in range(rng.randint(6, 14)):
        x, y, k = rng.uniform(-0.75, 0.75) * wide, rng.uniform(0.12, 0.5) * top, rng.uniform(0.04, 0.08)
        pen.blob([(x - k * 0.5, y), (x, y - k), (x + k * 0.5, y), (x, y + k * 1.2)], tone, "texture")


def pick_poses(pen: Pen) -> tuple[str, str]:
    """Choose a pose for the left arm and the right."""
    rng = pen.rng
    pose = rng.choice(("down", "down", "up", "wave", "out", "hips", "ape", "roar"))
    if pose == "wave":
        return ("down", "up") if rng.random() < 0.5 else ("up", "hips")
    return (pose, pose)


def draw_arms(pen: Pen, coat: Coat, x: float, y: float, length: float, thick: float, poses: tuple[str, str]) -> None:
    """Draw both arms from shoulders x to either side of the middle."""
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
            draw_hand(pen, coat, *at, thick * 1.02, down=hand[1] > 0)
            if holding and s > 0:
                props.held(pen, *at, length * 0.34)


def draw_hand(pen: Pen, coat: Coat, x: float, y: float, r: float, down: bool = True) -> None:
    """Draw a hand of radius r."""
    way = 1 if down else -1
    if coat.glove:
        pen.oval(x, y + way * r * 0.3, r * 1.05, r * 1.3, coat.glove)
        pen.oval(x - r * 0.9, y + way * r * 0.1, r * 0.4, r * 0.5, coat.glove)
        return
    claw = mix(coat.horn, WHITE, 0.4) if coat.scary else coat.skin
    for k in (-0.6, 0.0, 0.6):
        tip = (x + k * r * 1.35, y + way * r * (1.5 - abs(k) * 0.4))
        pen.limb([(x + k * r, y + way * r * 0.3), tip], r * 0.34, r * 0.24, coat.skin)
        if coat.scary:
            pen.polygon(
                [(tip[0] - r * 0.22, tip[1]), (tip[0], tip[1] + way * r * 0.6), (tip[0] + r * 0.22, tip[1])], claw
            )
    pen.oval(x, y, r, r * 0.9, coat.skin)


def draw_foot(pen: Pen, coat: Coat, x: float, y: float, w: float, side: int) -> None:
    """Draw a foot of half width w."""
    skin = mix(coat.skin, INK, 0.08)
    with pen.at(x, y, 0, 1, side):
        pen.blob(
            [(-w * 0.8, -0.05), (-w * 0.5, -0.2), (w * 0.5, -0.2), (w * 1.1, -0.03), (w, 0.08), (-w * 0.7, 0.08)], skin
        )
        for k in (0.1, 0.5, 0.9):
            pen.oval(w * k, 0.04, w * 0.22, w * 0.2, mix(skin, WHITE, 0.2))


def draw_horns(pen: Pen, coat: Coat, x: float, y: float, w: float) -> None:
    """Draw two horns on a head of half width w."""
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


def draw_top(pen: Pen, coat: Coat, x: float, y: float, w: float) -> None:
    """Draw a hat or a tuft of hair on a head of half width w."""
    rng = pen.rng
    chance = rng.random()
    if chance < 0.2:
        props.hat(pen, x, y + w * 0.32, w * 1.02)
    elif chance < 0.65:
        for k in (-0.45, 0.0, 0.45):
            tip = (x + k * w * 1.2 + rng.uniform(-0.1, 0.1) * w, y - w * rng.uniform(0.3, 0.6))
            pen.polygon([(x + k * w - w * 0.28, y + w * 0.12), tip, (x + k * w + w * 0.28, y + w * 0.12)], coat.fur)
