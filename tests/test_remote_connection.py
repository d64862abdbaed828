"""A service that is busy, gone, or none at all: what is asked again, and what is said."""

from collections.abc import Iterator

import pytest
from servers import Handler, Server, served
from services import RED, Stand

from snowpeople import ExportError
from snowpeople.remote import RemoteClassifier


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served(Stand()) as server:
        yield server


def test_no_service_there() -> None:
    with served(Server()) as server:
        url = server.url
    with pytest.raises(ExportError, match=r"^no service answers at .*snowpeople serve, or correct SNOWPEOPLE_SERVICE"):
        RemoteClassifier(url)


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://localhost", "http://a b", "http://a:b", "http://user@a", "http://ä", "http://"]
)
def test_no_address_of_a_service(url: str) -> None:
    with pytest.raises(ExportError, match="no address of a service"):
        RemoteClassifier(url)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<html>", 200),
        (b"[]", 200),
        (b"{}", 200),
        (b'{"card": 3}', 200),
        (b'{"card": {"labels": 3}}', 200),
        (b"[" * 9_000, 200),
        (b'{"detail": "Not Found"}', 404),
        (b"", 302),
        (b" " * 20_000_001, 200),
    ],
)
def test_something_else_answers(stand: Stand, body: bytes, status: int) -> None:
    stand.say("/card", body, status)
    with pytest.raises(ExportError, match="no Snowpeople service of this version"):
        RemoteClassifier(stand.url)


def test_nonsense_for_an_answer(stand: Stand) -> None:
    remote = RemoteClassifier(stand.url)
    for body in (b'{"predictions": [{}]}', b'{"predictions": [3]}', b'{"predictions": []}', b"{}"):
        stand.say("/predict", body)
        with pytest.raises(ExportError, match="no Snowpeople service of this version"):
            remote.classify(RED)
    remote.close()


def test_what_a_service_refuses_says_what_to_do(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    stand.say("/card", b'{"code": "key", "detail": ""}', 401)
    with pytest.raises(ExportError, match="set SNOWPEOPLE_API_KEY"):
        RemoteClassifier(stand.url)
    stand.say("/card", b'{"code": "fault", "detail": "It broke."}', 500)
    monkeypatch.setenv("SNOWPEOPLE_API_KEY", "of the environment")
    with pytest.raises(ExportError, match=r"answers with 500: It broke\."):
        RemoteClassifier(stand.url)
    assert stand.requests[-1][1]["authorization"] == "Bearer of the environment"


def test_a_service_that_is_busy_is_asked_again(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        stand.say("/card", b'{"card": {"labels": ["a", "b"], "size": 8}}')

    monkeypatch.setattr("snowpeople.remote.connection.time.sleep", pause)
    stand.say("/card", b'{"code": "busy", "detail": "Busy."}', 503, retry_after="2")
    RemoteClassifier(stand.url).close()
    assert pauses == [2.0]
    stand.say("/card", b'{"code": "busy", "detail": "Busy."}', 503, retry_after="2")
    with pytest.raises(ExportError, match="Busy"):
        RemoteClassifier(stand.url, timeout=1)


def test_a_service_that_says_nothing(stand: Stand) -> None:
    stand.answers["/card"] = lambda handler: (bool(stand.stopped.wait(60)) and None) or None
    with pytest.raises(ExportError, match="takes too long"):
        RemoteClassifier(stand.url, timeout=0.05)


def test_a_connection_is_used_again_and_a_broken_one_is_made_anew(stand: Stand) -> None:
    answer = (
        b'{"predictions": [{"label": "a", "probability": 1.0, "probabilities": {"a": 1.0, "b": 0.0}, '
        b'"familiarity": null, "unfamiliar": false, "neither": false}]}'
    )
    stand.say("/predict", answer)
    remote = RemoteClassifier(stand.url)
    assert [remote.classify(RED).label for _ in range(3)] == ["a"] * 3
    assert stand.connections == 1

    def break_off(handler: Handler) -> None:
        stand.say("/predict", answer)
        raise OSError

    stand.answers["/predict"] = break_off
    assert remote.classify(RED).label == "a"
    assert stand.connections == 2

    def always(handler: Handler) -> None:
        raise OSError

    stand.answers["/predict"] = always
    with pytest.raises(ExportError, match="no service answers"):
        remote.classify(RED)
    assert stand.connections == 3
    remote.close()
