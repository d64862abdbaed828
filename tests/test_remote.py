"""A classifier that runs elsewhere answers as one that runs here."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from helpers import encode, scene
from PIL import Image
from servers import Handler, served
from services import BLUE, GREEN, RED, Process, Stand, running

from snowpeople import Classifier, PictureError, picture, preprocessing
from snowpeople.attention import attention
from snowpeople.flip import smallest_change
from snowpeople.picture import Source
from snowpeople.prediction import Prediction
from snowpeople.remote import RemoteClassifier


@pytest.fixture(scope="module")
def process(shipped_export: Path) -> Iterator[Process]:
    with running(shipped_export) as process:
        yield process


@pytest.fixture
def remote(process: Process) -> Iterator[RemoteClassifier]:
    remote = RemoteClassifier(process.url)
    yield remote
    remote.close()


def same(found: object, expected: object) -> None:
    one, two = vars(found), vars(expected)
    assert (one["label"], one["unfamiliar"], one["familiarity"]) == (
        two["label"],
        two["unfamiliar"],
        two["familiarity"],
    )
    assert one["probabilities"] == pytest.approx(two["probabilities"], abs=1e-6)
    assert one["probability"] == pytest.approx(two["probability"], abs=1e-6)


def test_the_same_answers(remote: RemoteClassifier, shipped_export: Path, tmp_path: Path) -> None:
    local = Classifier.load(shipped_export)
    assert (remote.labels, remote.card) == (local.labels, local.card)
    path = tmp_path / "scene.webp"
    path.write_bytes(encode(scene((300, 200)), "WEBP"))
    grey = Image.new("LA", (30, 20), (90, 100))
    for source in (path, str(path), RED, bytearray(GREEN), memoryview(BLUE), scene(), grey, scene((900, 1200))):
        same(remote.classify(source), local.classify(source))
    many: list[Source] = [RED, path, scene(), BLUE, GREEN]
    for found, expected in zip(remote.classify_many(many, batch_size=2), local.classify_many(many), strict=True):
        same(found, expected)


def test_it_can_be_asked_where_it_looked_and_what_flips_it(remote: RemoteClassifier, shipped_export: Path) -> None:
    local = Classifier.load(shipped_export)
    one, two = attention(remote, scene()), attention(local, scene())
    assert (one.label, one.size, one.box) == (two.label, two.size, two.box)
    assert one.drops == pytest.approx(two.drops, abs=1e-5)
    found, expected = smallest_change(remote, scene()), smallest_change(local, scene())
    assert (found is None) == (expected is None)
    if found and expected:
        assert (found.edit, found.strength, found.middle) == (expected.edit, expected.strength, expected.middle)


@pytest.mark.parametrize("resize", ["squish", "crop", "middle"])
def test_what_is_fitted_already_stays_as_it_is_when_the_service_fits_it(resize: str) -> None:
    fitted = preprocessing.fit(scene((90, 60)), 40, resize)
    sent: list[bytes] = []

    def answer(handler: Handler) -> None:
        sent.append(handler.body)
        prediction = {"label": "a", "probability": 1, "probabilities": {"a": 1, "b": 0}}
        handler.answer(json.dumps({"predictions": [{**prediction, "familiarity": None, "unfamiliar": False}]}).encode())

    with served(Stand()) as stand:
        stand.say("/card", json.dumps({"card": {"labels": ["a", "b"], "size": 40, "resize": resize}}).encode())
        stand.answers["/predict"] = answer
        remote = RemoteClassifier(stand.url)
        assert remote.predict([fitted])[0].label == "a"
        remote.close()
    assert preprocessing.fit(picture.decode(sent[0]), 40, resize).tobytes() == fitted.tobytes()


def test_a_large_image_is_sent_smaller_and_nearly_the_same(remote: RemoteClassifier, shipped_export: Path) -> None:
    image = scene((2400, 2100))
    found, expected = remote.classify(image), Classifier.load(shipped_export).classify(image)
    assert found.probabilities == pytest.approx(expected.probabilities, abs=0.01)


@pytest.mark.parametrize("data", [b"", b"hello", RED[:60], bytes(30_000_001)])
def test_bad_pictures_raise_as_they_do_here(remote: RemoteClassifier, shipped_export: Path, data: bytes) -> None:
    with pytest.raises(PictureError) as expected:
        Classifier.load(shipped_export).classify(data)
    with pytest.raises(PictureError) as found:
        remote.classify(data)
    assert (found.value.code, str(found.value)) == (expected.value.code, str(expected.value))


@pytest.mark.parametrize("bad", [b"hello", b""])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_bad_one_among_many_ends_with_its_place(remote: RemoteClassifier, bad: bytes, place: int) -> None:
    sources = [RED, GREEN, BLUE]
    sources.insert(place, bad)
    answers = remote.classify_many(sources, batch_size=2)
    for _ in range(place):
        next(answers)
    with pytest.raises(PictureError) as caught:
        next(answers)
    assert caught.value.position == place
    assert list(answers) == []


def test_large_pictures_are_sent_in_smaller_batches(
    remote: RemoteClassifier, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snowpeople.remote.MAX_BATCH", 10)
    sent: list[int] = []
    predict = remote._predict

    def counted(pictures: Sequence[bytes]) -> list[Prediction | PictureError]:
        sent.append(len(pictures))
        return predict(pictures)

    monkeypatch.setattr(remote, "_predict", counted)
    assert len(list(remote.classify_many([RED, GREEN, BLUE]))) == 3
    assert sent == [1, 1, 1]


def test_a_file_that_is_not_there(remote: RemoteClassifier, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        remote.classify(tmp_path / "none.png")
    with pytest.raises(FileNotFoundError):
        list(remote.classify_many([RED, tmp_path / "none.png"]))
    with pytest.raises(ValueError, match="at least 1"):
        remote.classify_many([], batch_size=0)
    assert list(remote.classify_many([])) == []


def test_threads_share_it(remote: RemoteClassifier) -> None:
    found: list[str] = []
    expected = remote.classify(RED).label
    threads = [threading.Thread(target=lambda: found.append(remote.classify(RED).label)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [expected] * 8


def test_a_dashboard_with_a_service_answers_the_same_and_loads_no_model(
    run_python: Callable[[str], str], process: Process, shipped_export: Path
) -> None:
    program = f"""
import os, queue, sys
os.environ["SNOWPEOPLE_SERVICE"] = {process.url!r}
from snowpeople.dashboard import Dashboard
dashboard = Dashboard("no such export.pkl")
heard = queue.SimpleQueue()
dashboard.picker.send = lambda content, buffers: heard.put(content)
dashboard._repr_mimebundle_()
assert heard.get(timeout=60)["state"] == "ready"
for id, data in (("a", {RED!r}), ("b", b"hello")):
    start = {{"kind": "start", "id": id, "task": "classify", "size": len(data), "thumbnail": False}}
    dashboard.picker._handle_custom_msg(start, [])
    dashboard.picker._handle_custom_msg({{"kind": "piece", "id": id, "index": 0}}, [data])
    while (said := heard.get(timeout=60))["kind"] not in ("answer", "failed"):
        pass
    print(said.get("label"), said.get("probability"), said.get("code"))
print([name for name in ("onnxruntime", "torch", "numpy") if name in sys.modules])
"""
    expected = Classifier.load(shipped_export).classify(RED)
    answered, failed, imported = run_python(program).splitlines()
    label, probability, _ = answered.split()
    assert label == expected.label
    assert float(probability) == pytest.approx(expected.probability, abs=1e-4)
    assert failed == "None None not_a_picture"
    assert imported == "[]"
