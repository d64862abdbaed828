"""The camera of the visitor's own device: a made-up one, which browsers have for tests."""

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from snowpeople.dashboard.script import style

from .conftest import ARGUMENTS, executable, open_page
from .lonely_page import WELCOME, Lonely, answer

# Remembers every track, so that a test can see whether the camera's light is on.
FOLLOW = """
  window.tracks = [];
  const { mediaDevices } = navigator;
  if (mediaDevices) {
    const real = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (wanted) => {
      window.wanted = wanted;
      const stream = await real(wanted);
      tracks.push(...stream.getTracks());
      return stream;
    };
  }
"""

# A camera whose picture is red on its left side and blue on its right.
RED_AND_BLUE = """(facing) => {
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const context = canvas.getContext("2d");
    const draw = () => {
      ["red", "blue"].forEach((colour, side) => {
        context.fillStyle = colour;
        context.fillRect(side * 320, 0, 320, 480);
      });
      requestAnimationFrame(draw);
    };
    draw();
    const stream = canvas.captureStream();
    stream.getVideoTracks()[0].getSettings = () => ({ facingMode: facing });
    return stream;
  };
}"""


class Photographer(Lonely):
    def begin(self, origin: str = "http://localhost") -> "Photographer":
        self.page.add_init_script(FOLLOW)
        self.start(origin=origin)
        self.page.add_style_tag(content=style())
        self.say({**WELCOME, "piece_bytes": 10**6})
        return self

    @property
    def view(self) -> Locator:
        return self.page.locator(".snow").first

    def press(self, name: str) -> None:
        self.view.get_by_role("button", name=name, exact=True).click()

    def turn_on(self) -> None:
        self.press("Use the camera")
        expect(self.view.get_by_role("button", name="Take a picture", exact=True)).to_be_enabled()
        self.page.wait_for_function("document.querySelector('video').videoWidth > 0")

    @property
    def lights(self) -> int:
        """How many cameras have their light on."""
        count: int = self.page.evaluate("tracks.filter(({ readyState }) => readyState === 'live').length")
        return count

    def expect_off(self, words: str = "") -> None:
        expect(self.view.get_by_role("button", name="Use the camera")).to_be_visible()
        expect(self.view.locator("video")).to_be_hidden()
        expect(self.view.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
        if words:
            expect(self.view.get_by_role("alert").filter(has_text=words)).to_be_visible()
        assert self.lights == 0

    def reply(self, number: int) -> None:
        self.say(answer(self.wait_for("start", number)[number - 1]["id"], "olaf"))


@pytest.fixture(scope="module")
def equipped(browser: Browser) -> Iterator[Browser]:
    """A browser with two cameras, whose visitor allows all."""
    devices = ["--use-fake-device-for-media-stream=device-count=2", "--use-fake-ui-for-media-stream"]
    other = browser.browser_type.launch(executable_path=executable(), args=[*ARGUMENTS, *devices])
    yield other
    other.close()


@pytest.fixture(scope="module")
def refusing(browser: Browser) -> Iterator[Browser]:
    """A browser with a camera that may not be used."""
    devices = ["--use-fake-device-for-media-stream", "--deny-permission-prompts"]
    other = browser.browser_type.launch(executable_path=executable(), args=[*ARGUMENTS, *devices])
    yield other
    other.close()


@pytest.fixture
def camera(equipped: Browser) -> Iterator[Photographer]:
    photographer = Photographer(open_page(equipped)).begin()
    yield photographer
    assert photographer.complaints == []
    photographer.page.context.close()


def test_one_picture_is_answered_like_any_other(camera: Photographer) -> None:
    camera.turn_on()
    assert camera.lights == 1
    camera.press("Take a picture")
    start = camera.wait_for("start")[0]
    assert start["size"] > 1000
    camera.say(answer(start["id"], "olaf"))
    card = camera.view.locator(".snow-card")
    expect(card).to_have_attribute("data-state", "done")
    expect(card.locator(".snow-name")).to_have_text(re.compile(r"^Camera \d\d:\d\d:\d\d$"))
    camera.press("Stop the camera")
    camera.expect_off()


def test_the_last_picture_and_its_answer_show_where_the_visitor_looks(camera: Photographer) -> None:
    camera.page.set_viewport_size({"width": 390, "height": 844})
    camera.turn_on()
    before = camera.page.evaluate("scrollY")
    for number in (1, 2):
        camera.press("Take a picture")
        last = camera.view.locator(".snow-stage .snow-last")
        expect(last.locator("canvas")).to_have_count(1)
        camera.reply(number)
        expect(last).to_have_text("This is Olaf")
        expect(last).to_be_in_viewport(ratio=1)
        assert camera.page.evaluate("scrollY") == before  # the visitor aims
    last.click()
    expect(camera.view.locator(".snow-card").first.get_by_role("heading")).to_be_focused()
    camera.press("Stop the camera")
    camera.turn_on()
    expect(last).to_be_hidden()


def test_nothing_is_asked_for_but_a_picture(camera: Photographer) -> None:
    assert camera.page.evaluate("window.wanted") is None
    camera.turn_on()
    assert camera.page.evaluate("wanted.audio") is False


def test_a_series_waits_for_each_answer_and_can_be_stopped(camera: Photographer) -> None:
    camera.turn_on()
    camera.press("A picture every 5 seconds")
    camera.wait_for("start")
    camera.pass_seconds(4)
    camera.say({"kind": "pong"})
    camera.pass_seconds(4)
    assert len(camera.heard("start")) == 1
    camera.reply(1)
    camera.wait_for("start", 2)
    camera.reply(2)
    camera.pass_seconds(5)
    camera.wait_for("start", 3)
    camera.reply(3)
    camera.press("Stop")
    expect(camera.view.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    expect(camera.view.get_by_role("button", name="Take a picture", exact=True)).to_be_focused()
    assert camera.lights == 1  # the series ends, and no more
    camera.pass_seconds(30)
    assert len(camera.heard("start")) == 3


def test_stop_is_in_sight_wherever_the_page_is_scrolled_to(camera: Photographer) -> None:
    camera.page.set_viewport_size({"width": 390, "height": 600})
    camera.turn_on()
    camera.press("A picture every 2 seconds")
    for number in range(1, 6):
        camera.reply(number)
        expect(camera.view.locator(".snow-card[data-state=done]")).to_have_count(number)
        camera.pass_seconds(2)
    stop = camera.view.get_by_role("button", name="Stop", exact=True)
    height = camera.page.evaluate("document.querySelector('.snow').getBoundingClientRect().height")
    assert height > 1200
    for place in (0, 400, height - 700):
        camera.page.evaluate("(place) => scrollTo(0, place)", place)
        expect(stop).to_be_in_viewport(ratio=1)
        box = stop.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44


def test_another_interval_takes_the_place_of_the_one_before(camera: Photographer) -> None:
    camera.turn_on()
    camera.press("A picture every 10 seconds")
    camera.reply(1)
    camera.press("A picture every 2 seconds")
    camera.reply(2)
    pressed = camera.view.locator("[aria-pressed=true]")
    expect(pressed).to_have_text("2 s")
    expect(camera.view.get_by_role("button", name="Stop", exact=True)).to_have_count(1)
    camera.pass_seconds(2)
    camera.wait_for("start", 3)
    camera.pass_seconds(9)
    assert len(camera.heard("start")) == 3


def test_a_series_ends_when_there_are_no_answers(camera: Photographer) -> None:
    camera.turn_on()
    camera.press("A picture every 2 seconds")
    camera.say({"kind": "failed", "id": camera.wait_for("start")[0]["id"], "code": "no_classifier", "message": ""})
    camera.pass_seconds(3)
    camera.expect_off("got no answer")


def test_nobodys_camera_runs_on_forgotten(camera: Photographer) -> None:
    camera.turn_on()
    camera.page.evaluate("""() => {
      const push = sent.push.bind(sent);
      sent.push = (message) => {
        push(message);
        if (message.kind !== "piece") return;
        const bars = [{ label: "olaf", probability: 0.9 }];
        setTimeout(() => say({ kind: "answer", id: message.id, label: "olaf", probability: 0.9, bars }));
      };
    }""")
    camera.press("A picture every 2 seconds")
    for count in range(1, 101):
        camera.wait_for("start", count)
        # Real time passes as well: on a busy machine there may be more by now.
        expect(camera.view.locator(".snow-strip [data-state=done]").nth(count - 1)).to_be_attached()
        camera.pass_seconds(2)
    camera.expect_off("That was 100 pictures")


@pytest.mark.parametrize(("facing", "mirrored"), [(None, True), ("user", True), ("environment", False)])
def test_who_looks_into_it_sees_a_mirror_and_sends_none(camera: Photographer, facing: str, mirrored: bool) -> None:
    camera.page.evaluate(RED_AND_BLUE, facing)
    camera.turn_on()
    style = camera.view.locator("video").evaluate("(video) => getComputedStyle(video).transform")
    assert style == ("matrix(-1, 0, 0, 1, 0, 0)" if mirrored else "none")
    camera.press("Take a picture")
    camera.reply(1)
    card = camera.view.locator(".snow-card[data-state=done]")
    expect(card).to_be_visible()
    sent = Image.open(io.BytesIO(camera.thumbnail(card)))
    left, right = (sent.getpixel((x, 100)) for x in (50, 270))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 200 > 50 > left[2]
    assert right[2] > 200 > 50 > right[0]


def test_the_other_camera(camera: Photographer) -> None:
    camera.turn_on()
    first = camera.page.evaluate("tracks[0].label")
    camera.press("Other camera")
    camera.page.wait_for_function("tracks.length === 2")
    assert camera.page.evaluate("tracks[1].label") != first
    assert camera.lights == 1
    expect(camera.view.get_by_role("button", name="Other camera")).to_be_focused()
    camera.press("Other camera")
    camera.page.wait_for_function("tracks.length === 3")
    assert camera.page.evaluate("tracks[2].label") == first


def test_a_phone_turns_to_its_other_side(camera: Photographer) -> None:
    camera.turn_on()
    assert camera.page.evaluate("wanted.video.facingMode") == "environment"
    camera.page.evaluate("tracks[0].getSettings = () => ({ facingMode: 'environment', deviceId: 'x' })")
    camera.press("Other camera")
    camera.page.wait_for_function("wanted.video.facingMode === 'user'")


def test_escape_turns_it_off(camera: Photographer) -> None:
    camera.turn_on()
    camera.page.keyboard.press("Escape")
    camera.expect_off()


def test_it_goes_off_when_the_page_is_hidden(camera: Photographer) -> None:
    camera.turn_on()
    camera.page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { value: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    camera.expect_off("while you were away")


def test_it_goes_off_with_its_view(camera: Photographer) -> None:
    camera.turn_on()
    camera.page.evaluate("closeAll()")
    assert camera.lights == 0


def test_it_goes_off_even_if_it_comes_late(camera: Photographer) -> None:
    camera.page.evaluate("""() => {
      const { mediaDevices } = navigator;
      const real = mediaDevices.getUserMedia.bind(mediaDevices);
      const come = new Promise((resolve) => (window.come = resolve));
      mediaDevices.getUserMedia = async (wanted) => (await come, real(wanted));
    }""")
    camera.press("Use the camera")
    expect(camera.view.get_by_text("Waiting for the camera")).to_be_visible()
    camera.press("Stop the camera")
    camera.page.evaluate("come()")
    camera.page.wait_for_function("tracks.length === 1 && tracks[0].readyState === 'ended'")
    camera.expect_off()


def test_a_camera_that_is_taken_away(camera: Photographer) -> None:
    camera.turn_on()
    camera.page.evaluate("tracks[0].stop(), tracks[0].dispatchEvent(new Event('ended'))")
    camera.expect_off("taken away")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("NotFoundError", "No camera was found"),
        ("OverconstrainedError", "No camera was found"),
        ("NotAllowedError", "may not be used"),
        ("NotReadableError", "in use by another"),
        ("AbortError", "in use by another"),
    ],
)
def test_why_there_is_no_camera(camera: Photographer, fault: str, words: str) -> None:
    camera.page.evaluate(
        "(fault) => (navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('x', fault); })", fault
    )
    camera.press("Use the camera")
    camera.expect_off(words)


def test_a_device_without_a_camera(browser: Browser) -> None:
    camera = Photographer(open_page(browser, permissions=["camera"])).begin()
    camera.press("Use the camera")
    camera.expect_off("No camera was found")
    camera.page.context.close()


def test_a_visitor_who_does_not_allow_it(refusing: Browser) -> None:
    camera = Photographer(open_page(refusing)).begin()
    camera.press("Use the camera")
    camera.expect_off("may not be used")
    camera.page.context.close()


def test_a_page_whose_address_is_not_secure(equipped: Browser) -> None:
    camera = Photographer(open_page(equipped)).begin("http://pictures.example")
    assert camera.page.evaluate("isSecureContext") is False
    camera.press("Use the camera")
    camera.expect_off("secure (https) address")
    camera.page.context.close()
