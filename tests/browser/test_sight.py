"""What comes after a visitor's act comes into sight, and nothing else moves."""

import re
import struct
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from .conftest import open_page
from .dashboard_page import example, file
from .lonely_page import ABOUT, PAGE, WELCOME, Lonely, answer
from .test_history import ANSWERS, photo


class Sight(Lonely):
    @property
    def cards(self) -> Locator:
        return self.page.locator(".snow-card")

    @property
    def scrolled(self) -> int:
        place: int = self.page.evaluate("Math.round(scrollY)")
        return place

    def begin(self) -> None:
        self.start(views=1, page=PAGE, clock=False)
        self.page.evaluate(ANSWERS)
        self.say({**WELCOME, "piece_bytes": 500_000, "about": {**ABOUT, "title": "Which snow person is it?"}})
        for index, label in enumerate(("olaf", "neither")):
            self.say({"kind": "example", "index": index}, example(label).read_bytes())
        expect(self.page.locator(".snow-example").last).to_be_enabled()


@pytest.fixture
def sight(browser: Browser) -> Iterator[Callable[..., Sight]]:
    opened: list[Sight] = []

    def open_at(width: int, height: int, **options: object) -> Sight:
        size = {"width": width, "height": height}
        opened.append(Sight(open_page(browser, viewport=size, **{"reduced_motion": "reduce", **options})))
        opened[-1].begin()
        return opened[-1]

    yield open_at
    for each in opened:
        assert each.complaints == []
        each.page.context.close()


Open = Callable[..., Sight]


@pytest.mark.parametrize(
    ("way", "width", "height"),
    [("example", 390, 844), ("choose", 390, 844), ("paste", 1280, 800), ("choose", 844, 390)],
)
def test_the_newest_answer_comes_into_sight(sight: Open, way: str, width: int, height: int) -> None:
    visit = sight(width, height)
    for number in range(2):
        pictures = [file(f"{number} {part}.png", photo(3 * number + part), "image/png") for part in range(3)]
        if way == "example":
            visit.page.locator(".snow-example").nth(number).click()
        elif way == "choose":
            visit.choose(*pictures)
        else:
            visit.paste(*pictures)
        expect(visit.cards).to_have_count(min(5, (number + 1) * (1 if way == "example" else 3)))
        expect(visit.cards.first).to_have_attribute("data-state", "done")
        expect(visit.cards.first.get_by_role("heading")).to_be_in_viewport(ratio=1)
        if height > 700:
            expect(visit.cards.first).to_be_in_viewport(ratio=1)
        visit.page.evaluate("scrollTo(0, 0)")


def test_the_answers_come_before_what_can_be_taken_along(sight: Open) -> None:
    visit = sight(390, 844)
    visit.page.locator(".snow-example").first.click()
    card, download = visit.cards.first.bounding_box(), visit.page.get_by_role("button", name="(CSV)").bounding_box()
    assert card is not None
    assert download is not None
    assert card["y"] + card["height"] < download["y"]


def test_it_glides_unless_that_is_not_wanted(sight: Open) -> None:
    asked = []
    for motion in ("reduce", "no-preference"):
        visit = sight(390, 600, reduced_motion=motion)
        visit.page.evaluate("Element.prototype.scrollIntoView = (options) => (window.asked = options)")
        visit.page.locator(".snow-example").first.click()
        asked.append(visit.page.evaluate("asked"))
    assert asked == [{"block": "nearest", "behavior": how} for how in ("auto", "smooth")]


def test_the_focus_stays_and_who_writes_is_not_scrolled_away(sight: Open) -> None:
    visit = sight(390, 600)
    visit.page.locator(".snow-example").first.focus()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".snow-example").first).to_be_focused()
    assert visit.scrolled > 0
    visit.page.evaluate("scrollTo(0, 0)")
    visit.page.get_by_role("button", name="Web address").click()
    visit.page.get_by_label("Web address of a picture").fill("https://exam")
    before = visit.scrolled
    visit.paste(file("b.png", photo(1), "image/png"))
    visit.expect_answer("b.png")
    assert visit.scrolled == before


def test_nothing_scrolls_behind_a_dialog(sight: Open) -> None:
    visit = sight(390, 600)
    visit.page.locator(".snow-example").first.click()
    visit.page.get_by_role("button", name="Clear").click()
    expect(visit.page.get_by_role("dialog")).to_be_visible()
    visit.page.evaluate("scrollTo(0, 0)")
    visit.paste(file("b.png", photo(1), "image/png"))
    visit.expect_answer("b.png")
    assert visit.scrolled == 0


def test_an_example_chosen_again_is_shown_again(sight: Open) -> None:
    visit = sight(390, 844)
    examples = visit.page.locator(".snow-example")
    examples.first.click()
    visit.expect_answer("Example picture 1")
    visit.choose(*[file(f"{number}.png", photo(number), "image/png") for number in range(5)])
    expect(visit.card("Example picture 1")).to_have_count(0)  # no longer one of the newest
    visit.page.evaluate("scrollTo(0, 0)")
    examples.first.click()
    card = visit.card("Example picture 1")
    expect(card).to_be_in_viewport(ratio=1)
    expect(card).to_have_attribute("aria-current", "true")
    expect(visit.page.locator(".snow-mini")).to_have_count(6)
    expect(visit.page.get_by_role("log")).to_contain_text("Example picture 1: This is Olaf, 90%")
    visit.page.get_by_role("button", name="Clear").click()
    visit.page.get_by_role("button", name="Forget them").click()
    examples.first.click()
    visit.expect_answer("Example picture 1")


def test_names_of_ours_follow_the_language(sight: Open) -> None:
    visit = sight(390, 844)
    visit.page.locator(".snow-example").nth(1).click()
    visit.expect_answer("Example picture 2")
    visit.page.get_by_label("Language").select_option("Deutsch")
    expect(visit.cards.locator(".snow-name")).to_have_text("Beispielbild\u00a02")


def test_failures_among_many_are_counted_and_one_press_away(sight: Open) -> None:
    visit = sight(390, 844)
    good = [file(f"{number}.png", photo(number), "image/png") for number in range(7)]
    visit.choose(*good, *[file(f"broken {number}.png", b"", "image/png") for number in range(2)])
    tally = visit.page.locator(".snow-tally")
    expect(tally).to_have_text("9 pictures: 7 answered, 2 without an answer")
    expect(visit.page.get_by_role("log")).to_contain_text("9 pictures: 7 answered, 2 without an answer.")
    expect(visit.card("broken 0.png")).to_have_count(0)
    for number in range(2):
        tally.get_by_role("button", name="2 without an answer").click()
        card = visit.card(f"broken {number}.png")
        expect(card).to_be_in_viewport(ratio=1)
        expect(card.get_by_role("heading")).to_be_focused()
    visit.page.get_by_role("button", name="Put away: broken 1.png").click()
    expect(visit.card("broken 0.png").get_by_role("heading")).to_be_focused()
    expect(tally).to_have_text("8 pictures: 7 answered, 1 without an answer")
    visit.page.get_by_role("button", name="Put away: broken 0.png").click()
    expect(tally).to_have_text("7 pictures: 7 answered")
    expect(visit.cards.first.get_by_role("heading")).to_be_focused()
    expect(visit.page.locator(".snow-mini")).to_have_count(7)


def test_the_last_failure_is_put_away(sight: Open) -> None:
    visit = sight(390, 844)
    visit.choose(file("broken.png", b"", "image/png"))
    visit.page.get_by_role("button", name="Put away").click()
    expect(visit.cards).to_have_count(0)
    expect(visit.drop_zone).to_be_focused()


@pytest.mark.parametrize("language", ["English", "Deutsch", "Español", "Français", "日本語"])
def test_the_words_in_the_strip_are_whole(sight: Open, language: str) -> None:
    visit = sight(1280, 800)
    visit.page.evaluate("void (sent.push = Array.prototype.push.bind(sent))")
    visit.page.get_by_label("Language").select_option(language)
    visit.choose(*[file(f"{number}.png", photo(number), "image/png") for number in range(5)], file("b", b""))
    for number, label in enumerate(("abominable", "neither", "olaf", "abominable", "neither"), 1):
        visit.say(answer(visit.wait_for("start", number)[number - 1]["id"], label))
    expect(visit.page.locator(".snow-mini[data-state=done]")).to_have_count(5)
    cut = "(all) => all.filter((node) => node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight)"
    words = visit.page.locator(".snow-caption")
    assert words.evaluate_all(f"{cut[:-1]}).map((node) => node.textContent)") == []
    for caption in words.all():
        lines = caption.evaluate("(node) => node.textContent.split(' ').length")
        assert caption.evaluate("""(node) => {
          const range = document.createRange();
          range.selectNodeContents(node);
          return new Set([...range.getClientRects()].map(({ top }) => top)).size;
        }""") <= max(lines, 2 if language == "日本語" else 1)


def test_the_bars_of_an_answer_that_is_none_of_them_say_why(sight: Open) -> None:
    visit = sight(390, 844)
    visit.page.evaluate("void (sent.push = Array.prototype.push.bind(sent))")
    visit.choose(file("otter.png", photo(1), "image/png"))
    bars = [{"label": "olaf", "probability": 0.86}, {"label": "abominable", "probability": 0.14}]
    visit.say(answer(visit.wait_for("start")[0]["id"], "neither", 0.61, unfamiliar=True, bars=bars))
    card = visit.expect_answer("otter.png", "neither")
    expect(card).to_contain_text("so I don’t name it. If I had to choose:")
    expect(card.locator(".snow-chosen")).to_have_count(0)
    said = visit.page.get_by_role("log")
    expect(said).to_contain_text("otter.png: Neither of them. It is unlike all that I have learnt")
    expect(said).not_to_contain_text("61")
    card.get_by_role("button", name=re.compile("^Trick")).click()
    expect(visit.page.get_by_role("dialog")).to_contain_text("If I had to choose:")


def test_open_maps_and_forms_stay_open_in_another_language(sight: Open) -> None:
    visit = sight(1280, 900)
    visit.choose(file("a.png", photo(1), "image/png"))
    card = visit.expect_answer("a.png")
    card.get_by_role("button", name="Is this wrong?").click()
    card.get_by_label("What is it?").select_option("Something else")
    card.get_by_label("In a few words").fill("a heap")
    visit.page.evaluate("void (sent.push = Array.prototype.push.bind(sent))")
    card.get_by_role("button", name="Where did I look?").click()
    visit.page.wait_for_function("sent.some(({ task }) => task === 'look')")
    asked = [each for each in visit.heard("start") if each["task"] == "look"]
    look = {"kind": "look", "id": asked[0]["id"], "label": "olaf", "rows": 1, "columns": 2, "base": 0.9}
    visit.say({**look, "box": [0, 0, 1, 1]}, struct.pack("<2f", 0.5, 0))
    expect(card.locator(".snow-map")).to_be_visible()
    expect(card.get_by_text("Orange:")).to_be_visible()
    expect(card.get_by_text("Blue stripes:")).to_be_hidden()  # there are none
    visit.page.get_by_label("Language").select_option("Deutsch")
    expect(card.locator(".snow-map")).to_be_visible()
    expect(card).to_contain_text("Dafür habe ich vor allem links in der Mitte hingeschaut.")
    expect(card.get_by_label("Was ist es?")).to_have_value("Etwas anderes")
    expect(card.get_by_label("In ein paar Worten")).to_have_value("a heap")
    assert len([each for each in visit.heard("start") if each["task"] == "look"]) == 1
    card.get_by_role("button", name="Abbrechen").click()
    card.get_by_role("button", name="Wo habe ich hingeschaut?").click()
    visit.page.get_by_label("Sprache").select_option("English")
    expect(card.get_by_role("button", name="Where did I look?")).to_have_attribute("aria-pressed", "false")
    expect(card.get_by_label("What is it?")).to_be_hidden()


def test_nothing_is_chosen_for_who_marks(sight: Open) -> None:
    visit = sight(1280, 900)
    visit.choose(file("a.png", photo(1), "image/png"))
    card = visit.expect_answer("a.png")
    card.get_by_role("button", name="Is this wrong?").click()
    save = card.get_by_role("button", name="Mark it")
    expect(save).to_be_disabled()
    card.get_by_label("What is it?").select_option("Neither")
    save.click()
    expect(card).to_contain_text("Marked as: Neither")


def test_text_that_is_pasted_is_no_picture_and_that_is_said(sight: Open) -> None:
    visit = sight(1280, 800)
    visit.page.evaluate("""() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "hello");
      document.body.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData }));
    }""")
    expect(visit.page.locator(".snow-hint").filter(has_text="There was no picture in that.")).to_be_visible()


def test_what_a_finger_cannot_do_is_not_offered(sight: Open) -> None:
    expect(sight(1280, 800).page.get_by_text("or drop them anywhere")).to_be_visible()
    touch = sight(390, 844, has_touch=True, is_mobile=True)
    expect(touch.page.get_by_text("or drop them anywhere")).to_be_hidden()


def test_one_picture_is_spoken_of_as_one(sight: Open) -> None:
    visit = sight(390, 844)
    visit.page.locator(".snow-example").first.click()
    visit.page.get_by_role("button", name="Clear").click()
    expect(visit.page.get_by_role("button", name="Keep it")).to_be_visible()
    visit.page.get_by_role("button", name="Forget it").click()
    expect(visit.cards).to_have_count(0)
