"""Trick me: the script alone, against a model that is made up."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from helpers import encode
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from snowpeople import edits
from snowpeople.dashboard.script import style

from .conftest import open_page
from .dashboard_page import example, file
from .lonely_page import ABOUT, PAGE, PIXEL, WELCOME, Answered, answer, opened

FOCUSED = "(node) => node.contains(document.activeElement)"


class Tricking(Answered):
    """The panel of a picture that is answered."""

    def open_panel(self, picture: bytes | None = None) -> Locator:
        """The panel, with the answer of the picture as it is."""
        self.answered(picture).get_by_role("button", name="Trick me").click()
        expect(self.title).to_have_text("This is Olaf")
        return self.panel

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("dialog", name="Can you trick me?")

    @property
    def title(self) -> Locator:
        return self.panel.locator(".snow-title")

    @property
    def stage(self) -> Locator:
        return self.panel.locator("canvas")

    def slider(self, name: str) -> Locator:
        return self.panel.get_by_role("slider", name=name)

    def drawn(self) -> Image.Image:
        address: str = self.stage.evaluate("(canvas) => canvas.toDataURL()")
        return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB")


@pytest.fixture
def tricking(browser: Browser) -> Iterator[Tricking]:
    page = open_page(browser, viewport={"width": 1280, "height": 900})
    with opened(Tricking(page), styled=True) as tricking:
        yield tricking


def test_the_panel_holds_the_focus_and_gives_it_back(tricking: Tricking) -> None:
    panel = tricking.open_panel()
    for _ in range(15):
        tricking.page.keyboard.press("Tab")
        assert panel.evaluate(FOCUSED) or tricking.page.evaluate("document.activeElement === document.body")
    tricking.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(tricking.card("olaf.png").get_by_role("button", name="Trick me")).to_be_focused()


def test_the_button_closes_it_too(tricking: Tricking) -> None:
    panel = tricking.open_panel()
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)


def test_one_question_at_a_time_and_then_the_newest(tricking: Tricking) -> None:
    tricking.open_panel()
    tricking.slider("Turn it").fill("10")
    second = tricking.asked("try", 1)
    for angle in range(20, 90, 10):
        tricking.slider("Turn it").fill(str(angle))
    expect(tricking.panel.get_by_text("80°")).to_be_visible()
    assert tricking.asked("try", 1) == second
    tricking.say(answer(second, "neither"))
    third = tricking.asked("try", 2)
    tricking.say(answer(third, "abominable", 0.7))
    expect(tricking.title).to_have_text("An abominable snowman")
    expect(tricking.panel.locator(".snow-number").first).to_have_text("70%")
    assert tricking.asked("try", 2) == third


def test_it_begins_with_the_answer_of_the_card_and_asks_nothing_until_something_is_changed(tricking: Tricking) -> None:
    tricking.open_panel()
    expect(tricking.panel.locator(".snow-number").first).to_have_text("90%")
    tricking.slider("Turn it").fill("10")
    tricking.say(answer(tricking.asked("try", 1), "olaf", 0.7))
    expect(tricking.panel.locator(".snow-number").first).to_have_text("70%")
    tricking.slider("Turn it").fill("0")
    expect(tricking.panel.locator(".snow-number").first).to_have_text("90%")
    assert len([each for each in tricking.heard("start") if each["task"] == "try"]) == 1


def test_an_answer_that_comes_when_all_is_undone_does_not_count(tricking: Tricking) -> None:
    tricking.open_panel()
    tricking.slider("Turn it").fill("10")
    late = tricking.asked("try", 1)
    tricking.slider("Turn it").fill("0")
    expect(tricking.panel.get_by_text("10°")).to_have_count(0)
    tricking.page.clock.run_for(100)
    tricking.say(answer(late, "neither"))
    tricking.slider("Turn it").fill("20")
    tricking.asked("try", 2)
    expect(tricking.title).to_have_text("This is Olaf")


def test_a_slider_moved_before_the_picture_is_there_counts(tricking: Tricking) -> None:
    tricking.answered().get_by_role("button", name="Trick me").click()
    tricking.slider("Turn it").fill("40")
    tricking.say(answer(tricking.asked("try", 1), "neither"))
    expect(tricking.panel).to_contain_text("Tricked! At first I said: This is Olaf.")
    expect(tricking.panel.get_by_text("40°")).to_be_visible()


def test_little_is_sent(tricking: Tricking) -> None:
    tricking.open_panel()
    size = tricking.drawn().size
    assert size == (128, 128)  # twice what the classifier looks at
    tricking.slider("Turn it").fill("10")
    assert tricking.wait_for("piece", 2)[-1]["bytes"] < 15_000


EDITS = [
    ("turn", "Turn it", 45, 0.25),
    ("crop", "Come closer", 40, 0.4),
    ("blur", "Blur it", 35, 0.35),
    ("brighten", "Darker or brighter", 30, 0.3),
    ("darken", "Darker or brighter", -30, 0.3),
    ("fade", "Take its colours", 80, 0.8),
    ("cover", "Cover a part", 30, 0.3),
]


@pytest.mark.parametrize(("edit", "name", "value", "strength"), EDITS, ids=[edit for edit, *_ in EDITS])
def test_the_page_draws_what_python_would(
    tricking: Tricking, edit: str, name: str, value: int, strength: float
) -> None:
    tricking.open_panel()
    before = tricking.drawn()
    tricking.slider(name).fill(str(value))
    tricking.asked("try", 1)
    expected = np.asarray(edits.EDITS[edit](before, strength), float)
    assert np.abs(expected - np.asarray(before, float)).mean() > 3
    assert np.abs(expected - np.asarray(tricking.drawn(), float)).mean() < 2.5


def test_mirrored(tricking: Tricking) -> None:
    tricking.open_panel()
    before = tricking.drawn()
    tricking.panel.get_by_role("switch", name="Mirror it").check()
    tricking.asked("try", 1)
    difference = np.asarray(edits.mirror(before, 1), float) - np.asarray(tricking.drawn(), float)
    assert np.abs(difference).mean() < 1


def test_speckles_are_always_the_same(tricking: Tricking) -> None:
    tricking.open_panel()
    drawn = []
    for count, value in enumerate((50, 5, 50), 1):
        tricking.slider("Add speckles").fill(str(value))
        tricking.say(answer(tricking.asked("try", count), "olaf"))
        drawn.append(np.asarray(tricking.drawn(), float))
    assert np.abs(drawn[0] - drawn[1]).mean() > 20
    assert (drawn[0] == drawn[2]).all()


def test_a_new_answer_is_told_once_it_stays(tricking: Tricking) -> None:
    panel = tricking.open_panel()
    told = panel.locator(".snow-live")
    labels = ["olaf", "neither", "olaf", "neither", "neither"]
    for number, label in enumerate(labels, 1):
        tricking.slider("Turn it").fill(str(10 * number))
        tricking.say(answer(tricking.asked("try", number), label, 0.5 + number / 100))
        expect(panel.locator(".snow-number").first).to_have_text(f"{50 + number}%")
    expect(told).to_have_text("Neither of them")
    expect(panel).to_contain_text("Tricked! At first I said: This is Olaf.")


def test_a_brush_covers(tricking: Tricking) -> None:
    tricking.open_panel(encode(Image.new("RGB", (300, 200), "white"), "PNG"))
    tricking.slider("Darker or brighter").fill("-100")
    tricking.say(answer(tricking.asked("try", 1), "olaf"))
    box = tricking.stage.bounding_box()
    assert box is not None
    tricking.page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    tricking.page.mouse.down()
    tricking.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    tricking.page.mouse.up()
    tricking.page.wait_for_function("sent.filter(({ task }) => task === 'try').length > 1")
    for place, colour in [((0.25, 0.5), 255), ((0.4, 0.5), 255), ((0.75, 0.5), 0), ((0.3, 0.2), 0)]:
        expect_pixel(tricking, place, colour)
    tricking.panel.get_by_role("button", name="Undo all changes").click()
    tricking.slider("Darker or brighter").fill("-100")
    expect_pixel(tricking, (0.25, 0.5), 0)


def test_a_stroke_is_taken_back(tricking: Tricking) -> None:
    tricking.open_panel(encode(Image.new("RGB", (300, 200), "white"), "PNG"))
    tricking.slider("Darker or brighter").fill("-100")
    expect_pixel(tricking, (0.5, 0.5), 0)
    box = tricking.stage.bounding_box()
    assert box is not None
    for share in (0.25, 0.75):
        tricking.page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
        expect_pixel(tricking, (share, 0.5), 255)
    undo = tricking.panel.get_by_role("button", name="Undo the last stroke")
    undo.click()
    expect_pixel(tricking, (0.75, 0.5), 0)
    expect_pixel(tricking, (0.25, 0.5), 255)
    undo.click()
    expect_pixel(tricking, (0.25, 0.5), 0)
    expect(undo).to_be_hidden()
    expect(tricking.panel.get_by_role("button", name="Undo all changes")).to_be_focused()


def expect_pixel(tricking: Tricking, place: tuple[float, float], red: int) -> None:
    tricking.page.wait_for_function(
        f"([place, red]) => Math.abs(({PIXEL})(document.querySelector('dialog canvas'), place)[0] - red) < 3",
        arg=[list(place), red],
    )


def test_arrow_keys_cover_a_part_and_move_it(tricking: Tricking) -> None:
    tricking.open_panel(encode(Image.new("RGB", (300, 200), "white"), "PNG"))
    tricking.slider("Darker or brighter").fill("-100")
    expect_pixel(tricking, (0.5, 0.5), 0)
    tricking.stage.focus()
    press = tricking.page.keyboard.press
    press("ArrowRight")
    expect_pixel(tricking, (0.5, 0.5), 255)
    expect(tricking.slider("Cover a part")).to_have_value("25")
    for _ in range(30):
        press("ArrowRight")
        press("ArrowUp")
    expect_pixel(tricking, (0.97, 0.03), 255)
    expect_pixel(tricking, (0.5, 0.5), 0)
    press("ArrowLeft")
    expect_pixel(tricking, (0.99, 0.03), 0)  # it did not go beyond the edge


def test_undoing_all_puts_all_back(tricking: Tricking) -> None:
    tricking.open_panel()
    before = tricking.drawn()
    tricking.slider("Turn it").fill("90")
    tricking.panel.get_by_role("switch").check()
    tricking.say(answer(tricking.asked("try", 1), "neither"))
    tricking.panel.get_by_role("button", name="Undo all changes").click()
    expect(tricking.title).to_have_text("This is Olaf")
    expect(tricking.slider("Turn it")).to_have_value("0")
    expect(tricking.panel.get_by_role("switch")).not_to_be_checked()
    assert tricking.drawn().tobytes() == before.tobytes()


def flip(id: str, edit: str, strength: float, after: str = "abominable", **more: Any) -> dict[str, Any]:
    both = {"before": answer(id, "olaf"), "after": answer(id, after, 0.6)}
    return {"kind": "flip", "id": id, "edit": edit, "strength": strength, **both, **more}


FLIPS = [
    ("turn", 0.0625, "Turned to the right by 11 degrees, I take this for an abominable snowman."),
    ("mirror", 1, "Seen in a mirror, I take this for an abominable snowman."),
    ("crop", 0.5, "Seen 1.6 times closer, I take this for an abominable snowman."),
    ("darken", 0.25, "Made darker by 25 per cent, I take this for an abominable snowman."),
    ("cover", 0.5, "With 50 per cent of its width and height covered, I take this for an abominable snowman."),
]
STANDS = {"turn": ("Turn it", "11"), "crop": ("Come closer", "50"), "darken": ("Darker or brighter", "-25")}


@pytest.mark.parametrize(("edit", "strength", "words"), FLIPS, ids=[edit for edit, *_ in FLIPS])
def test_the_smallest_change_is_said_and_shown(tricking: Tricking, edit: str, strength: float, words: str) -> None:
    panel = tricking.open_panel()
    panel.get_by_role("button", name="Show me the smallest trick").click()
    expect(panel).to_contain_text("am trying one trick after another")
    red = encode(Image.new("RGB", (64, 64), "red"), "JPEG")
    tricking.say(flip(tricking.asked("flip", 1), edit, strength, middle=[0.25, 0.25]), red)
    expect(panel.locator(".snow-trick-found")).to_have_text(words)
    expect(tricking.title).to_have_text("An abominable snowman")
    expect(panel).to_contain_text("Tricked!")
    assert tricking.drawn().getpixel((64, 64)) == pytest.approx((255, 0, 0), abs=3)
    if edit in STANDS:
        name, value = STANDS[edit]
        expect(tricking.slider(name)).to_have_value(value)
    # From there on it is the page's own picture again.
    tricking.slider("Blur it").fill("1")
    tricking.asked("try", 1)
    middle: Any = tricking.drawn().getpixel((64, 64))
    assert middle != pytest.approx((255, 0, 0), abs=3)


def test_a_picture_that_is_no_longer_taken_for_its_own_label(tricking: Tricking) -> None:
    panel = tricking.open_panel()
    panel.get_by_role("button", name="Show me the smallest trick").click()
    red = encode(Image.new("RGB", (64, 64), "red"), "JPEG")
    tricking.say(flip(tricking.asked("flip", 1), "blur", 0.5, "neither"), red)
    expect(panel).to_contain_text("Blurred by 50 per cent, I no longer take this for Olaf.")


def test_that_nothing_tricks_it_is_said(tricking: Tricking) -> None:
    panel = tricking.open_panel()
    panel.get_by_role("button", name="Show me the smallest trick").click()
    tricking.say({"kind": "flip", "id": tricking.asked("flip", 1), "edit": None})
    expect(panel).to_contain_text("none changes my mind")


@pytest.mark.parametrize("task", ["try", "flip"])
def test_a_silent_server_is_told_and_asked_again(tricking: Tricking, task: str) -> None:
    panel = tricking.open_panel()
    def act(value: int) -> None:
        if task == "try":
            tricking.slider("Turn it").fill(str(value))
        else:
            panel.get_by_role("button", name="Show me the smallest trick").click()

    act(10)
    tricking.asked(task, 1)
    tricking.pass_seconds(21)
    expect(panel).to_contain_text("The server does not answer")
    act(20)
    newest = tricking.asked(task, 2)
    if task == "try":
        tricking.say(answer(newest, "neither"))
        expect(tricking.title).to_have_text("Neither of them")
    else:
        tricking.say({"kind": "flip", "id": newest, "edit": None})
        expect(panel).to_contain_text("none changes my mind")


def test_labels_from_outside_stay_text(tricking: Tricking) -> None:
    tricking.open_panel()
    tricking.slider("Turn it").fill("10")
    markup = "<img src=x onerror=alert(1)>"
    tricking.say(answer(tricking.asked("try", 1), markup))
    expect(tricking.title).to_contain_text(markup)
    assert tricking.panel.locator("img").count() == 0


def test_a_picture_that_the_browser_cannot_open_is_taken_from_its_thumbnail(tricking: Tricking) -> None:
    tricking.say({**WELCOME, "piece_bytes": 500_000, "about": {**ABOUT, "size": 64}})
    tricking.choose(file("a.heic", b"not for this browser", "image/heic"))
    thumbnail = encode(Image.new("RGB", (80, 40), "red"), "JPEG")
    tricking.say(answer(tricking.wait_for("start")[0]["id"], "olaf"), thumbnail)
    tricking.expect_answer("a.heic").get_by_role("button", name="Trick me").click()
    expect(tricking.title).to_have_text("This is Olaf")
    assert tricking.drawn().getpixel((40, 20)) == pytest.approx((255, 0, 0), abs=3)


@pytest.mark.parametrize(("width", "height"), [(320, 568), (844, 390), (1280, 900), (3840, 2160)])
def test_the_panel_fits(tricking: Tricking, width: int, height: int) -> None:
    tricking.page.set_viewport_size({"width": width, "height": height})
    panel = tricking.open_panel()
    assert panel.evaluate("(node) => node.scrollWidth <= node.clientWidth")
    box = panel.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    for control in panel.locator("button:visible, input[type=range], label:has([role=switch])").all():
        size = control.bounding_box()
        assert size is not None
        assert size["height"] >= 44
    # While a slider is moved, its picture and answer are in sight.
    tricking.slider("Cover a part").scroll_into_view_if_needed()
    for node in (tricking.stage, tricking.title):
        expect(node).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize(("width", "height"), [(320, 568), (390, 844), (844, 390)])
def test_close_and_the_bars_stay_in_sight(tricking: Tricking, width: int, height: int) -> None:
    tricking.page.set_viewport_size({"width": width, "height": height})
    panel = tricking.open_panel()
    close = panel.get_by_role("button", name="Close")
    for _ in range(2):
        for node in (close, tricking.title, *panel.locator(".snow-bar").all()):
            expect(node).to_be_in_viewport(ratio=1)
        panel.evaluate("(node) => node.scrollTo(0, node.scrollHeight)")
    tricking.slider("Turn it").focus()
    at = "(node) => { const { x, y, width, height } = node.getBoundingClientRect(); return document.elementFromPoint(x + width / 2, y + height / 2) === node; }"  # noqa: E501
    assert close.evaluate(at)


@pytest.mark.parametrize("language", ["ja", "de", "fr"])
def test_close_fits_in_a_narrow_window(browser: Browser, language: str) -> None:
    page = open_page(browser, viewport={"width": 320, "height": 568}, locale=language)
    tricking = Tricking(page)
    tricking.start(views=1)
    page.add_style_tag(content=style())
    tricking.say({**WELCOME, "piece_bytes": 500_000, "about": ABOUT})
    tricking.choose(file("olaf.png", example("olaf").read_bytes(), "image/png"))
    tricking.say(answer(tricking.wait_for("start")[0]["id"], "olaf"))
    page.locator(".snow-card[data-state=done] .snow-tools > button").last.click()
    close = page.locator(".snow-trick-head button")
    expect(close).to_be_in_viewport(ratio=1)
    box, head = close.bounding_box(), page.locator(".snow-trick-left").bounding_box()
    assert box is not None
    assert head is not None
    assert box["x"] + box["width"] <= 320
    page.context.close()


def swipe(page: Page, start: tuple[float, float], way: tuple[float, float]) -> None:
    """A finger's way over the page, as the browser gets it from a screen."""
    screen = page.context.new_cdp_session(page)
    x, y = start
    screen.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        point = {"x": x + way[0] * step / 10, "y": y + way[1] * step / 10}
        screen.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        page.wait_for_timeout(16)
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    screen.detach()


def test_a_finger_that_scrolls_changes_nothing_and_one_that_goes_sideways_does(browser: Browser) -> None:
    page = open_page(browser, viewport={"width": 390, "height": 600}, has_touch=True, is_mobile=True)
    tricking = Tricking(page)
    tricking.start(views=1, page=PAGE, clock=False)
    panel = tricking.open_panel()
    turn = tricking.slider("Come closer")
    box = turn.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    swipe(page, middle, (3, -80))
    assert panel.evaluate("(node) => node.scrollTop") > 30
    values = panel.get_by_role("slider").evaluate_all("(all) => all.map(({ value }) => Number(value))")
    assert set(values) == {0}
    box = turn.bounding_box()
    assert box is not None
    swipe(page, (box["x"] + 20, box["y"] + box["height"] / 2), (box["width"] / 2, 2))
    assert turn.evaluate("({ value }) => Number(value)") == pytest.approx(50, abs=8)
    # Beside the picture there is room for a finger that scrolls, and on it one paints.
    before, scrolled = tricking.drawn().tobytes(), panel.evaluate("(node) => node.scrollTop")
    stage = tricking.stage.bounding_box()
    assert stage is not None
    assert stage["x"] >= 40
    swipe(page, (stage["x"] - 20, stage["y"] + stage["height"] - 10), (0, 60))
    assert panel.evaluate("(node) => node.scrollTop") < scrolled
    assert tricking.drawn().tobytes() == before
    page.context.close()
