"""Edits change a picture as they say, by as much as they are asked, and nothing else."""

import numpy as np
import pytest
from helpers import scene
from PIL import Image

from snowpeople import edits
from snowpeople.edits import EDITS

NAMES = list(EDITS)
GRADUAL = [name for name in NAMES if EDITS[name].gradual]


def distance(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one, np.float32) - np.asarray(other, np.float32)).mean())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(48, 32), (1, 1), (1, 40), (300, 2)])
@pytest.mark.parametrize("strength", [0.0, 0.01, 0.5, 1.0])
def test_any_picture_can_be_edited_and_is_itself_not_changed(name: str, size: tuple[int, int], strength: float) -> None:
    picture = scene(size)
    before = picture.tobytes()
    edited = EDITS[name](picture, strength)
    assert (edited.mode, edited.size) == ("RGB", size)
    assert edited is not picture
    assert picture.tobytes() == before
    assert EDITS[name](picture, strength).tobytes() == edited.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_strength_0_is_the_picture(name: str) -> None:
    assert EDITS[name].name == name
    assert EDITS[name](scene(), 0).tobytes() == scene().tobytes()


@pytest.mark.parametrize("name", [name for name in GRADUAL if name not in {"turn", "crop"}])
def test_more_strength_changes_more(name: str) -> None:
    distances = [distance(scene(), EDITS[name](scene(), strength / 8)) for strength in range(9)]
    assert distances == sorted(distances)
    assert distances[-1] > 3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_outside_of_the_scale_is_refused(name: str, strength: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        EDITS[name](scene(), strength)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_only_rgb_is_edited(mode: str) -> None:
    with pytest.raises(ValueError, match=f"not {mode}"):
        EDITS["blur"](Image.new(mode, (8, 8)), 0.5)


def test_turn_is_clockwise_and_fills_corners_with_the_mean_colour() -> None:
    square = scene((40, 40))
    assert distance(EDITS["turn"](square, 0.5), square.transpose(Image.Transpose.ROTATE_270)) < 1
    assert distance(EDITS["turn"](square, 1), square.transpose(Image.Transpose.ROTATE_180)) < 1
    assert EDITS["turn"](square, 0.25).getpixel((0, 0)) == edits.mean_colour(square)


def test_mirror_swaps_left_and_right_at_any_strength() -> None:
    mirrored = np.asarray(scene())[:, ::-1]
    for strength in (0.01, 1):
        assert np.array_equal(np.asarray(EDITS["mirror"](scene(), strength)), mirrored)


def test_crop_shows_the_middle_larger() -> None:
    picture = Image.new("RGB", (40, 80), "blue")
    picture.paste((255, 0, 0), (15, 30, 25, 50))
    inner = EDITS["crop"](picture, 1).crop((3, 3, 37, 77))  # edges are mixed with what is beside them
    assert inner.getextrema() == ((255, 255), (0, 0), (0, 0))
    assert EDITS["crop"](picture, 0.5).getpixel((1, 1)) == (0, 0, 255)


def test_blur_and_noise_look_the_same_at_any_size() -> None:
    small, large = scene((60, 60)), scene((60, 60)).resize((240, 240), Image.Resampling.NEAREST)
    blurred = EDITS["blur"](large, 1).resize((60, 60), Image.Resampling.BOX)
    assert distance(blurred, EDITS["blur"](small, 1)) < 2
    grey = [Image.new("RGB", (side, side), (128,) * 3) for side in (128, 512)]
    one, other = (np.asarray(EDITS["noise"](picture, 0.2)) for picture in grey)
    assert np.array_equal(one, other[::4, ::4])
    assert one.std() == pytest.approx(0.2 * edits.NOISE * 255, rel=0.02)


def test_brightness_and_colour_end_in_black_white_and_grey() -> None:
    assert EDITS["darken"](scene(), 1).getextrema() == ((0, 0),) * 3
    assert EDITS["brighten"](scene(), 1).getextrema() == ((255, 255),) * 3
    faded = np.asarray(EDITS["fade"](scene(), 1))
    assert np.array_equal(faded[..., 0], faded[..., 2])
    assert np.array_equal(faded[..., 0], np.asarray(scene().convert("L")))


@pytest.mark.parametrize("middle", [(0.5, 0.5), (0.0, 0.0), (1.0, 0.3), (0.9, 1.0)])
def test_cover_covers_a_rectangle_of_the_picture_and_no_more(middle: tuple[float, float]) -> None:
    covered = np.asarray(edits.cover(scene((60, 40)), 0.5, middle))
    patch = (covered == edits.mean_colour(scene((60, 40)))).all(-1)
    ys, xs = np.nonzero(patch)
    assert patch.sum() == 30 * 20
    assert (xs.max() - xs.min(), ys.max() - ys.min()) == (29, 19)
    assert np.array_equal(covered[~patch], np.asarray(scene((60, 40)))[~patch])
    assert abs((xs.min() + 15) / 60 - min(max(middle[0], 0.25), 0.75)) < 0.02
