"""The search for the smallest change, in the page: with a classifier that is made up, and beside Python's own."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import encode, make_model
from PIL import Image
from playwright.sync_api import Browser, Page

from snowpeople import Classifier
from snowpeople.dashboard.script import bundle
from snowpeople.flip import flips

from .conftest import open_page

# It names the main colour, as the tiny model does, and counts what it is asked.
SETUP = """
window.rounds = [];
window.classify = async (blobs) => {
  rounds.push(blobs.length);
  return Promise.all(blobs.map(async (blob) => {
    const canvas = await canvasWith(blob);
    const data = pixelsOf(canvas);
    const sums = [0, 0, 0];
    for (let at = 0; at < data.length; at++) if (at % 4 < 3) sums[at % 4] += data[at];
    const most = sums.indexOf(Math.max(...sums));
    return { label: ["abominable", "neither", "olaf"][most], probability: 1, unfamiliar: false, bars: [] };
  }));
};
window.search = async (data, middle) => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const flip = await findFlip(new Blob([bytes], { type: "image/png" }), classify, middle ?? undefined);
  if (!flip) return null;
  const url = await new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(flip.picture);
  });
  return { ...flip, picture: url };
};
"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = open_page(browser)
    page.goto("about:blank")
    page.evaluate(f"() => {{ {bundle('flipping')}\n{SETUP} }}")
    yield page
    page.context.close()


def search(page: Page, picture: Image.Image, *middle: float) -> dict[str, Any] | None:
    page.evaluate("rounds.length = 0")
    data = base64.b64encode(encode(picture, "PNG")).decode()
    found: dict[str, Any] | None = page.evaluate(
        "([data, middle]) => search(data, middle)", [data, list(middle) or None]
    )
    return found


def ringed(width: int = 96, height: int = 64) -> Image.Image:
    """Blue round a red middle: blue is the main colour, and red is when it is zoomed in."""
    picture = Image.new("RGB", (width, height), (0, 0, 120))
    across, down = width * 3 // 8, height * 3 // 8
    picture.paste((255, 0, 0), (across, down, width - across, height - down))
    return picture


def test_it_finds_what_python_finds(page: Page, card: dict[str, Any], tmp_path: Path) -> None:
    classifier = Classifier(make_model(32), {**card, "size": 32})
    expected = min(flips(classifier, ringed()), key=lambda flip: flip.change)
    flip = search(page, ringed())
    assert flip is not None
    assert flip["edit"] == expected.edit
    assert flip["strength"] == pytest.approx(expected.strength, abs=2 / 64)
    assert (flip["before"]["label"], flip["after"]["label"]) == (expected.before.label, expected.after.label)
    edited = Image.open(io.BytesIO(base64.b64decode(flip["picture"].partition(",")[2])))
    assert (edited.format, edited.size) == ("JPEG", (96, 64))
    red, _, blue = edited.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
    assert red > blue, "the picture is the one with the edit"
    rounds = page.evaluate("rounds")
    assert rounds[:2] == [1, 65]
    assert len(rounds) <= 5
    assert sum(rounds) <= 90


def test_what_is_covered_is_where_it_is_told_to(page: Page) -> None:
    picture = Image.new("RGB", (64, 64), (0, 0, 0))
    picture.paste((0, 0, 255), (4, 4, 16, 16))  # all that is blue is in a corner
    picture.paste((200, 0, 0), (48, 48, 52, 52))
    flip = search(page, picture, 10 / 64, 10 / 64)
    assert flip is not None
    assert (flip["edit"], flip["middle"]) == ("cover", [10 / 64, 10 / 64])
    assert flip["strength"] < 0.3


def test_an_answer_that_nothing_changes_is_none(page: Page) -> None:
    assert search(page, Image.new("RGB", (40, 40), "red")) is None
