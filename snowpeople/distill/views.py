"""Varied views of a picture: what augmentation shows a learner instead of the picture itself.

A view is a picture cropped, shrunk into another scene, turned, recoloured or worn by compression,
as cartoons, photos of toys and phone snapshots are. Views are drawn with Pillow, in float-free
8-bit steps, and depend on nothing but the picture and the random generator.
"""

from __future__ import annotations

import io
from random import Random

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps


def backdrop(rng: Random, size: int) -> Image.Image:
    """A square RGB background of `size` pixels: one colour, a gradient, or coloured patches."""
    first, second = ((rng.randrange(256), rng.randrange(256), rng.randrange(256)) for _ in range(2))
    if rng.random() < 0.35:
        grey = rng.choice([255, 255, 255, 240, 200, 30, 0])
        colour = (grey, grey, grey) if rng.random() < 0.6 else first
        return Image.new("RGB", (size, size), colour)
    if rng.random() < 0.6:
        ramp = Image.linear_gradient("L").rotate(rng.choice([0, 90, 180, 270])).resize((size, size))
    else:
        cells = rng.choice([3, 5, 8])
        ramp = Image.new("L", (cells, cells))
        ramp.putdata([rng.randrange(256) for _ in range(cells * cells)])
        ramp = ramp.resize((size, size), rng.choice([Image.Resampling.BICUBIC, Image.Resampling.NEAREST]))
    return ImageOps.colorize(ramp, first, second)


def crop(picture: Image.Image, rng: Random, size: int, least: float = 0.5) -> Image.Image:
    """A random part of `picture`, at least the share `least` of its area, squished to a square of `size` pixels."""
    area = rng.uniform(least, 1) if rng.random() < 0.75 else 1.0
    stretch = rng.uniform(0.85, 1.18) if area < 1 else 1.0
    width = min(picture.width, picture.width * area**0.5 * stretch)
    height = min(picture.height, picture.height * area**0.5 / stretch)
    left, top = rng.uniform(0, picture.width - width), rng.uniform(0, picture.height - height)
    box = (left, top, left + width, top + height)
    return picture.resize((size, size), Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)


def paste(figure: Image.Image, scene: Image.Image, rng: Random, smallest: float = 0.3) -> Image.Image:
    """`figure` (RGBA or RGB) somewhere in the square `scene`, its longer side from `smallest` to 1.1 of the scene's."""
    side = scene.width
    longest = side * rng.triangular(smallest, 1.1, 0.8)
    scale = longest / max(figure.size)
    stretch = rng.uniform(0.85, 1.18)
    width, height = max(2, round(figure.width * scale * stretch)), max(2, round(figure.height * scale / stretch))
    small = figure.convert("RGBA").resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
    if rng.random() < 0.5:
        small = small.rotate(rng.uniform(-25, 25), Image.Resampling.BILINEAR, expand=True)
    if rng.random() < 0.4:
        colours = recolour(small.convert("RGB"), rng)
        colours.putalpha(small.getchannel("A"))
        small = colours
    overhang = 0.12
    left = rng.uniform(-overhang * small.width, side - small.width * (1 - overhang))
    top = rng.uniform(-overhang * small.height, side - small.height * (1 - overhang))
    result = scene.copy()
    result.paste(small, (round(left), round(top)), small)
    return result


def recolour(picture: Image.Image, rng: Random) -> Image.Image:
    """`picture` (RGB) with brightness, contrast, saturation and, at times, hue changed."""
    for enhance, spread in ((ImageEnhance.Brightness, 0.35), (ImageEnhance.Contrast, 0.35), (ImageEnhance.Color, 0.6)):
        if rng.random() < 0.7:
            picture = enhance(picture).enhance(rng.uniform(1 - spread, 1 + spread))
    if rng.random() < 0.3:
        hue, saturation, value = picture.convert("HSV").split()
        shift = rng.randrange(-22, 23) % 256
        hue = hue.point([(level + shift) % 256 for level in range(256)])
        picture = Image.merge("HSV", (hue, saturation, value)).convert("RGB")
    if rng.random() < 0.06:
        picture = ImageOps.grayscale(picture).convert("RGB")
    return picture


def wear(picture: Image.Image, rng: Random) -> Image.Image:
    """`picture` (RGB, square) as cameras, compression and old screens leave it; most come back untouched."""
    side = picture.width
    chance = rng.random()
    if chance < 0.08:
        return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 2.5) * side / 128))
    if chance < 0.15:
        cells = round(side / rng.uniform(2, 5))
        return picture.resize((cells, cells), Image.Resampling.BOX).resize((side, side), Image.Resampling.NEAREST)
    if chance < 0.30:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=rng.randrange(12, 60))
        return Image.open(buffer).convert("RGB")
    if chance < 0.37:
        # Not Image.effect_noise, which draws from a generator of its own.
        noise = Image.frombytes("L", (side, side), rng.randbytes(side * side))
        reach = rng.uniform(26, 87)  # a standard deviation of 15 to 50
        levels = [round(128 + (level / 127.5 - 1) * reach) for level in range(256)]
        return ImageChops.add(picture, noise.point(levels).convert("RGB"), scale=1, offset=-128)
    if chance < 0.40:
        return ImageOps.posterize(picture, rng.choice([2, 3]))
    if chance < 0.43:
        return ImageOps.autocontrast(picture)
    return picture


def view(picture: Image.Image, rng: Random, size: int, scene: Image.Image | None = None) -> Image.Image:
    """One random view of `picture`, a square of `size` pixels.

    A picture with transparency is always put into `scene` (or a plain backdrop); an opaque one
    is mostly cropped, and at times shrunk into the scene whole, as a small figure far away would be.
    """
    cut_out = picture.mode == "RGBA"
    if cut_out or rng.random() < 0.2:
        behind = crop(scene.convert("RGB"), rng, size, 0.3) if scene is not None else backdrop(rng, size)
        result = paste(picture, behind, rng, 0.3 if cut_out else 0.4)
    else:
        result = crop(picture, rng, size)
        if rng.random() < 0.3:
            fill = tuple(rng.randrange(256) for _ in range(3))
            result = result.rotate(rng.uniform(-18, 18), Image.Resampling.BILINEAR, fillcolor=fill)
    if rng.random() < 0.5:
        result = ImageOps.mirror(result)
    return wear(recolour(result, rng), rng)
