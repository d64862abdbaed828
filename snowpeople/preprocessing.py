"""What a network is fed of an upright picture, and which part of the picture that is."""

import math

from PIL import Image


def enough(size: int) -> int:
    """The shorter side, in pixels, of which a large photo is decoded for an input of ``size`` pixels.

    Five times the input moves no probability of a network in float32 by 0.01; two and a half times, by up to 0.03.
    """
    return 5 * size


def fit(upright: Image.Image, size: int, resize: str) -> Image.Image:
    """A square of ``size`` pixels, made as fastai does on its validation set.

    ``resize`` is "squish", all of the picture; "crop", the largest square in the middle, both as ``Resize(size,
    method=resize)``; or "middle", all but the edges of it squished, as ``RandomResizedCrop(size)``.
    """
    if resize == "middle":
        cut = edge(size)
        whole = upright.resize((size + 2 * cut,) * 2, Image.Resampling.BILINEAR)
        return whole.crop((cut, cut, cut + size, cut + size))
    if resize == "crop":
        side = max(1, int(min(upright.size) / size * size))  # with fastai's own rounding
        left, top = (upright.width - side) // 2, (upright.height - side) // 2
        upright = upright.crop((left, top, left + side, top + side))
    return upright.resize((size, size), Image.Resampling.BILINEAR)


def seen(upright: tuple[int, int], size: int, resize: str) -> tuple[float, float, float, float]:
    """Which part of a picture of ``upright`` (width, height) pixels ``fit`` keeps: left, top, right and bottom, as
    shares of its width and height.
    """
    across = down = 0.0
    if resize == "middle":
        cut = edge(size)
        across = down = cut / (size + 2 * cut)
    elif resize == "crop":
        width, height = upright
        across, down = (0.5 - min(upright) / (2 * side) for side in (width, height))
    return across, down, 1 - across, 1 - down


def edge(size: int) -> int:
    """How many pixels ``fit`` cuts off at each side for "middle"."""
    return math.ceil(size * 0.14 / 8) * 4  # fastai's own number and rounding
