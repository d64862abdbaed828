"""An export becomes predictions: tested on a tiny model that names the main colour, and on the shipped export."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from helpers import encode, make_model, scene, with_familiarity
from PIL import Image

from snowpeople import Classifier, ExportError, PictureError, picture

COLOURS = {"abominable": "red", "neither": "lime", "olaf": "blue"}


@pytest.fixture
def classifier(tiny_export: Path) -> Classifier:
    return Classifier.load(tiny_export)


def square(colour: str, size: int = 20) -> Image.Image:
    return Image.new("RGB", (size, size), colour)


@pytest.mark.parametrize(("label", "colour"), COLOURS.items())
def test_names_what_it_sees(label: str, colour: str, classifier: Classifier) -> None:
    prediction = classifier.classify(square(colour))
    assert prediction.label == label
    assert prediction.probability == prediction.probabilities[label] > 0.99
    assert list(prediction.probabilities) == list(classifier.labels) == ["abominable", "neither", "olaf"]
    assert sum(prediction.probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_path_bytes_and_image_agree(classifier: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(encode(scene(), "PNG"))
    sources: list[picture.Source] = [path, str(path), path.read_bytes(), scene()]
    assert len({tuple(classifier.classify(source).probabilities.items()) for source in sources}) == 1


class Recorder:
    """Stands in for the session: keeps what the model would have been fed."""

    def __init__(self) -> None:
        self.fed: list[np.ndarray[Any, Any]] = []

    def run(self, outputs: list[str], inputs: dict[str, np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
        assert outputs == ["probabilities"]
        self.fed.append(inputs["picture"])
        return [np.full((len(inputs["picture"]), 3), 1 / 3, np.float32)]


@pytest.fixture
def fed(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray[Any, Any]]:
    recorder = Recorder()
    monkeypatch.setattr(classifier, "_session", recorder)
    return recorder.fed


def test_the_model_gets_rgb_from_0_to_1(classifier: Classifier, fed: list[np.ndarray[Any, Any]]) -> None:
    classifier.classify(Image.new("RGB", (8, 8), (255, 51, 0)))
    assert (fed[0].shape, fed[0].dtype) == ((1, 3, 8, 8), np.float32)
    assert [fed[0][0, channel].tolist() for channel in range(3)] == [
        [[np.float32(value)] * 8] * 8 for value in (1.0, 51 / 255, 0.0)
    ]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
@pytest.mark.parametrize("size", [(48, 32), (5, 300), (8, 8), (1000, 1400)])
@pytest.mark.parametrize("method", ["squish", "crop"])
def test_the_model_gets_what_fastai_would_feed_to_the_pixel(
    method: str,
    kind: str,
    size: tuple[int, int],
    classifier: Classifier,
    fed: list[np.ndarray[Any, Any]],
    monkeypatch: pytest.MonkeyPatch,
    fastai_vision: ModuleType,
    tmp_path: Path,
) -> None:
    path = tmp_path / "picture"
    path.write_bytes(encode(scene(size), kind))
    resize = fastai_vision.Resize(8, method=method)
    monkeypatch.setattr(classifier, "_resize", method)
    learners = np.asarray(resize(fastai_vision.PILImage.create(path), split_idx=1))
    classifier.classify(path)
    assert np.array_equal(fed[0][0], learners.transpose(2, 0, 1).astype(np.float32) / np.float32(255))


@pytest.mark.parametrize("batch_size", [1, 2, 32])
def test_pictures_that_are_fitted_already(batch_size: int, classifier: Classifier) -> None:
    sources: list[picture.Source] = [scene(), square("blue", 300), encode(square("red", 2), "PNG")]
    fitted = [classifier.fit(classifier.read(source)) for source in sources]
    assert {image.size for image in fitted} == {(classifier.size, classifier.size)} == {(8, 8)}
    assert classifier.predict(fitted, batch_size) == [classifier.classify(source) for source in sources]
    assert classifier.predict([]) == []


def test_many_in_order_whatever_the_batches(classifier: Classifier) -> None:
    pictures = [square(colour, size) for size in range(5, 12) for colour in COLOURS.values()]
    expected = [classifier.classify(source).label for source in pictures]
    for batch_size in (1, 2, 7, 21, 100):
        predictions = list(classifier.classify_many(pictures, batch_size))
        assert [prediction.label for prediction in predictions] == expected


def test_many_reads_only_as_far_as_needed(classifier: Classifier) -> None:
    taken = 0

    def endless() -> Iterator[Image.Image]:
        nonlocal taken
        while True:
            taken += 1
            yield square("red")

    predictions = classifier.classify_many(endless(), batch_size=4)
    assert taken == 0
    next(predictions)
    assert taken == 4


def test_many_of_none(classifier: Classifier) -> None:
    assert list(classifier.classify_many([])) == []


def test_a_bad_source_raises_after_all_before_it(classifier: Classifier) -> None:
    predictions = classifier.classify_many([square("red"), square("blue"), b"bad", square("lime")])
    assert [next(predictions).label for _ in range(2)] == ["abominable", "olaf"]
    with pytest.raises(PictureError) as caught:
        next(predictions)
    assert caught.value.position == 2
    assert list(predictions) == []


def test_a_missing_file_among_many(classifier: Classifier, tmp_path: Path) -> None:
    predictions = classifier.classify_many([square("red"), tmp_path / "missing.png"])
    next(predictions)
    with pytest.raises(FileNotFoundError, match=r"missing\.png"):
        next(predictions)


def test_a_batch_of_nothing_is_refused_at_once(classifier: Classifier) -> None:
    with pytest.raises(ValueError, match="batch_size"):
        classifier.classify_many([], batch_size=0)


def test_the_thresholds_of_the_card_count(card: dict[str, Any]) -> None:
    sure = Classifier(make_model(scale=2), card).classify(square("blue"))
    strict = Classifier(make_model(scale=2), {**card, "thresholds": {"known": 0.9}}).classify(square("blue"))
    assert (sure.label, strict.label) == ("olaf", "neither")
    assert strict.probability == strict.probabilities["neither"]
    sense = with_familiarity(make_model(scale=2))
    strange = Classifier(sense, {**card, "thresholds": {"familiar": 0.9}}).classify(square("blue"))
    assert (strange.label, strange.unfamiliar) == ("neither", True)


def test_threads_share_one(classifier: Classifier) -> None:
    wrong: list[str] = []

    def work(label: str, colour: str) -> None:
        for _ in range(50):
            if classifier.classify(square(colour)).label != label:
                wrong.append(label)

    threads = [threading.Thread(target=work, args=item) for item in list(COLOURS.items()) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_errors_of_the_archive_pass_through(tmp_path: Path, plain_export: Path) -> None:
    with pytest.raises(ExportError, match="does not exist"):
        Classifier.load(tmp_path / "missing.pkl")
    with pytest.raises(ExportError, match="snowpeople shrink"):
        Classifier.load(plain_export)


def test_loads_in_less_than_a_second_and_little_memory(run_python: Callable[[str], str], shipped_export: Path) -> None:
    program = f"""
import time
from snowpeople import Classifier
classifier = Classifier.load({str(shipped_export)!r})
print(time.process_time())  # of the processor, from the interpreter's start: other programs don't count
import sys
if sys.platform == "linux":
    print(next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmRSS")))
"""
    seconds, *megabytes = (float(value) for value in run_python(program).split())
    assert seconds < 1
    assert all(value < 110 for value in megabytes)


def test_the_shipped_export_knows_the_examples(shipped_export: Path) -> None:
    classifier = Classifier.load(shipped_export)
    assert set(classifier.labels) == {"abominable", "neither", "olaf"}
    examples = sorted((shipped_export.parent / "examples").glob("*.png"))
    assert len(examples) >= 3
    for path in examples:
        assert classifier.classify(path).label == path.stem.split("-")[0]
