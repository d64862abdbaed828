"""What comes last, for every label alike: weather, words, frames, and what a camera or a bad copy does."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from .props import BRIGHT
from .scenery import any_colour
from .shapes import INK, WHITE

WORDS = (
    "YETI",
    "snowman",
    "Hello",
    "SNOW",
    "Bye!",
    "No. 7",
    "winter",
    "2024",
    "Merry",
    "sale",
    "LET IT GO",
    "brr",
    "COOL",
    "abc",
    "Wow!",
    "ice",
)


def weather(rng: Random, picture: Image.Image) -> None:
    """Let snow, rain or confetti fall over the picture, in place."""
    w, h = picture.size
    draw = ImageDraw.Draw(picture)
    kind = rng.choices(("snow", "rain", "confetti", "sparks"), (70, 8, 10, 12))[0]
    for _ in range(rng.randint(10, 90)):
        x, y, r = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0.003, 0.014) * w
        if kind == "snow":
            draw.ellipse((x - r, y - r, x + r, y + r), fill=WHITE)
        elif kind == "rain":
            draw.line((x, y, x - r * 2, y + r * 7), fill=(190, 210, 235))
        elif kind == "confetti":
            draw.rectangle((x, y, x + r * 2, y + r), fill=rng.choice(BRIGHT))
        else:
            draw.line((x - r * 2, y, x + r * 2, y), fill=(255, 250, 210))
            draw.line((x, y - r * 2, x, y + r * 2), fill=(255, 250, 210))


def scribble(rng: Random, picture: Image.Image) -> None:
    """Write a word somewhere, in place."""
    w, h = picture.size
    font = ImageFont.load_default(size=max(8, round(h * rng.uniform(0.06, 0.17))))
    place = (w * rng.uniform(0.02, 0.55), h * rng.choice((0.02, 0.05, 0.78, 0.84)))
    stroke = rng.choice((0, 0, 1, 2))
    ImageDraw.Draw(picture).text(
        place,
        rng.choice(WORDS),
        fill=rng.choice([INK, WHITE, *BRIGHT]),
        font=font,
        stroke_width=stroke,
        stroke_fill=rng.choice((INK, WHITE)),
    )


def frame(rng: Random, picture: Image.Image) -> Image.Image:
    """Return the picture in a frame: a disc, a border, bars, a rounded card."""
    w, h = picture.size
    kind = rng.choice(("disc", "border", "bars", "card"))
    colour = rng.choice([WHITE, WHITE, INK, (236, 236, 236), *BRIGHT])
    if kind in ("border", "bars"):
        t = round(w * rng.uniform(0.02, 0.1))
        draw = ImageDraw.Draw(picture)
        if kind == "border":
            draw.rectangle((0, 0, w - 1, h - 1), outline=colour, width=max(1, t))
        else:
            draw.rectangle((0, 0, w, t * 2), fill=colour)
            draw.rectangle((0, h - t * 2, w, h), fill=colour)
        return picture
    mask = Image.new("L", (w * 2, h * 2))
    inset = rng.uniform(0, 0.06) * w
    area = (inset, inset, w * 2 - inset, h * 2 - inset)
    if kind == "disc":
        ImageDraw.Draw(mask).ellipse(area, fill=255)
    else:
        ImageDraw.Draw(mask).rounded_rectangle(area, w * 0.3, fill=255)
    return Image.composite(picture, Image.new("RGB", (w, h), colour), mask.reduce(2))


def pixelated(figure: Image.Image, cells: int) -> Image.Image:
    """Return an RGBA figure as pixel art, `cells` pixels on its longer side, hard-edged."""
    w, h = figure.size
    share = min(1.0, cells / max(w, h))
    small = figure.resize((max(2, round(w * share)), max(2, round(h * share))), Image.Resampling.BOX)
    alpha = small.getchannel("A").point([0] * 70 + [255] * 186)
    flat = small.convert("RGB").quantize(14, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).convert("RGB")
    flat.putalpha(alpha)
    return flat.resize((w, h), Image.Resampling.NEAREST)


def rough(rng: Random, figure: Image.Image) -> Image.Image:
    """Return an RGBA figure with the grain of plush, icing or snow."""
    cells = rng.choice((40, 70, 110))
    low = rng.randint(185, 228)
    grain = Image.frombytes("L", (cells, cells), rng.randbytes(cells * cells))
    grain = grain.resize(figure.size, Image.Resampling.BICUBIC).point(
        [low + i * (255 - low) // 255 for i in range(256)]
    )
    textured = ImageChops.multiply(figure.convert("RGB"), grain.convert("RGB"))
    textured.putalpha(figure.getchannel("A"))
    return textured


def finish(rng: Random, picture: Image.Image, gentle: bool) -> Image.Image:
    """Return the picture as a camera, a scan or a bad copy would show it; most are left alone.

    A gentle finish spares small figures, which blur and coarse pixels would wipe out.
    """
    w, h = picture.size
    kinds = {"none": 50, "photo": 22, "grey": 5, "pixels": 5, "blur": 5, "wash": 6, "dark": 3}
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    if gentle and kind in ("pixels", "blur"):
        return picture
    if kind == "photo":
        warm = rng.choice(((255, 240, 220), (225, 235, 255), (255, 255, 255), (255, 225, 200)))
        picture = picture.filter(ImageFilter.GaussianBlur(w * rng.uniform(0.001, 0.003 if gentle else 0.007)))
        if rng.random() < 0.6:
            falloff = Image.radial_gradient("L").resize((w, h)).point([255 - round(i * 0.5) for i in range(256)])
            picture = ImageChops.multiply(picture, falloff.convert("RGB"))
        picture = ImageChops.multiply(picture, Image.new("RGB", (w, h), warm))
        share = rng.uniform(0.02, 0.06 if gentle else 0.12)
        grain = Image.frombytes("L", (w, h), rng.randbytes(w * h)).convert("RGB")
        return Image.blend(picture, grain, share)
    if kind == "grey":
        return picture.convert("L").convert("RGB")
    if kind == "pixels":
        n = rng.randint(52, 88)
        small = picture.resize((n, n), Image.Resampling.BOX)
        return (
            small.quantize(24, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            .convert("RGB")
            .resize((w, h), Image.Resampling.NEAREST)
        )
    if kind == "blur":
        return picture.filter(ImageFilter.GaussianBlur(w * rng.uniform(0.005, 0.013)))
    if kind == "wash":
        return Image.blend(picture, Image.new("RGB", (w, h), any_colour(rng)), rng.uniform(0.1, 0.28))
    if kind == "dark":
        return ImageChops.multiply(
            picture, Image.new("RGB", (w, h), rng.choice(((140, 150, 200), (170, 150, 140), (140, 140, 150))))
        )
    return picture
