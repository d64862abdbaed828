"""The pictures to click on a service's page."""

from pathlib import Path

import pytest
from helpers import encode
from PIL import Image
from services import load, service

from snowpeople.cli import main
from snowpeople.dashboard.about import EXAMPLE_BYTES
from snowpeople.service import server
from snowpeople.service.examples import MOST
from snowpeople.service.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "examples"
    folder.mkdir()
    noise = Image.effect_noise((900, 700), 90).convert("RGB")
    (folder / "1.png").write_bytes(encode(Image.new("RGB", (40, 30), "red"), "PNG"))
    (folder / "2.png").write_bytes(encode(noise, "PNG"))
    (folder / "3.jpg").write_bytes(b"none")
    (folder / "4.webp").write_bytes(encode(Image.new("RGB", (40, 30), "blue"), "WEBP"))
    (folder / "secret.txt").write_bytes(b"none")
    return folder


def test_they_are_counted_and_given_in_their_order(tiny_export: Path, folder: Path) -> None:
    with service(load(tiny_export), examples=str(folder)) as client:
        assert client.get("/about").json()["examples"] == 4
        answers = [client.get(f"/examples/{number}") for number in range(1, 5)]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 200]
    assert [answer.headers["content-type"] for answer in answers if answer.status_code == 200] == [
        "image/png",
        "image/jpeg",
        "image/webp",
    ]
    assert answers[0].content == (folder / "1.png").read_bytes()
    assert len(answers[1].content) < EXAMPLE_BYTES < (folder / "2.png").stat().st_size
    assert answers[0].headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["0", "5", "-1", "1.png", "secret.txt", "..%2Fexport.pkl", "9" * 5000, ""])
def test_nothing_else_is_given(tiny_export: Path, folder: Path, name: str) -> None:
    with service(load(tiny_export), examples=str(folder)) as client:
        answer = client.get(f"/examples/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_they_are_for_those_who_may_ask(tiny_export: Path, folder: Path) -> None:
    with service(load(tiny_export), examples=str(folder), api_key="secret") as client:
        assert client.get("/examples/1").json()["code"] == "key"
        assert client.get("/examples/1", headers={"X-API-Key": "secret"}).status_code == 200


def test_there_are_none_where_none_are_named_and_no_more_than_a_row(tiny_export: Path, tmp_path: Path) -> None:
    for place in ("", str(tmp_path / "none")):
        with service(load(tiny_export), examples=place) as client:
            assert client.get("/about").json()["examples"] == 0
    for number in range(MOST + 1):
        (tmp_path / f"{number:03}.png").touch()
    with service(load(tiny_export), examples=str(tmp_path)) as client:
        assert client.get("/about").json()["examples"] == MOST


def test_the_command_takes_them_as_site_does(tiny_export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Settings] = []
    monkeypatch.setattr(server, "run", lambda export, listener, settings, ready: found.append(settings))
    assert main(["serve", str(tiny_export), "--port", "0"]) == 0
    assert main(["serve", str(tiny_export), "--port", "0", "--examples", "otters"]) == 0
    assert [settings.examples for settings in found] == ["examples", "otters"]
