"""The service's answers: what it says of pictures, of its model and of itself."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from helpers import encode, scene
from services import BLUE, GREEN, PNG, RED, load, service

from snowpeople import Classifier
from snowpeople.service.problem import CODES

DOC = Path(__file__).parent.parent / "docs" / "service.md"


@pytest.fixture
def client(tiny_export: Path) -> Iterator[TestClient]:
    with service(load(tiny_export)) as client:
        yield client


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def labels(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry.get("label") or entry["error"]["code"] for entry in answer.json()["predictions"]]


def test_raw_bytes(client: TestClient, tiny_export: Path) -> None:
    answer = client.post("/predict", content=BLUE, headers=PNG)
    (prediction,) = answer.json()["predictions"]
    expected = Classifier.load(tiny_export).classify(BLUE)
    assert prediction == {
        "label": "olaf",
        "probability": pytest.approx(expected.probability, abs=1e-6),
        "probabilities": pytest.approx(expected.probabilities, abs=1e-6),
        "neither": False,
        "familiarity": None,
        "unfamiliar": False,
    }
    assert list(prediction["probabilities"]) == ["abominable", "neither", "olaf"]
    assert answer.json()["model"]["title"] == "Tiny"
    assert re.fullmatch("[0-9a-f]{64}", answer.json()["model"]["digest"])
    assert answer.json()["milliseconds"] > 0


def test_neither_is_said(client: TestClient) -> None:
    answer = client.post("/predict", content=GREEN, headers={"Content-Type": "application/octet-stream"})
    assert answer.json()["predictions"][0]["neither"] is True


def test_a_form_with_one_file_or_several(client: TestClient) -> None:
    assert labels(client.post("/predict", files={"picture": RED})) == ["abominable"]
    several = [("picture", ("a.png", RED)), ("other", ("b.png", BLUE)), ("picture", ("c.png", GREEN))]
    assert labels(client.post("/predict", files=several)) == ["abominable", "olaf", "neither"]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"data": b64(RED)}, ["abominable"]),
        ({"data": f"data:image/png;base64,{b64(RED)}"}, ["abominable"]),
        ({"data": "\n".join(re.findall(".{1,10}", b64(RED)))}, ["abominable"]),
        ({"pictures": [{"data": b64(RED)}]}, ["abominable"]),
        ({"pictures": [{"data": b64(RED)}, {"data": b64(BLUE)}]}, ["abominable", "olaf"]),
    ],
)
def test_json(client: TestClient, document: Any, expected: list[str]) -> None:
    assert labels(client.post("/predict", json=document)) == expected


def test_a_bad_picture_among_many_is_an_error_in_its_place(client: TestClient) -> None:
    entries = [b64(RED), b64(b"hello"), "?", "", b64(RED[:40]), b64(BLUE)]
    answer = client.post("/predict", json={"pictures": [{"data": entry} for entry in entries]})
    assert labels(answer) == ["abominable", "not_a_picture", "base64", "empty", "cut_off", "olaf"]
    error = answer.json()["predictions"][1]["error"]
    assert error == {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "This file is not a picture: please choose a JPEG or PNG picture.",
        "code": "not_a_picture",
    }


def test_pictures_of_many_kinds_get_the_classifiers_own_answer(shipped_export: Path) -> None:
    kinds = ("JPEG", "PNG", "WEBP", "HEIF", "TIFF")
    pictures = [encode(scene((200 + 40 * number, 150)), kind) for number, kind in enumerate(kinds)]
    pictures.append(encode(scene((1400, 1100)), "JPEG"))
    classifier = Classifier.load(shipped_export)
    with service(load(shipped_export)) as client:
        found = client.post("/predict", files=[("p", data) for data in pictures]).json()["predictions"]
    for data, entry in zip(pictures, found, strict=True):
        expected = classifier.classify(data)
        assert entry["label"] == expected.label
        assert entry["probabilities"] == pytest.approx(expected.probabilities, abs=1e-6)


def test_what_it_says_of_its_model(client: TestClient, card: dict[str, Any]) -> None:
    assert client.get("/labels").json() == {"labels": ["abominable", "neither", "olaf"]}
    said = client.get("/card").json()
    assert said["card"] == card
    assert said["digest"] == client.post("/predict", content=RED, headers=PNG).json()["model"]["digest"]


def test_the_digest_is_of_the_card_too(tiny_model: bytes, card: dict[str, Any]) -> None:
    from snowpeople.service.model import Model

    other = {**card, "thresholds": {"known": 0.5}}
    assert Model(tiny_model, card).digest == Model(tiny_model, dict(card)).digest != Model(tiny_model, other).digest


def test_it_lives_and_is_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "live"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_before_the_model_is_loaded_it_lives_but_is_not_ready() -> None:
    from snowpeople.service.app import create
    from snowpeople.service.batcher import Batcher
    from snowpeople.service.settings import Settings

    with TestClient(create(Batcher(Settings()), Settings())) as client:
        assert client.get("/healthz").status_code == 200
        for answer in (client.get("/readyz"), client.get("/card"), client.post("/predict", content=RED, headers=PNG)):
            assert (answer.status_code, answer.json()["code"]) == (503, "loading")
            assert answer.headers["retry-after"] == "1"


def test_metrics_count_and_name_nobody(client: TestClient) -> None:
    client.post("/predict", files=[("p", RED), ("p", b"hello")])
    client.get("/some/where")
    text = client.get("/metrics").text
    for line in (
        'snowpeople_requests_total{path="/predict",status="200"} 1.0',
        'snowpeople_requests_total{path="other",status="404"} 1.0',
        'snowpeople_pictures_total{code="ok"} 1.0',
        'snowpeople_pictures_total{code="not_a_picture"} 1.0',
        "snowpeople_pictures_waiting 0.0",
        "snowpeople_body_bytes_held 0.0",
    ):
        assert line in text.splitlines()
    assert "where" not in text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("POST", "/predict/", 404, "not_found"),  # no redirect: to http, and to whichever host the request names
        ("GET", "/predict", 405, "method"),
        ("DELETE", "/card", 405, "method"),
    ],
)
def test_other_paths_and_methods_are_problems(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (status, status, code)


def test_a_fault_of_the_model_is_a_problem_and_the_next_picture_is_answered(
    tiny_export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(tiny_export)
    with service(model) as client:
        with monkeypatch.context() as patch:
            patch.setattr(model, "predict", lambda *_: 1 / 0)
            answer = client.post("/predict", content=RED, headers=PNG)
        assert (answer.status_code, answer.json()["code"]) == (500, "fault")
        assert labels(client.post("/predict", content=RED, headers=PNG)) == ["abominable"]


def test_openapi_describes_every_path_and_status_with_examples(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    paths = described["paths"]
    assert set(paths) == {"/predict", "/labels", "/about", "/card", "/healthz", "/readyz", "/metrics"}
    predict = paths["/predict"]["post"]
    assert {int(status) for status in predict["responses"]} == {
        200,
        *(status for code, (status, _) in CODES.items() if code not in ("request", "not_found", "method")),
    }
    body = predict["requestBody"]["content"]
    assert set(body) == {"image/*", "application/octet-stream", "multipart/form-data", "application/json"}
    assert body["application/json"]["examples"]
    schemas = described["components"]["schemas"]
    assert schemas["Answer"]["examples"][0]["predictions"]
    answer = client.post("/predict", content=RED, headers=PNG).json()
    assert set(answer) == set(schemas["Answer"]["properties"])
    assert set(answer["predictions"][0]) == set(schemas["PredictionAnswer"]["required"])
    assert set(client.get("/x").json()) == set(schemas["ProblemAnswer"]["properties"])


def test_the_page_in_docs_lists_every_code() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (\d+) \| (.*) \|$", DOC.read_text(encoding="utf-8"), re.MULTILINE)
    assert {code: (int(status), text) for code, status, text in listed} == CODES


def test_answers_are_json_for_every_label(tiny_model: bytes, card: dict[str, Any]) -> None:
    from snowpeople.service.model import Model

    odd = {**card, "labels": ["☃ \n", '"', "\u2028"], "title": 3}
    with service(Model(tiny_model, odd)) as client:
        answer = json.loads(client.post("/predict", content=RED, headers=PNG).content)
    assert answer["predictions"][0]["label"] == "☃ \n"
    assert answer["model"]["title"] == ""
