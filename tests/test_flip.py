"""The smallest change that flips an answer: tested on a tiny model that names the main colour, and the shipped."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import encode, make_model, scene
from PIL import Image

from snowpeople import Classifier, PictureError, drawing
from snowpeople.attention import attention
from snowpeople.edits import EDITS
from snowpeople.flip import STEPS, Flip, difference, flips, smallest_change

SIZE = 32


@pytest.fixture
def classifier(card: dict[str, Any]) -> Classifier:
    """It names the main colour: red is abominable, green is neither, blue is olaf."""
    return Classifier(make_model(SIZE), {**card, "size": SIZE})


def ringed(size: tuple[int, int] = (60, 60)) -> Image.Image:
    """Blue round a red middle, a quarter of each side: blue is the main colour, and red is when it is zoomed in."""
    picture = Image.new("RGB", size, (0, 0, 120))
    across, down = (side * 3 // 8 for side in size)
    picture.paste((255, 0, 0), (across, down, size[0] - across, size[1] - down))
    return picture


def by_edit(found: list[Flip]) -> dict[str, Flip]:
    return {flip.edit: flip for flip in found}


@pytest.mark.parametrize("size", [(60, 60), (300, 60), (33, 200)])
def test_the_smallest_strength_that_flips_is_found(size: tuple[int, int], classifier: Classifier) -> None:
    found = by_edit(flips(classifier, ringed(size)))
    crop = found["crop"]
    # The main colour turns where the red quarter's share of what is kept makes up for its brightness.
    assert crop.strength == pytest.approx((1 - 0.25 * ((255 + 120) / 120) ** 0.5) / 0.75, abs=2 / STEPS)
    assert (crop.before.label, crop.after.label) == ("olaf", "abominable")
    assert {"mirror", "turn"}.isdisjoint(found)


def test_each_flip_is_what_it_says(shipped_export: Path) -> None:
    classifier = Classifier.load(shipped_export)
    picture = drawing.draw("olaf", 5, 2 * classifier.size)  # not made smaller: strengths can be tried one by one
    looked = attention(classifier, picture)
    found = flips(classifier, picture, looked)
    assert len(found) > 3
    for flip in found:
        assert flip.before.label == classifier.classify(picture).label != flip.after.label
        assert flip.after.label == classifier.classify(flip.picture).label
        assert flip.after.probability == pytest.approx(classifier.classify(flip.picture).probability, abs=1e-4)
        assert flip.change == difference(picture, flip.picture) > 0
        assert flip.middle == (looked.middle if flip.edit == "cover" else None)
        assert 0 < flip.strength <= 1
        if flip.edit not in {"cover", "mirror"}:
            assert flip.picture.tobytes() == EDITS[flip.edit](picture, flip.strength).tobytes()
            weaker = EDITS[flip.edit](picture, flip.strength - 1 / STEPS)
            assert classifier.classify(weaker).label == flip.before.label
    smallest = smallest_change(classifier, picture, looked)
    assert smallest is not None
    assert smallest.change == min(flip.change for flip in found)
    assert smallest.edit in by_edit(found)


def test_covering_what_was_looked_at_flips(classifier: Classifier) -> None:
    picture = Image.new("RGB", (60, 60), (0, 60, 0))
    picture.paste((255, 0, 0), (0, 0, 30, 30))
    cover = by_edit(flips(classifier, picture))["cover"]
    assert (cover.before.label, cover.after.label) == ("abominable", "neither")
    assert cover.middle is not None
    assert max(cover.middle) < 0.5
    assert cover.strength < 0.5


def test_mirroring_is_all_or_nothing(card: dict[str, Any]) -> None:
    from onnx import TensorProto, helper

    # Likely where the left half is brighter than the right.
    weight = np.zeros((3 * 8 * 8, 3), np.float32)
    weight[np.arange(192) % 8 < 4, 0] = weight[np.arange(192) % 8 >= 4, 2] = 1
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["picture"], ["pixels"]),
            helper.make_node("MatMul", ["pixels", "weight"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        ],
        "sides",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor("weight", TensorProto.FLOAT, weight.shape, weight.tobytes(), raw=True)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    picture = Image.new("RGB", (8, 8))
    picture.paste("white", (0, 0, 4, 8))
    found = by_edit(flips(Classifier(model.SerializeToString(), card), picture))
    assert (found["mirror"].strength, found["mirror"].after.label) == (1, "olaf")
    assert found["turn"].strength == pytest.approx(0.5, abs=0.1)


def test_an_answer_that_nothing_flips(card: dict[str, Any]) -> None:
    classifier = Classifier(make_model(SIZE, scale=0.0), {**card, "size": SIZE})
    assert smallest_change(classifier, scene()) is None
    assert flips(classifier, scene()) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (700, 500), (20_000, 3)])
def test_any_size(size: tuple[int, int], classifier: Classifier) -> None:
    for flip in flips(classifier, scene(size)):
        assert flip.picture.width * flip.picture.height < 1.1 * (2.5 * SIZE) ** 2
        assert flip.picture.width >= flip.picture.height or size[0] < size[1]


@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_any_kind_of_picture(mode: str, classifier: Classifier) -> None:
    picture = ringed().convert(mode)
    before = picture.tobytes()
    one, other = (smallest_change(classifier, source) for source in (picture, encode(picture, "PNG")))
    assert picture.tobytes() == before
    assert one is not None
    assert other is not None
    assert (one.edit, one.strength, one.change) == (other.edit, other.strength, other.change)
    with pytest.raises(PictureError):
        smallest_change(classifier, b"no picture")
