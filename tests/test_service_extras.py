"""What an answer has besides the prediction, and what that costs."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import encode, scene
from PIL import Image
from services import BLUE, PNG, RED, Held, load, service

from snowpeople import Classifier
from snowpeople.attention import PASSES, attention
from snowpeople.service.batcher import Batcher
from snowpeople.service.extras import MAP_COST, Extras
from snowpeople.service.settings import Settings

LOOK = Extras(attention=True)
PICTURE = encode(scene(), "PNG")


def test_where_it_looked_is_what_python_finds(tiny_export: Path) -> None:
    expected = attention(Classifier.load(tiny_export), PICTURE)
    with service(load(tiny_export)) as client:
        plain = client.post("/predict", content=PICTURE, headers=PNG).json()["predictions"][0]
        answer = client.post("/predict?attention=true", content=PICTURE, headers=PNG).json()["predictions"][0]
        described = client.get("/openapi.json").json()
    looked = answer.pop("attention")
    assert answer == plain
    assert np.reshape(looked["drops"], (looked["rows"], looked["columns"])) == pytest.approx(expected.drops, abs=2e-5)
    assert looked["label"] == expected.label
    assert looked["probability"] == pytest.approx(expected.probability, abs=1e-6)
    assert looked["box"] == pytest.approx(expected.box, abs=1e-5)
    assert looked["caption"] == expected.caption
    schema = described["components"]["schemas"]["AttentionAnswer"]
    assert set(looked) == set(schema["properties"]) == set(schema["examples"][0])
    parameters = described["paths"]["/predict"]["post"]["parameters"]
    assert [each["name"] for each in parameters] == ["attention", "thumbnail"]
    assert all(each["schema"]["enum"] == ["true", "false"] for each in parameters)


def test_a_picture_comes_back_in_small_where_it_is_asked_for(tiny_export: Path) -> None:
    upright = encode(scene((400, 900)), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0")
    with service(load(tiny_export)) as client:
        (answer,) = client.post("/predict?thumbnail=true", content=upright, headers=PNG).json()["predictions"]
    small = Image.open(io.BytesIO(base64.b64decode(answer["thumbnail"])))
    assert (small.format, max(small.size)) == ("JPEG", 320)
    assert small.width > small.height, "turned as its Exif says"
    assert "attention" not in answer


@pytest.mark.parametrize("query", ["attention=yes", "attention", "attention=true&attention=false", "thumbnail=TRUE"])
def test_what_is_neither_true_nor_false_is_a_problem(tiny_export: Path, query: str) -> None:
    with service(load(tiny_export)) as client:
        answer = client.post(f"/predict?{query}", content=RED, headers=PNG)
        assert (answer.status_code, answer.json()["code"]) == (422, "query")
        assert answer.json()["detail"].startswith("The parameter ")
        plain = client.post("/predict?attention=false&other=1", content=RED, headers=PNG).json()["predictions"][0]
        assert "attention" not in plain


def test_a_bad_picture_among_those_looked_at_is_an_error_in_its_place(tiny_export: Path) -> None:
    with service(load(tiny_export)) as client:
        answer = client.post("/predict?attention=true", files=[("p", RED), ("p", b"no"), ("p", BLUE)]).json()
    first, second, third = answer["predictions"]
    assert (first["attention"]["label"], third["attention"]["label"]) == ("abominable", "olaf")
    assert second["error"]["code"] == "not_a_picture"


def test_few_maps_in_one_request_and_each_counts_as_ten_pictures(tiny_export: Path) -> None:
    with service(load(tiny_export), max_maps=2, rate=3 * MAP_COST) as client:
        pictures = [("p", RED)] * 3
        answer = client.post("/predict?attention=true", files=pictures)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_many")
        assert "2 pictures with attention" in answer.json()["detail"]
        answer = client.post("/predict?attention=true", content=RED, headers=PNG)
        assert (answer.status_code, answer.json()["code"]) == (429, "rate")
    with service(load(tiny_export), max_queue=MAP_COST + 1) as client:
        answer = client.post("/predict?attention=true", files=pictures[:2])
        assert answer.status_code == 200, "alone it has the house for itself"
        assert client.app_state["batcher"].waiting == 0


def batcher_of(tiny_export: Path, **settings: Any) -> tuple[Batcher, Held]:
    model = load(tiny_export, Held)
    assert isinstance(model, Held)
    batcher = Batcher(Settings(**settings))
    batcher.start(lambda: model)
    assert batcher.settled.wait(60)
    return batcher, model


def test_plain_pictures_do_not_wait_for_the_end_of_a_look(tiny_export: Path) -> None:
    batcher, model = batcher_of(tiny_export)
    (look,) = batcher.submit([RED], LOOK)
    model.begun.acquire()
    assert batcher.waiting == MAP_COST
    (plain,) = batcher.submit([BLUE])
    batcher._decoders.shutdown()  # so that it is ready
    model.let.set()
    assert look.result(60).attention is not None
    assert plain.result(60).prediction.label == "olaf"
    assert model.batches == [16, 1, 16, 16, PASSES - 48]
    assert batcher.waiting == 0
    batcher.close()


def test_a_look_that_nobody_waits_for_goes_no_further(tiny_export: Path) -> None:
    batcher, model = batcher_of(tiny_export)
    (look,) = batcher.submit([RED], LOOK)
    model.begun.acquire()
    (other,) = batcher.submit([BLUE], LOOK)
    assert look.cancel()
    model.let.set()
    found = other.result(60).attention
    assert found is not None
    assert found.label == "olaf"
    assert model.batches == [16, 16, 16, 16, PASSES - 48]
    assert batcher.waiting == 0
    batcher.close()


def test_a_model_that_fails_within_a_look_fails_that_alone(tiny_export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load(tiny_export)
    with service(model) as client:
        with monkeypatch.context() as patch:
            patch.setattr(model, "predict", lambda *_: 1 / 0)
            answer = client.post("/predict?attention=true", content=RED, headers=PNG)
        assert (answer.status_code, answer.json()["code"]) == (500, "fault")
        assert client.post("/predict?attention=true", content=RED, headers=PNG).status_code == 200


def test_the_house_is_full_of_maps_sooner(tiny_export: Path) -> None:
    batcher, model = batcher_of(tiny_export, max_queue=2 * MAP_COST + 3)
    futures = batcher.submit([RED, BLUE], LOOK)
    from snowpeople.service.problem import ProblemError

    with pytest.raises(ProblemError, match="Too many pictures wait"):
        batcher.submit([RED], LOOK)
    futures += batcher.submit([RED] * 3)
    model.let.set()
    assert [future.result(60).prediction.label for future in futures] == ["abominable", "olaf", *["abominable"] * 3]
    batcher.close()
