"""The element's half that talks to a service, against one that is made up: what takes long, or goes wrong."""

import base64
import io
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from helpers import encode
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from snowpeople.service.problem import CODES

from .conftest import open_page
from .dashboard_page import example, file
from .element_page import ABOUT, ElementPage, predicted, prediction, problem
from .test_axe import violations

PAGE = Path(__file__).parents[2] / "snowpeople" / "dashboard" / "page"
ATTENTION = {
    "label": "olaf", "probability": 0.9, "rows": 2, "columns": 2, "drops": [0.0, 0.5, 0.1, -0.1],
    "box": [0.0, 0.0, 1.0, 1.0], "caption": "where it looked for olaf (90%)",
}  # fmt: skip


@pytest.fixture
def element(browser: Browser) -> Iterator[ElementPage]:
    page = open_page(browser, viewport={"width": 1280, "height": 900}, locale="en-GB")
    page.clock.install()
    element = ElementPage(page)
    # Of what failed, the browser itself tells in its console; the page must not.
    yield element
    assert [each for each in element.complaints if not each.startswith("Failed to load resource")] == []
    page.context.close()


def notice(element: ElementPage) -> Locator:
    return element.page.get_by_role("alert").filter(visible=True)


def troubles(element: ElementPage) -> list[str]:
    """The changes that the page around has heard of: the codes of what is wrong, and "ready"."""
    told = [(name, detail) for name, detail in element.events() if detail.get("name") is None]
    return ["ready" if name == "snow-ready" else detail["code"] for name, detail in told]


def test_a_picture_is_sent_whole_and_its_answer_shown(element: ElementPage) -> None:
    element.start()
    element.choose(file("a.png", example("olaf").read_bytes(), "image/png"))
    card = element.expect_answer("a.png", "olaf")
    expect(card.locator(".snow-bar")).to_have_count(3)
    expect(card.locator("img")).to_be_visible()
    [(query, headers, body)] = element.asked
    assert (query, headers["content-type"]) == ("", "application/octet-stream")
    assert body == example("olaf").read_bytes()
    assert "authorization" not in headers


def test_what_the_browser_can_not_show_comes_back_in_small(element: ElementPage) -> None:
    small = base64.b64encode(example("olaf").read_bytes()).decode()
    element.predict = lambda *_: predicted(prediction(thumbnail=small))
    element.start()
    element.choose(file("a.heic", b"no browser shows this", "image/heic"))
    card = element.expect_answer("a.heic", "olaf")
    assert element.asked[0][0] == "thumbnail=true"
    assert element.thumbnail(card) == example("olaf").read_bytes()


def test_a_web_address_goes_to_the_service(element: ElementPage) -> None:
    small = base64.b64encode(example("olaf").read_bytes()).decode()
    element.predict = lambda query, *_: predicted(prediction(attention=ATTENTION, thumbnail=small))
    element.start()
    element.page.get_by_role("button", name="Web address").click()
    expect(element.page.get_by_text("The server of the classifier fetches it, for the answer only.")).to_be_visible()
    element.page.get_by_label("Web address of a picture").fill("https://a.example/olaf.png")
    element.page.get_by_role("button", name="Fetch").click()
    card = element.expect_answer("a.example/olaf.png", "olaf")
    query, headers, body = element.asked[0]
    assert (query, headers["content-type"]) == ("thumbnail=true", "application/json")
    assert body == b'{"url":"https://a.example/olaf.png"}'
    card.get_by_role("button", name="Where did I look?").click()
    expect(card).to_contain_text("I looked most at the top right")
    assert element.asked[1][0] == "attention=true"


def test_no_web_address_where_the_service_opens_none(element: ElementPage) -> None:
    element.about = lambda: (200, {**ABOUT, "limits": {**ABOUT["limits"], "urls": False}}, {})  # type: ignore[dict-item]
    element.predict = lambda *_: problem(403, "url_off", "This service fetches no pictures from addresses")
    element.start()
    expect(element.page.get_by_role("heading", name="Which?")).to_be_visible()
    expect(element.page.get_by_role("button", name="Web address")).to_be_hidden()
    element.page.evaluate(
        """() => {
      const transfer = new DataTransfer();
      transfer.setData("text/uri-list", "https://a.example/b.png");
      const target = document.querySelector("snow-classifier").shadowRoot.querySelector(".snow-drop");
      target.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }"""
    )
    element.expect_failure("a.example/b.png", "This service fetches no pictures from addresses")


def test_the_smallest_trick_is_searched_for_in_the_page(element: ElementPage) -> None:
    def predict(query: str, headers: dict[str, str], body: bytes):  # type: ignore[no-untyped-def]
        if query:
            return predicted(prediction(attention=ATTENTION))
        parts = body.count(b"filename=") or 1
        # Whatever is changed by much flips: of each kind, all but the first quarter.
        sizes.append(parts)
        labels = ["olaf" if number % 8 < 2 else "abominable" for number in range(parts)] if parts > 1 else ["olaf"]
        return predicted(*map(prediction, labels))

    sizes: list[int] = []
    element.about = lambda: (200, {**ABOUT, "limits": {**ABOUT["limits"], "pictures": 20}}, {})  # type: ignore[dict-item]
    element.predict = predict
    element.start()
    element.choose(file("a.png", example("olaf").read_bytes(), "image/png"))
    element.expect_answer("a.png", "olaf").get_by_role("button", name="Trick me").click()
    panel = element.page.get_by_role("dialog", name="Can you trick me?")
    expect(panel.locator(".snow-title")).to_have_text("This is Olaf")
    panel.get_by_role("button", name="Show me the smallest trick").click()
    expect(panel.locator(".snow-trick-found")).to_contain_text("I take this for an abominable snowman.")
    expect(panel.locator(".snow-title")).to_have_text("An abominable snowman")
    assert max(sizes) == 20, "no more at once than the service takes"


def test_a_busy_service_is_asked_again_when_it_says_so(element: ElementPage) -> None:
    answers = [problem(503, "busy", Retry_After="7"), problem(429, "rate", Retry_After="30"), predicted()]
    element.predict = lambda *_: answers.pop(0)
    element.start()
    element.choose(file("a.png", example("olaf").read_bytes(), "image/png"))
    card = element.card("a.png")
    expect(card).to_contain_text("it is asked again in 7 s")
    assert len(element.asked) == 1
    element.page.clock.run_for(10_000)
    expect(card).to_contain_text("it is asked again in 30 s")
    assert len(element.asked) == 2
    element.page.clock.run_for(40_000)
    element.expect_answer("a.png", "olaf")
    expect(card).not_to_contain_text("asked again")


def test_it_is_not_asked_for_ever(element: ElementPage) -> None:
    element.predict = lambda *_: problem(503, "busy", Retry_After=str(40 + len(element.asked)))
    element.start()
    element.choose(file("a.png", example("olaf").read_bytes(), "image/png"))
    for seconds in (41, 42):
        expect(element.card("a.png")).to_contain_text(f"in {seconds} s")
        element.page.clock.run_for(60_000)
    card = element.expect_failure("a.png", "Too many pictures at once")
    assert len(element.asked) == 3
    element.predict = lambda *_: predicted()
    card.get_by_role("button", name="Try again").click()
    element.expect_answer("a.png", "olaf")


@pytest.mark.parametrize(
    ("code", "detail", "words"),
    [
        ("not_a_picture", "This file is not a picture: choose another.", "This file is not a picture: choose another."),
        ("cut_off", "", "This picture is cut off or damaged"),
        ("url_private", "That is at home.", "That is at home."),
        ("slow", "The body was not there.", "This file did not arrive whole"),
        ("timeout", "There was no answer.", "Too many pictures at once"),
        ("body", "This body is no JSON.", "Something went wrong with this picture"),
        ("fault", "The log of the service says more.", "The log of the service says more."),
    ],
)
def test_problems_are_told_in_the_pages_words(element: ElementPage, code: str, detail: str, words: str) -> None:
    element.predict = lambda *_: problem(CODES[code][0], code, detail)
    element.start()
    element.choose(file("a.png", example("olaf").read_bytes(), "image/png"))
    element.expect_failure("a.png", words)
    # Programs go by the service's own code, whatever the page calls it.
    event, told = element.events()[-1]
    assert (event, told["name"], told["code"]) == ("snow-error", "a.png", code)


def spoken(text: str) -> set[str]:
    """The keys of the page's words for what goes wrong with a picture."""
    return set(re.findall(r"^      (\w+): \"", text.partition("\n    errors: {")[2], re.MULTILINE))


ENGLISH = (PAGE / "languages" / "en.js").read_text(encoding="utf-8")
PROBLEMS = (PAGE / "problems.js").read_text(encoding="utf-8").partition("const PROBLEMS = {")[2].partition("};")[0]
RENAMED = dict(re.findall(r"(\w+): \"(\w+)\"", PROBLEMS))


def test_every_code_of_the_service_has_words() -> None:
    known = spoken(ENGLISH)
    assert set(RENAMED) <= set(CODES)
    assert set(RENAMED.values()) <= known
    ours_alone = {"request", "not_found", "method", "media_type", "query", "body", "base64"}  # a page asks as it should
    assert set(CODES) - ours_alone <= known | set(RENAMED)


def test_the_codes_that_only_the_page_knows_are_in_its_documentation() -> None:
    text = (PAGE.parents[2] / "docs" / "website.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \| (a picture|the service) \|", text, re.MULTILINE)
    remedies = ENGLISH.partition("      remedies: {")[2].partition("      },")[0]
    of_service = set(re.findall(r"^        (\w+): \(", remedies, re.MULTILINE))
    assert {code for code, of in told if of == "the service"} == of_service | {"offline"}
    elsewhere = {"web_page", "no_fetch", "not_here", "no_classifier", "dropped"}  # of notebooks and static sites
    ours = spoken(ENGLISH) - set(CODES) - set(RENAMED.values()) - elsewhere
    assert {code for code, of in told if of == "a picture"} == ours


def test_a_file_that_is_too_large_is_not_sent(element: ElementPage) -> None:
    limits = {**ABOUT["limits"], "picture_bytes": 100}  # type: ignore[dict-item]
    element.about = lambda: (200, {**ABOUT, "limits": limits}, {})
    element.start()
    element.choose(file("a.tif", b"x" * 101, "image/tiff"))
    element.expect_failure("a.tif", "This file is too large")
    assert element.asked == []
    assert element.events()[-1][1]["code"] == "too_large"


def test_a_service_that_is_gone_is_told_and_found_again(element: ElementPage) -> None:
    element.start()
    expect(element.page.get_by_role("heading", name="Which?")).to_be_visible()
    element.about = lambda: None
    element.predict = lambda *_: None
    element.choose(file("a.png", example("olaf").read_bytes(), "image/png"))
    expect(notice(element)).to_contain_text("The classifier can’t be reached at the moment.What is on this page stays")
    expect(element.card("a.png")).to_have_attribute("data-state", "waiting")
    expect(element.card("a.png")).to_contain_text("Waiting for the classifier")
    expect(element.card("a.png").locator("img")).to_be_visible()
    asked, greeted = len(element.asked), len(element.greeted)
    for _ in range(30):
        element.page.clock.run_for(2_000)
    assert len(element.asked) == asked, "pictures wait until it is there"
    assert len(element.greeted) - greeted <= 9, "and nobody asks too often whether it is"
    for _ in range(300):  # a refusal takes a while of the real time, of which the page's clock knows nothing
        if len(element.greeted) - greeted >= 3:
            break
        element.page.clock.run_for(2_000)
    assert len(element.greeted) - greeted >= 3, "but again and again"
    expect(notice(element)).to_contain_text("What is on this page stays")
    assert troubles(element) == ["ready", "gone"]
    element.about = lambda: (200, ABOUT, {})
    element.predict = lambda *_: predicted()
    for _ in range(300):
        if not notice(element).count():
            break
        element.page.clock.run_for(2_000)
    element.expect_answer("a.png", "olaf")
    expect(notice(element)).to_have_count(0)
    assert troubles(element) == ["ready", "gone", "ready"]


@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_that_may_not_ask_says_so_in_a_sentence_and_its_maker_learns_why(
    element: ElementPage, width: int
) -> None:
    page = element.page
    page.set_viewport_size({"width": width, "height": 900})
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    element.allowed = "http://nobody.localhost"
    element.start('<main><snow-classifier src="http://model.localhost"></snow-classifier></main>')
    words = "The classifier can’t be used from this page at the moment."
    expect(notice(element)).to_have_text(words)
    element.choose(
        file("a.png", example("olaf").read_bytes(), "image/png"), file("b.heic", b"no browser shows this", "image/heic")
    )
    card = element.card("a.png")
    expect(card.get_by_role("heading")).to_have_text("Waiting for the classifier …")
    expect(card.locator("img")).to_be_visible()
    expect(card.get_by_role("progressbar")).to_be_hidden()
    heights = [each.bounding_box()["height"] for each in page.locator(".snow-card").all()]  # type: ignore[index]
    assert max(heights) < 250, "no place is held for an answer that nobody knows of"
    page.evaluate(AXE_SCRIPT)
    assert violations(page) == []
    for _ in range(15):
        page.clock.run_for(2_000)
    expect(notice(element)).to_have_text(words)
    remedy = "The service is there, but does not let pages of http://site.localhost ask: "
    remedy += "start it with --cors http://site.localhost"
    assert element.events() == [["snow-error", {"name": None, "code": "cors", "message": words, "remedy": remedy}]]
    assert [error for error in errors if "<snow-classifier>" in error] == [f"<snow-classifier>: {remedy}"]
    # A page may put something else in its place for that long.
    page.locator("snow-classifier").evaluate("(node) => { node.hidden = true }")
    expect(notice(element)).to_have_count(0)
    page.evaluate("document.addEventListener('snow-ready', ({ target }) => { target.hidden = false })")
    element.allowed = "*"
    page.clock.run_for(20_000)
    element.expect_answer("a.png", "olaf")
    expect(notice(element)).to_have_count(0)
    assert troubles(element) == ["cors", "ready"]
    assert element.events()[1][1] == {"title": "Which?", "labels": ABOUT["labels"]}
    assert element.asked[0][2] == example("olaf").read_bytes()


def test_pictures_are_seen_before_the_service_is_there_and_are_sent_once(element: ElementPage) -> None:
    element.about = lambda: problem(503, "loading", Retry_After="1")
    element.start()
    photo = encode(Image.effect_mandelbrot((1600, 1200), (-2, -1, 1, 1), 50).convert("RGB"), "JPEG")
    element.choose(file("a.jpg", photo))
    expect(element.card("a.jpg").locator("img")).to_be_visible()
    assert element.asked == []
    seen = element.thumbnail(element.card("a.jpg"))
    element.about = lambda: (200, ABOUT, {})
    element.page.clock.run_for(3_000)
    card = element.expect_answer("a.jpg", "olaf")
    [(query, _, body)] = element.asked
    assert query == ""
    assert Image.open(io.BytesIO(body)).size == (1024, 768)
    assert element.thumbnail(card) == seen


def test_a_service_that_stays_loading_is_told_with_its_own_code(element: ElementPage) -> None:
    element.about = lambda: problem(503, "loading", Retry_After="1")
    element.start()
    expect(element.page.get_by_text("I am just waking up")).to_be_visible()
    element.page.clock.run_for(8_000)
    assert troubles(element) == []
    for _ in range(10):
        element.page.clock.run_for(2_000)
    expect(notice(element)).to_contain_text("The classifier can’t be reached at the moment.")
    assert troubles(element) == ["loading"]
    element.about = lambda: (200, ABOUT, {})
    element.page.clock.run_for(20_000)
    expect(element.page.get_by_role("heading", name="Which?")).to_be_visible()
    assert troubles(element) == ["loading", "ready"]


def test_what_is_wrong_is_told_in_the_language_that_is_chosen(element: ElementPage) -> None:
    element.about = lambda: None
    element.start()
    expect(notice(element)).to_contain_text("The classifier can’t be reached")
    element.page.get_by_role("combobox", name="Language").select_option("de")
    expect(notice(element)).to_contain_text("Der Klassifikator ist gerade nicht zu erreichen.Was auf dieser Seite ist")
    element.page.clock.run_for(20_000)
    assert troubles(element) == ["gone"], "another language is no news"


def test_a_picture_that_breaks_the_connection_each_time_is_given_up(element: ElementPage) -> None:
    element.predict = lambda *_: None
    element.start()
    element.choose(file("a.png", example("olaf").read_bytes(), "image/png"))
    for _ in range(3):
        element.page.clock.run_for(3_000)
    element.expect_failure("a.png", "The server does not answer")
    assert len(element.asked) == 3
    assert element.events()[-1][1]["code"] == "lost"


def test_a_service_that_is_loading_is_waited_for(element: ElementPage) -> None:
    element.about = lambda: problem(503, "loading", Retry_After="1")
    element.start()
    expect(element.page.get_by_text("I am just waking up")).to_be_visible()
    element.choose(file("a.png", example("olaf").read_bytes(), "image/png"))
    element.about = lambda: (200, ABOUT, {})
    element.page.clock.run_for(3_000)
    element.expect_answer("a.png", "olaf")


def test_another_server_at_that_address_is_told(element: ElementPage) -> None:
    element.about = lambda: (404, {"message": "no"}, {})
    element.start()
    expect(notice(element)).to_have_text("The classifier can’t be used from this page at the moment.")
    [[name, detail]] = element.events()
    assert (name, detail["code"]) == ("snow-error", "stranger")
    assert detail["remedy"] == "There is no such service at this address: http://model.localhost/"


def test_a_key_that_is_needed_is_asked_for_and_pictures_wait(element: ElementPage) -> None:
    key = "let-me-in"
    element.about = lambda: (
        (200, ABOUT, {}) if element.greeted[-1].get("authorization") == f"Bearer {key}" else problem(401, "key")
    )
    element.start()
    field = element.page.get_by_label("Key of the service")
    expect(field).to_be_visible()
    expect(notice(element)).to_have_text("This service asks for a key.")
    element.choose(file("a.png", example("olaf").read_bytes(), "image/png"))
    field.fill("wrong")
    field.press("Enter")
    expect(notice(element)).to_have_text("This key was not accepted: please check it, and try again.")
    expect(field).to_have_value("")
    field.fill(key)
    element.page.get_by_role("button", name="Use it").click()
    element.expect_answer("a.png", "olaf")
    expect(field).to_be_hidden()
    assert element.asked[0][1]["authorization"] == f"Bearer {key}"
    assert troubles(element) == ["key", "key", "ready"]


@pytest.mark.parametrize("attribute", ["key", "api-key"])
def test_a_key_in_the_page_is_sent_and_a_later_one_counts(element: ElementPage, attribute: str) -> None:
    element.about = lambda: (
        (200, ABOUT, {}) if element.greeted[-1].get("authorization") == "Bearer two" else problem(401, "key")
    )
    element.start(f'<snow-classifier src="http://model.localhost" {attribute}="one"></snow-classifier>')
    expect(element.page.get_by_label("Key of the service")).to_be_visible()
    assert element.greeted[0]["authorization"] == "Bearer one"
    element.page.locator("snow-classifier").evaluate(f"(node) => node.setAttribute('{attribute}', 'two')")
    expect(element.page.get_by_role("heading", name="Which?")).to_be_visible()
    element.choose(file("a.png", example("olaf").read_bytes(), "image/png"))
    element.expect_answer("a.png", "olaf")


def test_where_it_looked_arrives_as_numbers(element: ElementPage) -> None:
    drops = [round(value, 3) for value in struct.unpack("<4f", struct.pack("<4f", 0.01, 0.02, 0.6, -0.3))]
    attention = {**ATTENTION, "drops": drops, "label": "abominable"}
    element.predict = lambda query, *_: predicted(prediction(attention=attention) if query else prediction())
    element.start()
    element.choose(file("a.png", example("olaf").read_bytes(), "image/png"))
    card = element.expect_answer("a.png", "olaf")
    card.get_by_role("button", name="Where did I look?").click()
    expect(card).to_contain_text("Looking for an abominable snowman, I looked most at the bottom left.")
    pixel = card.locator(".snow-map").evaluate(
        "(map) => [...map.getContext('2d').getImageData(map.width * 0.2, map.height * 0.8, 1, 1).data]"
    )
    assert pixel[:2] == [pytest.approx(213, abs=3), pytest.approx(94, abs=3)]
