"""Pictures in, predictions out."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import encode
from PIL import Image
from servers import Handler, Server, served

from snowpeople import Classifier, download
from snowpeople.classify.outcomes import outcomes
from snowpeople.classify.sources import Fault, Item

COLOURS = {"red": "abominable", "lime": "neither", "blue": "olaf"}


@pytest.fixture
def classifier(tiny_export: Path) -> Classifier:
    return Classifier.load(tiny_export)


def png(colour: str) -> bytes:
    return encode(Image.new("RGB", (20, 20), colour), "PNG")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(download, "is_public", lambda address: True)
    with served(Server()) as server:
        for colour in COLOURS:
            server.answers[f"/{colour}"] = lambda handler, colour=colour: handler.answer(png(colour))  # type: ignore[misc]
        yield server


def test_all_in_order_with_what_fails_among_them(classifier: Classifier, tmp_path: Path) -> None:
    items, expected = [], []
    for number in range(100):
        colour = list(COLOURS)[number % 3]
        file = tmp_path / f"{number}.png"
        file.write_bytes(b"" if number % 10 == 0 else png(colour))
        items.append(Item(str(file), file))
        expected.append("empty" if number % 10 == 0 else COLOURS[colour])
    items.append(Item("gone.png", Path("gone.png")))
    items.append(Item("closed", fault=Fault("unreadable", "It is closed.")))
    items.append(Item("-", data=png("blue")))
    found = list(outcomes(classifier, items))
    assert [outcome.item for outcome in found] == items
    given = [each.prediction.label if each.prediction else each.fault and each.fault.code for each in found]
    assert given == [*expected, "not_found", "unreadable", "olaf"]


def test_the_same_as_one_by_one(classifier: Classifier) -> None:
    data = [png(colour) for colour in COLOURS]
    found = [outcome.prediction for outcome in outcomes(classifier, [Item("", data=each) for each in data])]
    assert found == [classifier.classify(each) for each in data]


def test_addresses_are_fetched(classifier: Classifier, server: Server) -> None:
    items = [Item(f"{server.url}/{colour}") for colour in COLOURS]
    found = list(outcomes(classifier, items, keep=True))
    assert [outcome.prediction and outcome.prediction.label for outcome in found] == list(COLOURS.values())
    assert [outcome.source for outcome in found] == [png(colour) for colour in COLOURS]
    assert all(outcome.source == b"" for outcome in outcomes(classifier, items))


def test_a_download_that_fails_says_why(classifier: Classifier, server: Server) -> None:
    server.answers["/none"] = lambda handler: handler.answer(status=404)
    server.answers["/page"] = lambda handler: handler.answer(b"nothing")
    found = outcomes(classifier, [Item(f"{server.url}/none"), Item(f"{server.url}/page"), Item("ftp://x/a.jpg")])
    faults = [outcome.fault.code for outcome in found if outcome.fault]
    assert faults == ["status", "not_a_picture", "unreachable"]


def test_a_private_network_is_left_alone(classifier: Classifier) -> None:
    with served(Server()) as server:
        (outcome,) = outcomes(classifier, [Item(f"{server.url}/red")])
        assert outcome.fault
        assert outcome.fault.code == "private"
        assert server.requests == []


def test_leaving_does_not_wait_for_a_server_that_says_nothing(classifier: Classifier, server: Server) -> None:
    begun = threading.Event()

    def slow(handler: Handler) -> None:
        begun.set()
        server.stopped.wait(30)

    server.answers["/slow"] = slow
    found = outcomes(classifier, [Item(f"{server.url}/red"), Item(f"{server.url}/slow")])
    next(found)
    assert begun.wait(10)
    leaving = threading.Thread(target=found.close)  # type: ignore[attr-defined]
    leaving.start()
    leaving.join(5)
    assert not leaving.is_alive()
