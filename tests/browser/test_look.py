"""Where it looked, in the page: the script alone, against a model that is made up."""

import re
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from .conftest import open_page
from .lonely_page import PIXEL, Answered, opened

ROWS = COLUMNS = 8


class Looking(Answered):
    def tell(self, id: str, drops: list[float], label: str = "olaf", box: tuple[float, ...] = (0, 0, 1, 1)) -> None:
        content = {"label": label, "rows": ROWS, "columns": COLUMNS, "base": 0.9, "box": list(box)}
        self.say({"kind": "look", "id": id, **content}, struct.pack(f"<{len(drops)}f", *drops))


@pytest.fixture
def looking(browser: Browser) -> Iterator[Looking]:
    page = open_page(browser, viewport={"width": 1280, "height": 900})
    with opened(Looking(page), styled=True) as looking:
        yield looking


def drops(**cells: float) -> list[float]:
    """A map in which only some cells matter: `r2c5=0.4`."""
    values = [0.0] * (ROWS * COLUMNS)
    for cell, value in cells.items():
        row, column = map(int, re.findall(r"\d", cell))
        values[row * COLUMNS + column] = value
    return values


def button(card: Locator) -> Locator:
    return card.get_by_role("button", name="Where did I look?")


def test_a_map_and_a_sentence_come_and_go(looking: Looking) -> None:
    card = looking.answered()
    expect(button(card)).to_have_attribute("aria-pressed", "false")
    button(card).click()
    expect(button(card)).to_have_attribute("aria-pressed", "true")
    expect(card.get_by_role("status")).to_contain_text("cover one part after another")
    expect(card.locator(".snow-map")).to_be_hidden()
    looking.tell(looking.asked("look"), drops(r3c0=0.4))
    expect(card.get_by_role("status")).to_have_text("Looking for Olaf, I looked most at the middle left.")
    expect(card.locator(".snow-map")).to_be_visible()
    expect(card.get_by_text("Orange: I looked here.")).to_be_visible()
    expect(button(card)).to_be_focused()
    button(card).click()
    expect(card.locator(".snow-map")).to_be_hidden()
    expect(button(card)).to_have_attribute("aria-pressed", "false")


def test_nothing_moves_when_the_map_comes(looking: Looking) -> None:
    card = looking.answered()
    button(card).click()
    picture = card.locator(".snow-looked")
    expect(picture).to_be_visible()
    picture.evaluate("(node) => node.firstChild.decode()")
    before = picture.bounding_box()
    looking.tell(looking.asked("look"), drops(r3c0=0.4))
    expect(card.locator(".snow-map")).to_be_visible()
    after = picture.bounding_box()
    assert before is not None
    assert after is not None
    assert (before["width"], before["height"]) == (after["width"], after["height"])


def test_the_picture_is_sent_again_as_it_was(looking: Looking) -> None:
    button(looking.answered()).click()
    looking.asked("look")
    first, second = looking.wait_for("piece", 2)
    assert first["bytes"] == second["bytes"]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("r0c0", "at the top left"),
        ("r4c4", "in the middle"),
        ("r7c3", "at the bottom"),
        ("r3c7", "at the middle right"),
    ],
)
def test_a_place_in_words(looking: Looking, cell: str, words: str) -> None:
    card = looking.answered()
    button(card).click()
    looking.tell(looking.asked("look"), drops(**{cell: 0.2, "r1c1": 0.1}))
    expect(card.get_by_role("status")).to_have_text(f"Looking for Olaf, I looked most {words}.")


def test_where_no_place_matters_none_is_named(looking: Looking) -> None:
    card = looking.answered()
    button(card).click()
    looking.tell(looking.asked("look"), drops(r0c0=0.004), "abominable")
    expect(card.get_by_role("status")).to_contain_text(
        "Looking for an abominable snowman, I looked at all parts alike"
    )


def test_orange_where_it_looked_and_blue_stripes_where_covering_helps(looking: Looking) -> None:
    card = looking.answered()
    button(card).click()
    hurts = {f"r{row}c{column}": 0.5 for row in range(4) for column in range(4)}
    helps = {f"r{row}c{column}": -0.5 for row in range(4, 8) for column in range(4, 8)}
    looking.tell(looking.asked("look"), drops(**hurts, **helps))
    canvas = card.locator(".snow-map")
    expect(canvas).to_be_visible()
    orange: list[int] = canvas.evaluate(PIXEL, [0.2, 0.2])
    assert orange[0] > 180 > 120 > orange[2]
    assert orange[3] > 150
    nothing: list[int] = canvas.evaluate(PIXEL, [0.8, 0.2])
    assert nothing[3] < 10
    along = [canvas.evaluate(PIXEL, [0.7 + step / 100, 0.8]) for step in range(20)]
    assert max(pixel[3] for pixel in along) > 150
    assert min(pixel[3] for pixel in along) < 30
    strongest: list[int] = max(along, key=lambda pixel: pixel[3])
    assert strongest[2] > 150 > 40 > strongest[0]


def test_the_map_lies_over_what_the_network_is_fed(looking: Looking) -> None:
    card = looking.answered()
    button(card).click()
    looking.tell(looking.asked("look"), drops(r0c0=0.5), box=(0.25, 0, 0.75, 1))
    expect(card.locator(".snow-map")).to_be_visible()
    expect(card.get_by_role("status")).to_contain_text("at the top left")
    canvas, picture = (card.locator(name).bounding_box() for name in (".snow-map", ".snow-looked"))
    assert canvas is not None
    assert picture is not None
    assert canvas["x"] - picture["x"] == pytest.approx(picture["width"] / 4, abs=1)
    assert canvas["width"] == pytest.approx(picture["width"] / 2, abs=1)


def fails(looking: Looking, id: str) -> None:
    looking.say({"kind": "failed", "id": id, "code": "fault", "message": ""})


def stays_silent(looking: Looking, id: str) -> None:
    looking.pass_seconds(21)


@pytest.mark.parametrize(("harm", "words"), [(fails, "went wrong"), (stays_silent, "does not answer")])
def test_what_goes_wrong_is_said_and_pressing_again_asks_again(looking: Looking, harm: Any, words: str) -> None:
    card = looking.answered()
    button(card).click()
    harm(looking, looking.asked("look"))
    expect(card.get_by_role("status")).to_contain_text(words)
    button(card).click()
    button(card).click()
    looking.tell(looking.asked("look", 2), drops(r3c0=0.4))
    expect(card.get_by_role("status")).to_contain_text("I looked most at the middle left")


def test_an_answer_that_comes_too_late_is_not_shown(looking: Looking) -> None:
    card = looking.answered()
    button(card).click()
    late = looking.asked("look")
    looking.pass_seconds(21)
    assert looking.wait_for("cancel")[-1]["id"] == late
    looking.tell(late, drops(r3c0=0.4))
    expect(card.get_by_role("status")).to_contain_text("does not answer")
