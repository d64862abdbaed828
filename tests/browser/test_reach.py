"""The page for everyone: by keyboard, by ear, on a phone and on a wall, in few colours, at rest."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import open_page
from .dashboard_page import EXAMPLES, DashboardPage, example, file
from .lonely_page import ABOUT, PAGE, WELCOME, Lonely, answer

SNOW = {**ABOUT, "title": "Which snow person is it?"}
Begin = Callable[..., Lonely]

# Adds up how far things jumped, as browsers measure it, but for what answers a click or a key.
WATCH_JUMPS = """() => {
  window.jumped = 0;
  window.jumps = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue;
      window.jumped += entry.value;
      window.jumps.push([entry.value, ...entry.sources.map(({ node }) => node?.className ?? "")]);
    }
  }).observe({ type: "layout-shift", buffered: true });
}"""


@pytest.fixture
def begin(browser: Browser) -> Iterator[Begin]:
    """Opens the page, with Voila's or another around it, before the server has said anything."""
    with ExitStack() as pages:

        def begin(**options: Any) -> Lonely:
            page = open_page(browser, **options)
            pages.callback(page.context.close)
            picker = Lonely(page)
            picker.start(views=1, page=PAGE, clock=False)
            return picker

        yield begin


def answers(picker: Lonely, label: str = "olaf", probability: float = 0.8) -> dict[str, Any]:
    rest = (1 - probability) / 2
    bars = [{"label": each, "probability": probability if each == label else rest} for each in ABOUT["labels"]]
    return answer(picker.heard("start")[-1]["id"], label, probability, bars=bars)


def settled(page: Page) -> None:
    """Half a second after the last click: what moves from here on counts as a jump."""
    page.wait_for_function("(clicked = window.clickedAt ?? 0) => performance.now() - clicked > 600", polling=100)


def click_example(page: Page, number: int) -> None:
    page.locator(".snow-example").nth(number).click()
    page.evaluate("window.clickedAt = performance.now()")


def expect_no_jumps(page: Page) -> None:
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("jumped") < 0.05, page.evaluate("jumps")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("locale", ["en", "de", "fr"])
def test_nothing_jumps_from_the_start_to_the_third_answer(begin: Begin, width: int, locale: str) -> None:
    picker = begin(viewport={"width": width, "height": 800}, locale=locale)
    page = picker.page
    page.evaluate(WATCH_JUMPS)
    loading = {key: value for key, value in WELCOME.items() if key != "about"}
    picker.say({**loading, "state": "loading", "examples": 3, "piece_bytes": 10**6})
    for index in range(3):
        picker.say({"kind": "example", "index": index}, EXAMPLES[index].read_bytes())
    picker.say({"kind": "state", "state": "ready", "about": SNOW})
    for count, (label, probability) in enumerate((("olaf", 0.97), ("abominable", 0.7), ("neither", 0.4)), 1):
        expect(page.locator(".snow-example:enabled")).to_have_count(3)
        click_example(page, count - 1)
        sent = picker.wait_for("piece", count)[-1]
        settled(page)
        picker.say({"kind": "got", "id": sent["id"], "pieces": 1})
        expect(page.locator(".snow-card").first).to_have_attribute("data-state", "classifying")
        picker.say(answers(picker, label, probability))
        expect(page.locator(".snow-card").first).to_have_attribute("data-state", "done")
        expect_no_jumps(page)


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_jumps_with_a_server(browser: Browser, extension: str, width: int) -> None:
    page = open_page(browser, viewport={"width": width, "height": 800})
    dashboard = DashboardPage(page)
    dashboard.open(extension)
    page.evaluate(WATCH_JUMPS)
    for number in range(3):
        expect(page.locator(".snow-example:enabled")).to_have_count(len(EXAMPLES))
        click_example(page, number)
        dashboard.expect_answer(f"Example picture {number + 1}")
    settled(page)
    expect_no_jumps(page)
    page.context.close()


def test_the_keyboard_goes_from_top_to_bottom_and_shows_where_it_is(begin: Begin) -> None:
    picker = begin()
    page = picker.page
    picker.say({**WELCOME, "about": SNOW})
    for index in (0, 1):
        picker.say({"kind": "example", "index": index}, example("olaf").read_bytes())
    picker.choose(file("a.bin", b"x"))
    picker.say({"kind": "failed", "id": picker.wait_for("start")[0]["id"], "code": "busy", "message": ""})
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    names = ["Choose pictures", "Example picture 1", "Example picture 2", "Try again", "Language"]
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if not focused.count():
            break
        snapshot = focused.aria_snapshot()
        reached += [name for name in names if name in snapshot]
        assert focused.evaluate("(node) => parseFloat(getComputedStyle(node).outlineWidth)") >= 2
    assert reached[: len(names)] == names


def test_a_picture_is_announced_once(begin: Begin) -> None:
    picker = begin()
    page = picker.page
    picker.say({**WELCOME, "about": SNOW})
    page.evaluate(
        """() => {
          window.announced = [];
          new MutationObserver((changes) => {
            for (const { addedNodes } of changes) window.announced.push(...[...addedNodes].map((n) => n.textContent));
          }).observe(document.querySelector("[aria-live]"), { childList: true, subtree: true });
        }"""
    )
    picker.choose(file("a.bin", b"x"))
    picker.wait_for("start")
    picker.say(answers(picker))
    picker.expect_answer("a.bin", "olaf")
    picker.choose(file("b.bin", b"x"))
    picker.say({"kind": "failed", "id": picker.wait_for("start", 2)[1]["id"], "code": "empty", "message": ""})
    picker.expect_failure("b.bin", "empty")
    assert page.evaluate("announced") == [
        "a.bin: This is Olaf, 80%",
        "b.bin: This file is empty: please choose another one.",
    ]


def test_the_page_has_one_main_part_and_headings_in_order(begin: Begin) -> None:
    picker = begin()
    picker.say({**WELCOME, "about": SNOW})
    picker.choose(file("a.bin", b"x"))
    expect(picker.page.get_by_role("main")).to_have_count(1)
    main = picker.page.get_by_role("main")
    expect(main.get_by_role("heading", level=1)).to_have_text("Which snow person is it?")
    expect(main.get_by_role("heading", level=2).first).to_be_visible()
    levels = main.locator("h1, h2, h3, h4").evaluate_all(
        "(headings) => headings.map((each) => Number(each.tagName[1]))"
    )
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_tab_shows_the_question_and_a_snowman(begin: Begin) -> None:
    page = begin(locale="de").page
    page.evaluate("(message) => say(message)", {**WELCOME, "about": SNOW})
    expect(page).to_have_title("Welches Schneewesen ist das?")
    assert page.evaluate("document.documentElement.lang") == "de"
    assert "ein Yeti" in str(page.locator("meta[name=description]").get_attribute("content"))
    assert "svg" in str(page.locator("link[rel=icon]").get_attribute("href"))


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "ja"])
def test_a_small_window_scrolls_in_one_direction_only(begin: Begin, locale: str) -> None:
    """As wide as a phone of 320 pixels, or as a window of 1280 at 400 %."""
    picker = begin(viewport={"width": 320, "height": 256}, locale=locale)
    picker.say({**WELCOME, "about": SNOW})
    picker.choose(file("a.bin", b"x"))
    picker.wait_for("start")
    picker.say(answers(picker, "abominable"))
    expect(picker.page.locator(".snow-card")).to_have_attribute("data-state", "done")
    assert picker.page.evaluate("document.documentElement.scrollWidth") == 320
    beyond = "[...document.querySelectorAll('.snow *')].filter((e) => e.getBoundingClientRect().right > 321).length"
    assert picker.page.evaluate(beyond) == 0


@pytest.mark.parametrize(("width", "least"), [(1280, 0.5), (1920, 0.4), (3840, 0.35)])
def test_a_large_screen_is_not_left_empty(begin: Begin, width: int, least: float) -> None:
    page = begin(viewport={"width": width, "height": width * 9 // 16}).page
    box = page.locator(".snow").bounding_box()
    assert box is not None
    assert box["width"] / width > least


def test_forced_colours_leave_the_bars_to_be_seen(begin: Begin) -> None:
    picker = begin(forced_colors="active")
    picker.say({**WELCOME, "about": SNOW})
    picker.choose(file("a.bin", b"x"))
    picker.wait_for("start")
    picker.say(answers(picker))
    picker.expect_answer("a.bin", "olaf")
    colour = "(node) => getComputedStyle(node).backgroundColor"
    track = picker.page.locator(".snow-chosen .snow-track").evaluate(colour)
    assert picker.page.locator(".snow-chosen .snow-fill").evaluate(colour) != track
    assert picker.page.locator(".snow-bar:not(.snow-chosen) .snow-fill").first.evaluate(colour) != track


def test_who_wants_no_motion_gets_none(begin: Begin) -> None:
    picker = begin(reduced_motion="reduce")
    picker.say({**WELCOME, "about": SNOW})
    picker.choose(file("a.bin", b"x"), file("b.bin", b"x"))
    picker.wait_for("start", 2)
    picker.say(answers(picker))
    expect(picker.page.locator(".snow-card[data-state=done]")).to_have_count(1)
    assert picker.page.evaluate("document.getAnimations().length") == 0
