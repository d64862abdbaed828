"""A camera, for which a stream on this machine stands: OpenCV opens both, and the rest of the way is the same."""

import builtins
import time
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from helpers import encode
from PIL import Image
from servers import Handler, Server, served

from snowpeople.classify import camera
from snowpeople.classify.camera import Camera, CameraError

BOUNDARY = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n"


class Stream:
    """MJPEG over HTTP, as network cameras send it: red, then from `blue_after` seconds on blue."""

    def __init__(self, blue_after: float = 1e9, lasts: float = 1e9) -> None:
        self._blue_after = blue_after
        self._lasts = lasts

    def __call__(self, handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        handler.end_headers()
        begun = time.monotonic()
        while (since := time.monotonic() - begun) < self._lasts and not handler.server.stopped.wait(0.02):
            data = encode(Image.new("RGB", (64, 48), "blue" if since > self._blue_after else "red"), "JPEG")
            handler.wfile.write(BOUNDARY % (len(data), data))
        handler.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    with served(Server()) as server:
        yield server


def colour(data: bytes | None) -> str:
    assert data is not None
    with Image.open(BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", (64, 48))
        red, _, blue = image.convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    return "red" if red > blue else "blue"


def test_a_picture_every_few_seconds_and_never_an_old_one(server: Server) -> None:
    server.answers["/door"] = Stream(blue_after=1.0)
    watched = Camera(f"{server.url}/door", 0.5)
    pictures = watched.pictures()
    first = next(pictures)
    assert colour(first.data) == "red"
    assert first.name == f"{server.url}/door"
    assert first.time
    assert abs((datetime.now().astimezone() - first.time).total_seconds()) < 5
    time.sleep(1.5)  # as if the work took so long: 75 pictures are waiting
    second = next(pictures)
    assert colour(second.data) == "blue"
    third = next(pictures)
    assert second.time
    assert third.time
    assert (third.time - second.time).total_seconds() > 0.4
    pictures.close()  # type: ignore[attr-defined]


def test_a_camera_that_is_lost_is_tried_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "PAUSE", 0.01)
    server.answers["/door"] = Stream(lasts=1.0)
    said: list[str] = []
    pictures = Camera(f"{server.url}/door", 0.1).pictures(said.append)
    while len(said) < 2:
        next(pictures)
    name = f"{server.url}/door"
    assert said == [f"{name} gives no picture. Trying again, 5 times.", f"{name} is back."]
    server.answers["/door"] = lambda handler: handler.answer(status=404)
    with pytest.raises(CameraError, match=r"door is lost\. Connect it again"):
        list(pictures)


def test_a_camera_that_is_not_there(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    server.answers["/none"] = lambda handler: handler.answer(status=404)
    with pytest.raises(CameraError, match=r"^camera 97 can't be opened: .* Try another number\.$"):
        Camera(97, 1)
    with pytest.raises(CameraError, match=r"none can't be opened: .* Check the address\.$"):
        Camera(f"{server.url.replace('//', '//me:secret@')}/none", 1)
    assert capfd.readouterr() == ("", "")  # OpenCV itself says nothing


def test_a_password_is_never_shown(server: Server) -> None:
    server.answers["/door?key=1"] = Stream()
    shown = Camera(f"{server.url.replace('//', '//me:secret@')}/door?key=1", 1).name
    assert shown == f"{server.url}/door"


def test_without_opencv_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "cv2":
            raise ModuleNotFoundError("No module named 'cv2'", name="cv2")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(CameraError, match=r"pip install -c constraints\.txt -e '\.\[camera\]'"):
        Camera(0, 1)
