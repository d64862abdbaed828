"""Simple edits of a picture, each with a strength from 0, the picture as it is, to 1: for tricking a classifier.

All take and return an RGB picture of the same size, and change nothing but the copy they return.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageFilter, ImageOps, ImageStat

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float32]]

TURN = 180  # degrees, to the right
CROP = 0.75  # of each side
BLUR = 0.06  # of the shorter side: the radius, as CSS has it
NOISE = 0.5  # the standard deviation, as a share of the way from black to white
GRAINS = 128  # of noise, across and down: a picture's size does not change how it looks


@dataclass(frozen=True)
class Edit:
    """A way to change a picture: ``edit(picture, strength)``.

    ``words`` says in English what became of it. One that is not ``gradual`` is done at any strength above 0, or not at
    all.
    """

    name: str
    words: str
    apply: Callable[[Image.Image, float], Image.Image]
    gradual: bool = True

    def __call__(self, picture: Image.Image, strength: float) -> Image.Image:
        """Return the edited picture. Raises ValueError for a strength outside of 0 to 1, or a picture not RGB."""
        if not 0 <= strength <= 1:
            raise ValueError(f"a strength is from 0 to 1, not {strength}")
        if picture.mode != "RGB":
            raise ValueError(f"edits are for RGB pictures, not {picture.mode}: see snowpeople.picture.read")
        return self.apply(picture, strength) if strength else picture.copy()


def turn(picture: Image.Image, strength: float) -> Image.Image:
    """Turn about the middle, clockwise, by up to 180 degrees; corners that come in have the picture's mean colour."""
    return picture.rotate(-TURN * strength, Image.Resampling.BILINEAR, fillcolor=mean_colour(picture))


def mirror(picture: Image.Image, strength: float) -> Image.Image:
    """Swap left and right, at any strength."""
    return ImageOps.mirror(picture)


def crop(picture: Image.Image, strength: float) -> Image.Image:
    """Zoom into the middle, up to four times."""
    keep = 1 - CROP * strength
    left, top = picture.width * (1 - keep) / 2, picture.height * (1 - keep) / 2
    box = (left, top, picture.width - left, picture.height - top)
    return picture.resize(picture.size, Image.Resampling.BILINEAR, box=box)


def blur(picture: Image.Image, strength: float) -> Image.Image:
    """Blur, by a Gaussian of up to 6 % of the shorter side."""
    return picture.filter(ImageFilter.GaussianBlur(BLUR * strength * min(picture.size)))


def noise(picture: Image.Image, strength: float) -> Image.Image:
    """Add noise to each colour, in 128 grains across and down, always the same."""
    import numpy as np

    across = np.arange(picture.width) * GRAINS // picture.width
    down = np.arange(picture.height) * GRAINS // picture.height
    grains = (NOISE * 255 * strength * _grains())[down[:, None], across]
    return Image.fromarray((np.asarray(picture) + grains).round().clip(0, 255).astype(np.uint8))


def darken(picture: Image.Image, strength: float) -> Image.Image:
    """Mix with black."""
    return Image.blend(picture, Image.new("RGB", picture.size), strength)


def brighten(picture: Image.Image, strength: float) -> Image.Image:
    """Mix with white."""
    return Image.blend(picture, Image.new("RGB", picture.size, "white"), strength)


def fade(picture: Image.Image, strength: float) -> Image.Image:
    """Mix with its own greys."""
    return Image.blend(picture, ImageOps.grayscale(picture).convert("RGB"), strength)


def cover(picture: Image.Image, strength: float, middle: tuple[float, float] = (0.5, 0.5)) -> Image.Image:
    """Cover a rectangle of the picture's shape with its mean colour: ``strength`` of its width and height, round a
    ``middle`` (x and y, as shares of them), moved as far as it takes to be in the picture whole.
    """
    width, height = (max(1, round(side * strength)) for side in picture.size)
    left = min(max(0, round(middle[0] * picture.width - width / 2)), picture.width - width)
    top = min(max(0, round(middle[1] * picture.height - height / 2)), picture.height - height)
    covered = picture.copy()
    covered.paste(mean_colour(picture), (left, top, left + width, top + height))
    return covered


def mean_colour(picture: Image.Image) -> tuple[int, int, int]:
    """Return the mean red, green and blue of an RGB picture, from 0 to 255."""
    red, green, blue = ImageStat.Stat(picture).mean
    return round(red), round(green), round(blue)


@cache
def _grains() -> Floats:
    import numpy as np

    return np.random.default_rng(0).standard_normal((GRAINS, GRAINS, 3), np.float32)


EDITS: dict[str, Edit] = {
    edit.name: edit
    for edit in (
        Edit("turn", "turned to the right", turn),
        Edit("mirror", "mirrored", mirror, gradual=False),
        Edit("crop", "zoomed in", crop),
        Edit("blur", "blurred", blur),
        Edit("noise", "with noise", noise),
        Edit("darken", "darker", darken),
        Edit("brighten", "brighter", brighten),
        Edit("fade", "with less colour", fade),
        Edit("cover", "with a part covered", cover),
    )
}
