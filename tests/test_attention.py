"""Where the classifier looked: tested where the right answer is known, and with the shipped export on drawings."""

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from helpers import encode, make_model, scene, with_familiarity
from PIL import Image

from snowpeople import Classifier, PictureError, drawing, edits
from snowpeople._drawing import scenery
from snowpeople.attention import GRID, Attention, attention

SIZE = 64
Cells = np.ndarray[Any, np.dtype[np.bool_]]


@pytest.fixture
def classifier(card: dict[str, Any]) -> Classifier:
    """It names the main colour: red is abominable, green is neither, blue is olaf."""
    return Classifier(make_model(SIZE), {**card, "size": SIZE})


def patched(size: tuple[int, int] = (80, 80), colour: str = "red", ground: str = "black") -> Image.Image:
    """A coloured rectangle, from 1/8 to 3/8 across and from 1/2 to 3/4 down."""
    picture = Image.new("RGB", size, ground)
    picture.paste(colour, (size[0] // 8, size[1] // 2, size[0] * 3 // 8, size[1] * 3 // 4))
    return picture


HERE: Cells = np.zeros((GRID, GRID), np.bool_)
HERE[4:6, 1:3] = True
AROUND: Cells = np.zeros((GRID, GRID), np.bool_)
AROUND[3:7, 0:4] = True  # covers that reach these cells reach the rectangle


@pytest.mark.parametrize(("colour", "label"), [("red", "abominable"), ("blue", "olaf"), ("lime", "neither")])
@pytest.mark.parametrize("size", [(80, 80), (400, 80), (24, 160), (64, 64)])
def test_it_looked_at_the_patch_and_nowhere_else(
    colour: str, label: str, size: tuple[int, int], classifier: Classifier
) -> None:
    found = attention(classifier, patched(size, colour))
    assert (found.label, found.size, found.box) == (label, size, (0, 0, 1, 1))
    assert found.answer == classifier.classify(patched(size, colour))
    assert found.probability == found.answer.probability
    assert found.drops.shape == (GRID, GRID)
    assert found.drops.dtype == np.float32
    assert found.drops[HERE].min() > 1.5 * found.drops[~HERE].max()
    assert found.drops[~AROUND].max() < 0.01
    assert found.middle[0] == pytest.approx(0.25, abs=0.1)
    assert found.middle[1] == pytest.approx(0.625, abs=0.1)


def test_covering_what_speaks_against_a_label_helps_it(classifier: Classifier) -> None:
    found = attention(classifier, patched(colour="blue", ground="#640000"), "abominable")
    assert found.label == found.answer.label == "abominable"
    assert found.drops[HERE].max() < 0
    assert found.drops[~AROUND].min() > 0


def test_an_unlikely_label_can_be_asked_for(classifier: Classifier) -> None:
    found = attention(classifier, patched(colour="blue"), "neither")
    assert found.answer.label == "olaf"
    assert found.probability < 0.3
    assert found.drops[HERE].max() < 0
    assert found.caption == f"where it looked for neither ({found.probability:.0%}); its answer is olaf"
    assert (found.drops <= found.probability).all()
    with pytest.raises(ValueError, match="choose one of abominable, neither, olaf"):
        attention(classifier, patched(), "yeti")


@pytest.mark.parametrize(
    ("thresholds", "words"),
    [
        ({"familiar": 0.99}, "; its answer is neither, as the picture is unlike all that it learnt"),
        ({"known": 0.99}, "; its answer is neither"),
    ],
)
def test_neither_for_a_threshold_is_explained_by_the_likeliest(
    thresholds: dict[str, float], words: str, card: dict[str, Any]
) -> None:
    classifier = Classifier(with_familiarity(make_model(SIZE)), {**card, "size": SIZE, "thresholds": thresholds})
    found = attention(classifier, patched())
    assert (found.answer.label, found.label) == ("neither", "abominable")
    assert found.probability == found.answer.probabilities["abominable"]
    assert found.drops[HERE].min() > 0.01
    assert found.caption.endswith(words)


def test_a_batch_says_what_pictures_say_one_by_one(shipped_export: Path) -> None:
    classifier = Classifier.load(shipped_export)
    picture = drawing.draw("olaf", 3, classifier.size)
    found = attention(classifier, picture)
    corner = edits.cover(picture, 0.25, (0, 0))  # the only cover that reaches the first cell
    drop = found.probability - classifier.classify(corner).probabilities[found.label]
    assert found.drops[0, 0] == pytest.approx(drop, abs=1e-5)
    assert found.probability == pytest.approx(classifier.classify(picture).probability, abs=1e-5)


def test_the_same_each_time_and_the_picture_stays_as_it_is(classifier: Classifier) -> None:
    picture = scene((SIZE, SIZE))
    before = picture.tobytes()
    one, other = attention(classifier, picture), attention(classifier, picture)
    assert np.array_equal(one.drops, other.drops)
    assert picture.tobytes() == before


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGB", (1, 1), "red"),
        Image.new("RGB", (1, 300), "red"),
        Image.new("L", (9, 5), 90),
        Image.new("RGBA", (30, 20), (255, 0, 0, 90)),
        Image.new("P", (3, 3)),
    ],
)
def test_plain_pictures_of_any_kind_have_no_place_that_matters(picture: Image.Image, classifier: Classifier) -> None:
    found = attention(classifier, picture)
    assert found.size == picture.size
    assert np.abs(found.drops).max() < 1e-5
    assert found.rgba().size == picture.size
    assert max(np.asarray(found.rgba())[..., 3].ravel()) == 0


def test_paths_bytes_and_pictures_are_taken(classifier: Classifier, tmp_path: Path) -> None:
    data = encode(patched(), "PNG")
    path = tmp_path / "picture.png"
    path.write_bytes(data)
    assert len({attention(classifier, source).drops.tobytes() for source in (data, path, str(path), patched())}) == 1
    with pytest.raises(PictureError):
        attention(classifier, b"no picture")


@pytest.mark.parametrize(
    ("resize", "size", "box"),
    [
        ("squish", (80, 40), (0, 0, 1, 1)),
        ("crop", (80, 40), (0.25, 0, 0.75, 1)),
        ("crop", (40, 80), (0, 0.25, 1, 0.75)),
        ("middle", (80, 40), (1 / 10, 1 / 10, 9 / 10, 9 / 10)),
    ],
)
def test_the_map_lies_on_the_part_that_the_network_is_fed(
    resize: str, size: tuple[int, int], box: tuple[float, ...], card: dict[str, Any]
) -> None:
    classifier = Classifier(make_model(SIZE), {**card, "size": SIZE, "resize": resize})
    red = Image.new("RGB", size)
    red.paste("red", (size[0] * 3 // 8, size[1] * 3 // 8, size[0] * 5 // 8, size[1] * 5 // 8))
    found = attention(classifier, red)
    assert found.box == pytest.approx(box, abs=0.03)
    assert found.middle == pytest.approx((0.5, 0.5), abs=0.1)
    alpha = np.asarray(found.rgba())[..., 3]
    outside = np.ones_like(alpha, np.bool_)
    left, top, right, bottom = (round(share * side) for share, side in zip(found.box, size * 2, strict=True))
    outside[top:bottom, left:right] = False
    assert alpha[outside].max(initial=0) == 0
    assert alpha[size[1] // 2, size[0] // 2] > 150


def test_the_overlay_is_warm_where_it_looked_and_cool_where_covering_helps(classifier: Classifier) -> None:
    found = attention(classifier, patched(colour="blue", ground="#640000"), "abominable")
    overlay = np.asarray(found.rgba((160, 80))).astype(int)
    assert overlay.shape == (80, 160, 4)
    red, _, blue, alpha = overlay[50, 40]
    assert blue > red
    assert alpha > 150
    red, _, blue, alpha = overlay[10, 140]
    assert red > blue
    assert 0 < alpha < 150


def test_the_overlay_goes_over_the_picture_in_greys(classifier: Classifier) -> None:
    picture = patched()
    before = picture.tobytes()
    over = attention(classifier, picture).over(picture)
    assert (over.mode, over.size) == ("RGB", picture.size)
    assert picture.tobytes() == before
    red, _, blue = np.asarray(over)[50, 20]
    assert red > blue + 50


def test_a_map_without_a_place_that_matters_stays_pale() -> None:
    answer = Classifier(make_model(), {"labels": ["a", "b", "c"], "size": 8}).classify(scene())
    drops = np.full((GRID, GRID), 0.001, np.float32)
    pale = Attention("a", 0.9, drops, (8, 8), (0, 0, 1, 1), answer)
    assert np.asarray(pale.rgba())[..., 3].max() < 30


def test_the_shipped_export_looks_at_the_figure(shipped_export: Path) -> None:
    """In scenes that nobody picked: a quarter of the map is the figure's, and holds most of what matters."""
    classifier = Classifier.load(shipped_export)
    scenes = [(label, seed) for label in ("abominable", "olaf") for seed in range(12)]
    box: Cells = np.zeros((GRID, GRID), np.bool_)
    box[4:8, 0:4] = True
    shares = []
    for label, seed in scenes:
        picture = scenery.paint(Random(seed), (160, 160), False)[0].convert("RGB")
        figure = drawing.figure(label, seed, 70)
        picture.paste(figure, (10, 80), figure)
        found = attention(classifier, picture)
        looked = found.drops.clip(0)
        if found.label == label:
            shares.append(float(looked[box].sum() / looked.sum()))
    assert len(shares) > 0.8 * len(scenes)
    assert np.median(shares) > 0.75
    assert sum(share > 0.5 for share in shares) > 0.9 * len(shares)
