"""Busy grounds: grass, leaves, bricks, planks, stones, shelves, crowds, as photos have them."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from .props import BRIGHT
from .shapes import INK, WHITE, Colour, mix

Size = tuple[int, int]
GREENS: tuple[Colour, ...] = (
    (70, 120, 50),
    (100, 140, 60),
    (50, 90, 50),
    (130, 150, 80),
    (150, 120, 60),
    (90, 110, 90),
)
EARTHS: tuple[Colour, ...] = (
    (150, 90, 70),
    (120, 84, 60),
    (170, 140, 110),
    (110, 108, 106),
    (90, 70, 60),
    (190, 180, 165),
)


def _near(rng: Random, colour: Colour, amount: float = 0.35) -> Colour:
    return mix(colour, rng.choice((INK, WHITE)), rng.uniform(0, amount))


def clutter(rng: Random, size: Size) -> Image.Image:
    """Return a busy ground of one of several kinds."""
    w, h = size
    base = rng.choice(GREENS if rng.random() < 0.5 else EARTHS)
    picture = Image.new("RGB", size, mix(base, INK, 0.4))
    draw = ImageDraw.Draw(picture)
    paint = rng.choice((_grass, _leaves, _bricks, _planks, _stones, _shelves, _crowd))
    paint(rng, draw, w, h, base)
    if rng.random() < 0.6:
        picture = picture.filter(ImageFilter.GaussianBlur(w * rng.uniform(0.003, 0.018)))
    return picture


def _grass(rng: Random, draw: ImageDraw.ImageDraw, w: int, h: int, base: Colour) -> None:
    for k in range(300):
        x, y, r = rng.uniform(0, w), h * (k / 300 * 1.15), h * rng.uniform(0.05, 0.2)
        tip = (x + rng.uniform(-0.5, 0.5) * r, y - r)
        draw.polygon([(x - r * 0.07, y), tip, (x + r * 0.07, y)], fill=_near(rng, base))


def _leaves(rng: Random, draw: ImageDraw.ImageDraw, w: int, h: int, base: Colour) -> None:
    second = rng.choice((base, rng.choice(GREENS), rng.choice(BRIGHT)))
    for _ in range(260):
        x, y, r, a = rng.uniform(0, w), rng.uniform(0, h), w * rng.uniform(0.02, 0.07), rng.uniform(0, math.tau)
        dx, dy = math.cos(a) * r, math.sin(a) * r
        leaf = [(x - dx, y - dy), (x + dy * 0.5, y - dx * 0.5), (x + dx, y + dy), (x - dy * 0.5, y + dx * 0.5)]
        draw.polygon(leaf, fill=_near(rng, rng.choice((base, base, second)), 0.5))


def _bricks(rng: Random, draw: ImageDraw.ImageDraw, w: int, h: int, base: Colour) -> None:
    tall = rng.uniform(0.04, 0.1)
    wide = tall * rng.uniform(1.0, 2.4)
    for row in range(int(1 / tall) + 1):
        for column in range(-1, int(1 / wide) + 1):
            x, y = (column + 0.5 * (row % 2)) * wide, row * tall
            box = (x * w, y * h, (x + wide * 0.93) * w, (y + tall * 0.88) * h)
            draw.rectangle(box, fill=_near(rng, base, 0.3))


def _planks(rng: Random, draw: ImageDraw.ImageDraw, w: int, h: int, base: Colour) -> None:
    n = rng.randint(4, 12)
    for k in range(n):
        tone = _near(rng, base, 0.3)
        draw.rectangle((k * w / n + 1, 0, (k + 1) * w / n - 1, h), fill=tone)
        for _ in range(7):
            x, y = (k + rng.random()) * w / n, rng.uniform(0, h)
            draw.line((x, y, x + w * 0.005, y + h * rng.uniform(0.1, 0.5)), fill=mix(tone, INK, 0.25))


def _stones(rng: Random, draw: ImageDraw.ImageDraw, w: int, h: int, base: Colour) -> None:
    for _ in range(220):
        x, y, r = rng.uniform(0, w), rng.uniform(0, h), w * rng.uniform(0.012, 0.06)
        tone = _near(rng, base, 0.55)
        draw.ellipse((x - r, y - r * 0.7, x + r, y + r * 0.7), fill=mix(tone, INK, 0.4))
        draw.ellipse((x - r, y - r * 0.75, x + r * 0.8, y + r * 0.5), fill=tone)


def _shelves(rng: Random, draw: ImageDraw.ImageDraw, w: int, h: int, base: Colour) -> None:
    """Boxes, dials and wires: a shop, a workshop, the front of a machine."""
    for _ in range(70):
        x, y, a, b = (
            rng.uniform(-0.1, 1) * w,
            rng.uniform(-0.1, 1) * h,
            rng.uniform(0.03, 0.3) * w,
            rng.uniform(0.03, 0.3) * h,
        )
        tone = _near(rng, rng.choice((base, (130, 132, 140), (60, 62, 70), rng.choice(BRIGHT))))
        draw.rectangle((x, y, x + a, y + b), fill=tone, outline=mix(tone, INK, 0.5))
        if rng.random() < 0.4:
            r = min(a, b) * 0.35
            draw.ellipse((x + a / 2 - r, y + b / 2 - r, x + a / 2 + r, y + b / 2 + r), fill=_near(rng, tone, 0.6))
    for _ in range(rng.randint(0, 12)):
        ends = (rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0, w), rng.uniform(0, h))
        draw.line(ends, fill=_near(rng, base, 0.9), width=max(1, w // 80))


def _crowd(rng: Random, draw: ImageDraw.ImageDraw, w: int, h: int, base: Colour) -> None:
    """People in rows, seen from afar."""
    for k in range(36):
        x, y, r = rng.uniform(0, w), h * (0.25 + k / 40), w * rng.uniform(0.04, 0.07)
        draw.ellipse((x - r * 1.7, y + r * 0.8, x + r * 1.7, y + r * 6), fill=_near(rng, rng.choice((base, *BRIGHT))))
        skin = rng.choice(((250, 214, 184), (196, 140, 100), (110, 74, 54)))
        draw.ellipse((x - r, y - r * 1.3, x + r, y + r * 1.2), fill=skin)
        hair = rng.choice(((60, 42, 34), (34, 30, 34), (206, 160, 84)))
        draw.pieslice((x - r * 1.05, y - r * 1.4, x + r * 1.05, y + r), 180, 360, fill=hair)
