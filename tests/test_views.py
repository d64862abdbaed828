"""Views: a square of the right size whatever the picture, the same for a seed, with the figure still in it."""

from random import Random

import numpy as np
import pytest
from helpers import scene
from PIL import Image

from snowpeople.distill import views

SHAPES = [(1, 300), (300, 1), (1, 1), (2, 500), (700, 3), (64, 48), (31, 33)]


def figure(size: tuple[int, int] = (40, 60)) -> Image.Image:
    """A red figure on a transparent ground."""
    picture = Image.new("RGBA", size)
    picture.paste((255, 0, 0, 255), (size[0] // 8, 0, size[0] - size[0] // 8, size[1]))
    return picture


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("with_scene", [False, True])
def test_a_view_is_a_square_of_any_picture(mode: str, with_scene: bool) -> None:
    for seed in range(300):
        rng = Random(seed)
        picture = Image.new(mode, rng.choice(SHAPES), (200, 90, 30))
        behind = scene(rng.choice(SHAPES)) if with_scene else None
        size = rng.choice([16, 32, 65])
        result = views.view(picture, rng, size, behind)
        assert (result.mode, result.size) == ("RGB", (size, size)), seed


def test_the_same_seed_gives_the_same_view() -> None:
    for seed in range(150):
        for picture in (scene(), figure()):
            first, second = (views.view(picture, Random(seed), 32, scene((60, 60))) for _ in range(2))
            assert first.tobytes() == second.tobytes(), seed


def test_views_differ() -> None:
    assert len({views.view(scene(), Random(seed), 32).tobytes() for seed in range(50)}) == 50


def test_a_view_leaves_the_picture_and_the_scene_as_they_were() -> None:
    picture, cut_out, behind = scene(), figure(), scene((50, 50))
    before = [image.tobytes() for image in (picture, cut_out, behind)]
    for seed in range(60):
        views.view(picture, Random(seed), 32, behind)
        views.view(cut_out, Random(seed), 32, behind)
    assert [image.tobytes() for image in (picture, cut_out, behind)] == before


def test_a_cut_out_is_pasted_and_the_scene_shows_around_it() -> None:
    green = Image.new("RGB", (80, 80), (0, 255, 0))
    for seed in range(100):
        pixels = np.asarray(views.paste(figure(), green, Random(seed)))
        background = (pixels == (0, 255, 0)).all(-1).mean()
        assert 0.02 < background < 0.98, seed


def test_what_is_transparent_stays_so_when_the_figure_is_recoloured() -> None:
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    green = Image.new("RGB", (80, 80), (0, 255, 0))
    assert all(views.paste(clear, green, Random(seed)).tobytes() == green.tobytes() for seed in range(50))


def test_a_crop_keeps_the_share_of_the_area_it_promises() -> None:
    # On a ramp from left to right and top to bottom, the range of levels tells what part was kept.
    ramp = np.arange(256, dtype=np.uint8)
    picture = Image.fromarray(np.stack([*np.meshgrid(ramp, ramp), np.zeros((256, 256), np.uint8)], -1))
    for seed in range(100):
        kept = np.asarray(views.crop(picture, Random(seed), 64), np.int16)
        width, height = (np.ptp(kept[..., channel]) / 255 for channel in (0, 1))
        assert width * height >= 0.45, seed


def test_a_backdrop_is_plain_or_shaded() -> None:
    colours = {len(set(views.backdrop(Random(seed), 16).get_flattened_data())) for seed in range(40)}
    assert 1 in colours
    assert max(colours) > 10
    assert all(views.backdrop(Random(seed), 33).size == (33, 33) for seed in range(40))


def test_wear_leaves_most_pictures_untouched() -> None:
    picture = scene((32, 32))
    same = [views.wear(picture, Random(seed)).tobytes() == picture.tobytes() for seed in range(200)]
    assert 0.4 < np.mean(same) < 0.75


def test_noise_is_grey_and_about_zero() -> None:
    grey = Image.new("RGB", (64, 64), (128, 128, 128))
    worn = [np.asarray(views.wear(grey, Random(seed)), np.float32) for seed in range(200)]
    noisy = [pixels for pixels in worn if pixels.std() > 5]
    assert noisy
    for pixels in noisy:
        assert np.ptp(pixels, axis=-1).max() == 0
        assert pixels.mean() == pytest.approx(128, abs=4)
        assert 10 < pixels.std() < 60


def test_recolour_keeps_the_shape_of_things() -> None:
    picture = scene((48, 48)).convert("L").convert("RGB")
    for seed in range(50):
        result = views.recolour(picture, Random(seed))
        assert (result.mode, result.size) == ("RGB", picture.size)
        levels = [np.asarray(image.convert("L"), np.float32).ravel() for image in (picture, result)]
        assert np.asarray(np.corrcoef(np.stack(levels)))[0, 1] > 0.8, seed
