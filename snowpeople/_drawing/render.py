"""Turns recorded shapes into pixels: one figure, many art styles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .shapes import INK, WHITE, Colour, Shape, mix

PAPERS: tuple[Colour, ...] = (WHITE, (250, 246, 235), (226, 236, 250), (20, 24, 40))


@dataclass(frozen=True)
class Style:
    """How shapes are painted; widths are shares of the figure's longer side."""

    kind: str = "flat"  # flat, outlined, shaded, toned, clay, sketch, silhouette
    ink: Colour = INK
    paper: Colour = WHITE
    line: float = 0.012
    light: Colour = WHITE
    rim: Colour | None = None
    side: float = 0.35  # where the light falls on a shaded shape, 0 left to 1 right
    depth: float = 0.35
    clay: Colour = (196, 198, 202)

    @staticmethod
    def pick(rng: Random) -> Style:
        """Choose a style; no label prefers any."""
        kinds = {"shaded": 44, "outlined": 20, "flat": 13, "toned": 12, "sketch": 5, "silhouette": 4, "clay": 3}
        kind = rng.choices(list(kinds), list(kinds.values()))[0]
        light = WHITE
        if rng.random() < 0.3:
            tints = (
                (200, 215, 255),
                (215, 195, 250),
                (255, 225, 195),
                (255, 205, 190),
                (150, 165, 215),
                (190, 190, 200),
            )
            light = rng.choice(tints)
        ink = INK
        if rng.random() < 0.35:
            ink = rng.choice(((60, 40, 40), (30, 50, 100), (90, 90, 100), (70, 30, 90)))
        paper = WHITE
        if kind == "silhouette":
            ink = rng.choice((INK, (20, 60, 120), (200, 40, 90), (30, 140, 100), (250, 250, 250), (90, 60, 140)))
            paper = WHITE if sum(ink) < 600 else rng.choice(((20, 24, 40), (30, 90, 170), (30, 140, 100)))
            light = WHITE
        elif kind == "sketch":
            paper = rng.choice((WHITE, WHITE, (250, 246, 235), (235, 240, 250)))
            if rng.random() < 0.2:
                ink, paper = WHITE, rng.choice((INK, (20, 50, 120), (25, 70, 50)))
            light = WHITE
        rim = rng.choice((WHITE, WHITE, INK, (255, 220, 80))) if rng.random() < 0.13 else None
        if kind == "silhouette" and paper != WHITE:
            rim = paper  # else white would be lost on a pale ground
        return Style(
            kind, ink, paper, rng.uniform(0.006, 0.02), light, rim, rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.5)
        )


@cache
def _glow() -> Image.Image:
    return Image.radial_gradient("L")


def _tinted(colour: Colour, light: Colour) -> Colour:
    return (colour[0] * light[0] // 255, colour[1] * light[1] // 255, colour[2] * light[2] // 255)


def _ramp(colour: Colour, depth: float) -> list[list[int]]:
    near = mix(colour, WHITE, (0.5 * depth + 0.1) * (0.3 + sum(colour) / 1100))
    far = mix(colour, (colour[0] // 3, colour[1] // 3, min(255, colour[2] // 2 + 12)), min(1.0, depth * 1.5))
    return [[round(n + (f - n) * (i / 255) ** 2) for i in range(256)] for n, f in zip(near, far, strict=True)]


def _shade(canvas: Image.Image, points: list[tuple[float, float]], colour: Colour, style: Style, cast: bool) -> None:
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    x0, y0, x1, y1 = int(min(xs)), int(min(ys)), int(max(xs)) + 2, int(max(ys)) + 2
    w, h = x1 - x0, y1 - y0
    mask = Image.new("L", (w, h))
    ImageDraw.Draw(mask).polygon([(x - x0, y - y0) for x, y in points], fill=255)
    if cast:
        _shadow(canvas, mask, (x0, y0))
    left = 128 - 210 * style.side
    glow = _glow().resize(
        (w, h), Image.Resampling.BILINEAR, box=(max(0, left * 0.6 + 26), 44, min(256, left * 0.6 + 226), 244)
    )
    bands = [glow.point(ramp) for ramp in _ramp(colour, style.depth)]
    bands.append(mask)
    canvas.paste(Image.merge("RGBA", bands), (x0, y0), mask)


def _shadow(canvas: Image.Image, mask: Image.Image, corner: tuple[int, int]) -> None:
    """Darken what is already painted round and below the shape in the mask, as a part in front would."""
    w, h = mask.size
    reach = max(w, h) // 8
    wide = Image.new("L", (w + 2 * reach, h + 2 * reach))
    wide.paste(mask, (reach, reach + reach // 3))
    small = wide.resize((max(1, wide.width // 8), max(1, wide.height // 8)), Image.Resampling.BOX)
    soft = small.filter(ImageFilter.BoxBlur(max(1, reach / 16))).resize(wide.size, Image.Resampling.BILINEAR)
    box = (corner[0] - reach, corner[1] - reach)
    painted = canvas.getchannel("A").crop((*box, box[0] + wide.width, box[1] + wide.height))
    canvas.paste((36, 44, 80, 255), box, ImageChops.multiply(soft.point([i * 2 // 5 for i in range(256)]), painted))


def _stroke(draw: ImageDraw.ImageDraw, points: list[tuple[float, float]], colour: Colour, width: float) -> None:
    thick = max(1, round(width))
    draw.line(points, fill=(*colour, 255), width=thick, joint="curve")
    if thick > 3:
        r = thick / 2
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=(*colour, 255))


def render(shapes: Sequence[Shape], style: Style, side: int) -> Image.Image:
    """Paint the shapes, cropped to themselves, with the longer side `side` pixels; mode RGBA."""
    x0 = min(x - s.width / 2 for s in shapes for x, _ in s.points)
    x1 = max(x + s.width / 2 for s in shapes for x, _ in s.points)
    y0 = min(y - s.width / 2 for s in shapes for _, y in s.points)
    y1 = max(y + s.width / 2 for s in shapes for _, y in s.points)
    margin = style.line * 2 + (0.03 if style.rim else 0.0) + 0.005
    scale = 2 * side / (max(x1 - x0, y1 - y0) * (1 + 2 * margin))
    pad = 2 * side * margin / (1 + 2 * margin)
    size = (max(2, round((x1 - x0) * scale + 2 * pad)), max(2, round((y1 - y0) * scale + 2 * pad)))
    canvas = Image.new("RGBA", size)
    draw = ImageDraw.Draw(canvas)
    pen = max(1.5, style.line * 2 * side)
    placed = [[((x - x0) * scale + pad, (y - y0) * scale + pad) for x, y in s.points] for s in shapes]
    if style.rim:
        for shape, points in zip(shapes, placed, strict=True):
            if shape.role == "body" or shape.width:
                closed = points if shape.width else [*points, points[0]]
                _stroke(draw, closed, style.rim, shape.width * scale + 0.06 * 2 * side)
    for shape, points in zip(shapes, placed, strict=True):
        plain = style.kind in ("sketch", "silhouette")
        if shape.role == "texture" and (style.kind == "silhouette" or (style.kind != "shaded" and len(placed) % 2)):
            continue
        colour = _tinted(shape.colour, style.light)
        if style.kind == "silhouette":
            colour = style.ink if shape.role == "body" else style.paper
        elif style.kind == "sketch":
            dark = shape.role != "texture" and sum(shape.colour) < 240
            colour = style.ink if dark or shape.width else style.paper
        elif style.kind == "clay":
            colour = mix(_tinted(style.clay, style.light), INK, 0.0 if shape.role == "body" else 0.25)
        if shape.width:
            _stroke(draw, points, colour, shape.width * scale)
            continue
        spread = (max(p[0] for p in points) - min(p[0] for p in points)) / side
        if style.kind in ("shaded", "clay") and spread > 0.06:
            _shade(canvas, points, colour, style, cast=shape.role == "body" and spread > 0.2)
        else:
            draw.polygon(points, fill=(*colour, 255))
        if style.kind in ("outlined", "sketch") or (style.kind == "toned" and shape.role == "body"):
            edge = mix(colour, INK, 0.4) if style.kind == "toned" else style.ink
            _stroke(draw, [*points, points[0], points[1]], edge, pen * (1 if shape.role == "body" else 0.6))
        elif not plain and style.kind == "flat" and shape.role == "body":
            _stroke(draw, [*points, points[0]], mix(colour, (60, 80, 130), 0.18), pen * 0.6)
    return canvas.reduce(2)
