"""A network is fed what fastai would feed it, and it is known which part of a picture that is."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from helpers import encode, scene
from PIL import Image

from snowpeople import Classifier, picture
from snowpeople.preprocessing import enough, fit, seen


@pytest.mark.parametrize("target", [8, 49, 64])
@pytest.mark.parametrize("method", ["squish", "crop"])
def test_odd_sizes_fit_as_fastai_fits_them(method: str, target: int, fastai_vision: ModuleType) -> None:
    resize = fastai_vision.Resize(target, method=method)
    for size in [(49, 98), (97, 31), (33, 34), (2, 301), (107, 103), (58, 29)]:
        learners = resize(fastai_vision.PILImage(scene(size)), split_idx=1)
        assert fit(scene(size), target, method).tobytes() == learners.tobytes(), size


@pytest.mark.parametrize("method", ["squish", "crop", "middle"])
@pytest.mark.parametrize("size", [(40, 40), (400, 100), (30, 90), (70, 35)])
def test_what_is_seen_is_what_is_fitted(method: str, size: tuple[int, int]) -> None:
    left, top, right, bottom = seen(size, 40, method)
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1
    edges = round(left * size[0]), round(top * size[1]), round(right * size[0]), round(bottom * size[1])
    ramp = Image.linear_gradient("L").resize(size).convert("RGB")
    fitted, cut = fit(ramp, 40, method), ramp.crop(edges).resize((40, 40), Image.Resampling.BILINEAR)
    assert np.abs(np.asarray(fitted, float) - np.asarray(cut, float)).mean() < 3


def test_a_photo_decoded_smaller_gets_the_same_probabilities(shipped_export: Path) -> None:
    classifier = Classifier.load(shipped_export)
    for path in sorted((shipped_export.parent / "examples").glob("*.png")):
        photo = encode(picture.read(path).resize((2000, 1500), Image.Resampling.BICUBIC), "JPEG", quality=90)
        exact = picture.decode(photo)
        assert picture.decode(photo, smallest=enough(classifier.card["size"])).height < exact.height
        reduced = classifier.classify(photo).probabilities
        for label, probability in classifier.classify(exact).probabilities.items():
            assert reduced[label] == pytest.approx(probability, abs=0.01)
