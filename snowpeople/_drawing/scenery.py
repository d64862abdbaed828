"""Backgrounds, shared by all labels so that none of them tells the label."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageDraw, ImageFilter

from .clutter import clutter
from .props import BRIGHT
from .shapes import INK, WHITE, Colour, mix

Size = tuple[int, int]
SKIES: tuple[tuple[Colour, Colour], ...] = (
    ((110, 170, 235), (220, 238, 252)), ((60, 120, 200), (170, 210, 245)), ((30, 36, 80), (110, 100, 160)),
    ((240, 150, 110), (255, 225, 170)), ((150, 120, 200), (235, 215, 245)), ((200, 214, 226), (244, 246, 250)),
    ((14, 18, 40), (40, 60, 110)), ((80, 190, 200), (210, 245, 235)),
)  # fmt: skip
NATURAL: tuple[Colour, ...] = (
    (70, 92, 60), (110, 130, 80), (96, 74, 56), (150, 120, 90), (60, 60, 66), (120, 124, 130), (180, 184, 190),
    (226, 232, 240), (90, 120, 160), (140, 170, 205), (40, 46, 60), (190, 160, 120), (150, 70, 60), (210, 190, 160),
)  # fmt: skip


def vary(rng: Random, colour: Colour, amount: int = 18) -> Colour:
    """Return a colour near the given one."""
    r, g, b = (min(255, max(0, c + rng.randint(-amount, amount))) for c in colour)
    return r, g, b


def gradient(size: Size, top: Colour, bottom: Colour) -> Image.Image:
    """Return a vertical gradient."""
    ramp = Image.linear_gradient("L").resize(size, Image.Resampling.BILINEAR)
    return Image.merge(
        "RGB",
        [ramp.point([round(a + (b - a) * i / 255) for i in range(256)]) for a, b in zip(top, bottom, strict=True)],
    )


def any_colour(rng: Random) -> Colour:
    """Return a colour of any kind, often a pale one."""
    colour = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
    return mix(mix(colour, WHITE, rng.choice((0.0, 0.3, 0.6))), (128, 128, 136), rng.choice((0.0, 0.25, 0.5)))


def mottled(rng: Random, size: Size) -> Image.Image:
    """Return a ground of two or three natural colours in soft blots, like a photo out of focus."""
    first, second, third = (vary(rng, c, 30) for c in rng.sample(NATURAL, 3))
    coarse, fine = rng.choice((3, 4, 6, 9)), rng.choice((12, 24, 48))
    picture = gradient(size, first, mix(first, INK, rng.uniform(0.0, 0.4)))
    for colour, cells in ((second, coarse), (third, fine)):
        blots = Image.frombytes("L", (cells, cells), rng.randbytes(cells * cells))
        blots = blots.resize(size, Image.Resampling.BICUBIC).point(
            [max(0, min(255, round((i - 70) * 1.35))) for i in range(256)]
        )
        share = rng.uniform(0.3, 0.8) if cells == coarse else rng.uniform(0.1, 0.45)
        picture.paste(colour, (0, 0), blots.point([round(i * share) for i in range(256)]))
    return picture


def paint(rng: Random, size: Size, full: bool = False) -> tuple[Image.Image, float]:
    """Return a background and how far down its ground begins (0 to 1; 1 for none).

    A full one can stand alone: it shows a place or things, not just colours.
    """
    kinds = {
        "white": 13, "plain": 8, "gradient": 9, "outdoors": 34, "room": 7, "city": 4, "checker": 4, "stripes": 2,
        "blur": 13, "bokeh": 4,
        "busy": 9, "rays": 2,
    }  # fmt: skip
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    if full:
        kind = rng.choice(("outdoors", "room", "city", "busy", "busy", "busy"))
    if kind == "outdoors":
        return _outdoors(rng, size)
    if kind == "room":
        return _room(rng, size)
    if kind == "city":
        return _city(rng, size)
    return _studio(rng, size, kind), 1.0


def _studio(rng: Random, size: Size, kind: str) -> Image.Image:
    w, h = size
    a, b = any_colour(rng), any_colour(rng)
    if kind == "white":
        return Image.new("RGB", size, rng.choice((WHITE, WHITE, (246, 246, 246), (236, 240, 244))))
    if kind == "plain":
        return Image.new("RGB", size, a)
    if kind == "gradient":
        return gradient(size, a, b)
    if kind == "blur":
        return mottled(rng, size)
    if kind == "busy":
        return clutter(rng, size)
    picture = gradient((w * 2, h * 2), a, mix(a, INK, 0.3))
    draw = ImageDraw.Draw(picture)
    if kind == "checker":
        cell = rng.choice((8, 12, 20)) * w // 100
        pale, dark = rng.choice(((WHITE, (238, 238, 238)), (WHITE, (204, 204, 204)), (a, b)))
        draw.rectangle((0, 0, w * 2, h * 2), fill=pale)
        for i in range(0, w * 2, cell):
            for j in range(0, h * 2, cell):
                if (i // cell + j // cell) % 2:
                    draw.rectangle((i, j, i + cell - 1, j + cell - 1), fill=dark)
    elif kind == "stripes":
        gap, slant = max(2, round(w * rng.uniform(0.12, 0.33))), rng.choice((0, w, -w))
        for x in range(-w * 2, w * 4, gap * 2):
            draw.polygon([(x, 0), (x + gap, 0), (x + gap + slant, h * 2), (x + slant, h * 2)], fill=mix(a, b, 0.5))
    elif kind == "bokeh":
        for _ in range(rng.randint(12, 40)):
            left, top, r = rng.uniform(0, w * 2), rng.uniform(0, h * 2), rng.uniform(0.06, 0.28) * w
            draw.ellipse((left, top, left + r, top + r), fill=mix(a, vary(rng, b, 60), rng.uniform(0.3, 1)))
        return picture.reduce(2).filter(ImageFilter.GaussianBlur(w / rng.uniform(40, 120)))
    else:
        for k in range(0, 360, 24):
            draw.pieslice((-w, -h, w * 3, h * 3), k, k + 12, fill=mix(a, WHITE, 0.35))
    return picture.reduce(2)


def _hills(draw: ImageDraw.ImageDraw, rng: Random, w: int, h: int, y: float, rough: float, colour: Colour) -> None:
    points = [(0.0, h * 1.0)]
    n = rng.randint(4, 9)
    for k in range(n + 1):
        points.append((w * k / n, h * (y + rng.uniform(-rough, rough))))
    draw.polygon([*points, (w, h)], fill=colour)


def _fir(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, colour: Colour, snowy: bool) -> None:
    for k in range(3):
        width, base = r * (0.5 - k * 0.13), y - r * 0.38 * k
        draw.polygon([(x - width, base), (x, base - r * 0.62), (x + width, base)], fill=colour)
        if snowy:
            draw.polygon(
                [(x - width * 0.5, base - r * 0.3), (x, base - r * 0.64), (x + width * 0.5, base - r * 0.3)],
                fill=(238, 244, 252),
            )


def _outdoors(rng: Random, size: Size) -> tuple[Image.Image, float]:
    w, h = size[0] * 2, size[1] * 2
    top, low = rng.choice(SKIES)
    picture = gradient((w, h), vary(rng, top), vary(rng, low))
    draw = ImageDraw.Draw(picture)
    horizon = rng.uniform(0.45, 0.82)
    land = rng.choices(("snow", "grass", "beach", "lake", "desert"), (56, 16, 13, 9, 6))[0]
    dark = sum(low) < 420
    ground = {
        "snow": (238, 244, 252),
        "grass": (120, 176, 84),
        "beach": (238, 214, 160),
        "lake": (120, 180, 215),
        "desert": (216, 160, 100),
    }[land]
    ground = mix(vary(rng, ground, 10), low, 0.45 if dark else 0.12)
    if rng.random() < 0.5:
        x, y, r = rng.uniform(0, w), rng.uniform(0.05, 0.3) * h, rng.uniform(0.04, 0.1) * w
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(250, 246, 220) if dark else (255, 240, 180))
    for _ in range(rng.randint(0, 4)):
        x, y, r = rng.uniform(0, w), rng.uniform(0.02, 0.4) * h, rng.uniform(0.04, 0.09) * w
        for dx in (-1, 0, 1):
            draw.ellipse((x + dx * r - r, y - r * 0.5, x + dx * r + r, y + r * 0.5), fill=mix(low, WHITE, 0.6))
    if rng.random() < 0.55:
        _hills(draw, rng, w, h, horizon - 0.14, 0.13, mix(low, vary(rng, (110, 130, 175), 25), 0.6))
    if land == "beach":
        draw.rectangle((0, h * (horizon - 0.12), w, h), fill=(70, 160, 200))
    if rng.random() < (0.6 if land in ("snow", "lake", "grass") else 0.1):
        green = mix(
            vary(rng, rng.choice(((50, 100, 80), (40, 80, 90), (90, 120, 150), (80, 60, 60)))),
            low,
            rng.uniform(0.05, 0.5),
        )
        for _ in range(rng.randint(4, 16)):
            r = rng.uniform(0.1, 0.42) * h
            _fir(
                draw,
                rng.uniform(0, w),
                (horizon + rng.uniform(0, 0.04)) * h,
                r,
                vary(rng, green, 8),
                land == "snow" and rng.random() < 0.5,
            )
    _hills(draw, rng, w, h, horizon, 0.035, ground)
    if rng.random() < 0.6:
        _hills(draw, rng, w, h, horizon + 0.16, 0.05, mix(ground, WHITE if rng.random() < 0.5 else low, 0.3))
    picture = picture.reduce(2)
    if rng.random() < 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(size[0] * rng.uniform(0.006, 0.03)))
    return picture, horizon


def _room(rng: Random, size: Size) -> tuple[Image.Image, float]:
    w, h = size[0] * 2, size[1] * 2
    wall, floor = (
        any_colour(rng),
        vary(rng, rng.choice(((150, 104, 70), (190, 170, 150), (110, 100, 96), (170, 70, 60)))),
    )
    picture = gradient((w, h), wall, mix(wall, INK, 0.25))
    draw = ImageDraw.Draw(picture)
    edge = rng.uniform(0.6, 0.85)
    draw.rectangle((0, h * edge, w, h), fill=floor)
    for _ in range(rng.randint(1, 4)):
        x, y, r = rng.uniform(0, w * 0.85), rng.uniform(0, 0.4) * h, rng.uniform(0.1, 0.3) * w
        draw.rectangle((x - 4, y - 4, x + r + 4, y + r * 1.2 + 4), fill=mix(floor, INK, 0.4))
        draw.rectangle((x, y, x + r, y + r * 1.2), fill=any_colour(rng))
    for _ in range(rng.randint(0, 3)):
        x, r = rng.uniform(0, w), rng.uniform(0.1, 0.35) * w
        draw.rectangle((x, h * edge - r, x + r * 1.3, h * (edge + 0.06)), fill=vary(rng, rng.choice(BRIGHT)))
    picture = picture.reduce(2)
    if rng.random() < 0.6:
        picture = picture.filter(ImageFilter.GaussianBlur(size[0] * rng.uniform(0.006, 0.035)))
    return picture, edge


def _city(rng: Random, size: Size) -> tuple[Image.Image, float]:
    w, h = size[0] * 2, size[1] * 2
    top, low = rng.choice(SKIES)
    picture = gradient((w, h), top, low)
    draw = ImageDraw.Draw(picture)
    edge = rng.uniform(0.65, 0.85)
    # In shares of the picture, so that a seed gives the same windows at every size.
    x, step = 0.0, 1 / 22
    while x < 1:
        r, y = rng.uniform(0.08, 0.2), rng.uniform(0.1, 0.5)
        wall = mix(vary(rng, (110, 100, 110), 50), top, 0.25)
        draw.rectangle((x * w, y * h, (x + r) * w, edge * h), fill=wall)
        lit = rng.choice(((250, 230, 150), (60, 70, 90)))
        for row in range(int((edge - y) / step)):
            for column in range(int(r / step)):
                if rng.random() < 0.6:
                    i, j = (x + (column + 0.3) * step) * w, (y + (row + 0.4) * step) * h
                    draw.rectangle((i, j, i + step * w / 2, j + step * h / 2), fill=lit)
        x += r + rng.uniform(0, 0.03)
    draw.rectangle((0, h * edge, w, h), fill=vary(rng, rng.choice(((96, 98, 106), (230, 236, 245)))))
    return picture.reduce(2), edge
