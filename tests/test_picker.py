import struct
import time
from typing import Any

import numpy as np
import pytest
from PIL import Image

from snowpeople import Prediction, picture
from snowpeople.attention import Attention
from snowpeople.dashboard.picker import MAX_ADDRESS, MAX_PENDING, PIECE_BYTES, STALE, VERSION, Picker, Upload
from snowpeople.dashboard.script import script
from snowpeople.flip import Flip


class Page:
    """The page's half: what it sends to a picker, and what it hears."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fetches: bool = True) -> None:
        self.heard: list[tuple[dict[str, Any], list[bytes]]] = []
        self.uploads: list[Upload] = []
        self.addresses: list[tuple[str, str]] = []
        self.visits = 0
        on_address = (lambda id, address: self.addresses.append((id, address))) if fetches else None
        self.picker = Picker(self.uploads.append, self._visit, on_address=on_address)
        monkeypatch.setattr(self.picker, "send", lambda content, buffers: self.heard.append((content, buffers)))

    def _visit(self) -> None:
        self.visits += 1

    def say(self, kind: str, *buffers: bytes, **content: Any) -> None:
        views = [memoryview(buffer) for buffer in buffers]
        self.picker._handle_custom_msg({"kind": kind, **content}, views)

    def start(self, id: str, size: Any, thumbnail: Any = False) -> None:
        self.say("start", id=id, task="classify", size=size, thumbnail=thumbnail)

    def piece(self, id: str, index: Any, data: bytes) -> None:
        self.say("piece", data, id=id, index=index)

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [content for content, _ in self.heard if content["kind"] == kind]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    return Page(monkeypatch)


def test_a_picture_arrives_in_pieces_each_acknowledged(page: Page) -> None:
    data = bytes(range(256)) * 5000
    page.start("a", len(data), True)
    for index, start in enumerate(range(0, len(data), PIECE_BYTES)):
        assert page.uploads == []
        page.piece("a", index, data[start : start + PIECE_BYTES])
    assert page.uploads == [Upload("a", "classify", data, True)]
    assert [got["pieces"] for got in page.told("got")] == [1, 2, 3]


def test_an_empty_file_arrives_too(page: Page) -> None:
    page.start("a", 0)
    assert page.uploads == [Upload("a", "classify", b"", False)]


def test_two_pictures_may_be_on_their_way_together(page: Page) -> None:
    page.start("a", 2)
    page.start("b", 2)
    page.piece("a", 0, b"a")
    page.piece("b", 0, b"bb")
    page.piece("a", 1, b"A")
    assert [upload.data for upload in page.uploads] == [b"bb", b"aA"]


def test_a_file_that_announces_too_much_is_refused_before_it_comes(page: Page) -> None:
    page.start("a", picture.MAX_BYTES + 1)
    page.piece("a", 0, b"x")
    assert "more than 30 MB" in page.told("failed")[0]["message"]
    assert page.told("got") == []
    page.start("b", picture.MAX_BYTES)
    assert len(page.told("failed")) == 1


@pytest.mark.parametrize(
    ("index", "piece"),
    [(0, b"xxxxx"), (1, b"x"), (-1, b"x"), (0, b""), (0, b"x" * (PIECE_BYTES + 1))],
    ids=["more than announced", "out of order", "negative", "empty", "over the size of a piece"],
)
def test_a_transfer_that_makes_no_sense_fails_alone(page: Page, index: int, piece: bytes) -> None:
    page.start("good", 1)
    page.start("bad", 4 if len(piece) < 10 else 10**6)
    page.piece("bad", index, piece)
    assert [failed["id"] for failed in page.told("failed")] == ["bad"]
    page.piece("bad", 0, b"xxxx")
    page.piece("good", 0, b"x")
    assert [upload.id for upload in page.uploads] == ["good"]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"kind": "unheard of"},
        {"kind": "start"},
        {"kind": "start", "id": 5, "size": 1, "thumbnail": False},
        {"kind": "start", "id": "a", "size": "1", "thumbnail": False},
        {"kind": "start", "id": "a", "size": -1, "thumbnail": False},
        {"kind": "start", "id": "a" * 65, "size": 1, "thumbnail": False},
        {"kind": "piece", "id": "a", "index": 0},
        {"kind": "piece", "id": "known", "index": 0},
        {"kind": "cancel", "id": "a"},
        {"kind": "fetch", "id": "a"},
        {"kind": "fetch", "id": "a", "address": None},
        {"kind": "fetch", "id": "a" * 65, "address": "https://example.com/"},
        {"kind": "fetch", "id": "known", "address": "https://example.com/"},
        "start",
        None,
        ["start", 1],
    ],
)
def test_nonsense_from_the_page_is_dropped(page: Page, content: Any) -> None:
    page.start("known", 1)
    page.picker._handle_custom_msg(content, [])
    assert page.heard == []
    assert page.uploads == []
    assert page.addresses == []


def test_an_address_is_handed_on_and_one_without_end_refused(page: Page) -> None:
    page.say("fetch", id="a", address="https://example.com/otter.jpg")
    page.say("fetch", id="b", address="https://example.com/".ljust(MAX_ADDRESS + 1, "x"))
    assert page.addresses == [("a", "https://example.com/otter.jpg")]
    assert [(failed["id"], failed["code"]) for failed in page.told("failed")] == [("b", "address")]


def test_where_nothing_is_fetched_the_page_is_told_and_asks_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(monkeypatch, fetches=False)
    page.say("hello")
    page.picker.show_state("ready", about={"title": "Otters?"})
    page.say("fetch", id="a", address="https://example.com/otter.jpg")
    (welcome,), (state,) = page.told("welcome"), page.told("state")
    assert welcome["about"] == {"limits": {"urls": False}}
    assert state["about"] == {"title": "Otters?", "limits": {"urls": False}}
    assert [(failed["id"], failed["code"]) for failed in page.told("failed")] == [("a", "url_off")]
    assert page.addresses == []


def test_addresses_and_files_share_the_room_that_there_is(page: Page) -> None:
    for number in range(MAX_PENDING - 1):
        page.start(str(number), 0)
    for id in ("last", "too many"):
        page.say("fetch", id=id, address="https://example.com/")
    assert [id for id, _ in page.addresses] == ["last"]
    assert [(failed["id"], failed["code"]) for failed in page.told("failed")] == [("too many", "busy")]


def test_hello_is_answered_with_the_state_of_the_classifier(page: Page) -> None:
    page.say("hello")
    page.picker.show_state("broken", message="No export.")
    page.say("hello")
    first, second = page.told("welcome")
    assert first == {
        "kind": "welcome",
        "version": VERSION,
        "piece_bytes": PIECE_BYTES,
        "examples": 0,
        "state": "loading",
        "about": {"limits": {"urls": True}},
    }
    assert (second["state"], second["message"]) == ("broken", "No export.")
    assert page.visits == 2


def test_a_ping_is_answered(page: Page) -> None:
    page.say("ping")
    assert page.told("pong") == [{"kind": "pong"}]


def test_what_nobody_offered_is_not_done(page: Page) -> None:
    page.say("start", id="a", task="delete", size=0, thumbnail=False)
    assert page.uploads == []


def test_a_cancelled_picture_does_not_arrive(page: Page) -> None:
    page.start("a", 2)
    page.piece("a", 0, b"x")
    page.say("cancel", id="a")
    page.piece("a", 1, b"x")
    assert page.uploads == []


ANSWER = Prediction("olaf", 0.87654321, {"olaf": 0.87654321, "neither": 0.12345679})


def test_an_answer_carries_label_bars_and_thumbnail(page: Page) -> None:
    page.picker.answer("a", ANSWER, b"jpeg")
    content, buffers = page.heard[0]
    assert (content["label"], content["probability"], content["unfamiliar"]) == ("olaf", 0.8765, False)
    assert content["bars"] == [{"label": "olaf", "probability": 0.8765}, {"label": "neither", "probability": 0.1235}]
    assert buffers == [b"jpeg"]


def test_a_map_of_where_it_looked_is_sent_as_numbers(page: Page) -> None:
    drops = np.array([[0.5, -0.25, 0], [0, 0, 0.125]], np.float32)
    page.picker.answer_look("a", Attention("olaf", 0.87654321, drops, (30, 20), (0.1, 0, 0.9, 1), ANSWER))
    content, buffers = page.heard[0]
    assert content == {
        "kind": "look",
        "id": "a",
        "label": "olaf",
        "rows": 2,
        "columns": 3,
        "base": 0.8765,
        "box": [0.1, 0, 0.9, 1],
    }
    assert struct.unpack("<6f", buffers[0]) == (0.5, -0.25, 0, 0, 0, 0.125)


def test_a_flip_is_sent_with_both_answers_and_the_picture(page: Page) -> None:
    after = Prediction("neither", 0.6, {"olaf": 0.4, "neither": 0.6})
    flip = Flip("cover", 0.25, 0.01, ANSWER, after, Image.new("RGB", (4, 4)), (0.5, 0.75))
    page.picker.answer_flip("a", flip, b"jpeg")
    content, buffers = page.heard[0]
    assert (content["edit"], content["strength"], content["middle"]) == ("cover", 0.25, [0.5, 0.75])
    assert (content["before"]["label"], content["after"]["label"]) == ("olaf", "neither")
    assert content["after"]["bars"][1] == {"label": "neither", "probability": 0.6}
    assert buffers == [b"jpeg"]


def test_that_nothing_flips_it_is_an_answer_too(page: Page) -> None:
    page.start("a", 0)
    page.picker.answer_flip("a", None)
    assert page.heard[-1] == ({"kind": "flip", "id": "a", "edit": None}, [])


@pytest.mark.parametrize("task", ["classify", "look", "try", "flip"])
def test_each_task_comes_with_its_picture(page: Page, task: str) -> None:
    page.say("start", id="a", task=task, size=1, thumbnail=False)
    page.piece("a", 0, b"x")
    assert page.uploads == [Upload("a", task, b"x", False)]


def test_a_page_that_sends_without_end_is_held_off_until_answers_are_given(page: Page) -> None:
    for number in range(MAX_PENDING + 1):
        page.start(str(number), 0)
    assert len(page.uploads) == MAX_PENDING
    assert page.told("failed")[0]["code"] == "busy"
    page.picker.answer("0", ANSWER)
    page.start("next", 0)
    assert page.uploads[-1].id == "next"


def test_transfers_of_a_page_that_went_away_make_room(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(MAX_PENDING):
        page.start(str(number), 5)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + STALE + 1)
    page.start("next", 0)
    assert [upload.id for upload in page.uploads] == ["next"]


def test_the_script_and_python_speak_the_same_version() -> None:
    text = script()
    assert f"const VERSION = {VERSION};" in text
    assert f"PROTOCOL, version {VERSION}:" in text


def test_the_script_puts_no_text_in_as_markup() -> None:
    text = script()
    for risky in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert risky not in text


def test_buffers_may_be_any_bytes(page: Page) -> None:
    page.start("a", 3)
    page.picker._handle_custom_msg({"kind": "piece", "id": "a", "index": 0}, [bytearray(b"abc")])
    assert page.uploads == [Upload("a", "classify", b"abc", False)]
