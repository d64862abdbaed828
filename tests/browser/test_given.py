"""Whatever a visitor may give the page, in any number: the script alone, against a model that is made up."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from .conftest import open_page
from .dashboard_page import example, file
from .lonely_page import WELCOME, Lonely, answer, opened

# Answers every picture as soon as all of it is there.
ANSWERING = """(piece_bytes) => {
  const left = new Map();
  const push = sent.push.bind(sent);
  sent.push = (message) => {
    push(message);
    const { kind, id } = message;
    if (kind === "start") left.set(id, message.size);
    if (kind === "piece") {
      left.set(id, left.get(id) - message.bytes);
      setTimeout(() => say({ kind: "got", id, pieces: message.index + 1 }));
    }
    if (kind === "fetch" || (left.has(id) && left.get(id) <= 0)) {
      left.delete(id);
      const bars = [{ label: "olaf", probability: 0.9 }];
      setTimeout(() => say({ kind: "answer", id, label: "olaf", probability: 0.9, unfamiliar: false, bars }));
    }
  };
}"""

# Drops what a browser gives for text, for links, and for images of another page.
DROP_TEXT = """(content) => {
  const transfer = new DataTransfer();
  for (const [type, text] of Object.entries(content)) transfer.setData(type, text);
  const options = { bubbles: true, cancelable: true };
  document.querySelector(".snow").dispatchEvent(new DragEvent("drop", { ...options, dataTransfer: transfer }));
}"""

# Folders can only be dropped by hand: these have the interface that browsers give them.
DROP_FOLDER = """(tree) => {
  const entry = (name, content) => ({
    name,
    isDirectory: Array.isArray(content),
    file: (done, failed) => (content === null ? failed(new Error("gone")) : done(new File([content], name))),
    createReader() {
      const batches = [content.slice(0, 100), content.slice(100), []];
      return { readEntries: (done) => done((batches.shift() ?? []).map(([name, content]) => entry(name, content))) };
    },
  });
  const folder = entry(...tree);
  const item = { kind: "file", getAsFile: () => new File([], tree[0]), webkitGetAsEntry: () => folder };
  const event = new DragEvent("drop", { bubbles: true, cancelable: true });
  Object.defineProperty(event, "dataTransfer", { value: { items: [item], types: ["Files"], getData: () => "" } });
  document.querySelector(".snow").dispatchEvent(event);
}"""

LONG_TASKS = """() => {
  window.blocked = [];
  new PerformanceObserver((list) => blocked.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask" });
}"""


@pytest.fixture
def picker(browser: Browser) -> Iterator[Lonely]:
    """One that is welcome already, and answered if the test says so."""
    with opened(Lonely(open_page(browser))) as lonely:
        lonely.say(WELCOME)
        yield lonely


def answering(picker: Lonely) -> Lonely:
    picker.page.evaluate(ANSWERING)
    return picker


def photo(width: int, height: int, kind: str = "JPEG", **options: Any) -> bytes:
    """A picture with some detail."""
    small = np.random.default_rng(0).integers(0, 256, (height // 20, width // 20, 3), dtype=np.uint8)
    target = io.BytesIO()
    Image.fromarray(small).resize((width, height)).save(target, kind, **options)
    return target.getvalue()


# ---- addresses


@pytest.mark.parametrize(
    "content",
    [
        {"text/uri-list": "# a comment\r\nhttps://example.com/an/otter.jpg\r\nhttps://example.com/second"},
        {"text/plain": "  https://example.com/an/otter.jpg\n"},
        {
            "text/uri-list": "https://example.com/page",
            "text/html": '<meta charset=utf-8><a href="/page"><img src="https://example.com/an/otter.jpg"></a>',
        },
    ],
    ids=["link", "text", "image in a link"],
)
def test_an_address_that_is_dropped_is_fetched(picker: Lonely, content: dict[str, str]) -> None:
    picker.page.evaluate(DROP_TEXT, content)
    asked = picker.wait_for("fetch")[0]
    assert asked["address"] == "https://example.com/an/otter.jpg"
    card = picker.card("example.com/an/otter.jpg")
    expect(card).to_have_attribute("data-state", "fetching")
    picker.say(answer(asked["id"], "olaf"), example("olaf").read_bytes())
    picker.expect_answer("example.com/an/otter.jpg", "olaf")
    expect(card.get_by_role("img")).to_be_visible()


@pytest.mark.parametrize(
    "content",
    [
        {"text/plain": "Otters are at https://example.com/otter.jpg"},
        {"text/plain": "ftp://example.com/otter.jpg"},
        {"text/plain": "javascript:alert(1)"},
        {"text/uri-list": "file:///etc/passwd"},
        {"text/plain": "https://example.com/".ljust(2001, "x")},
        {
            "text/plain": "hello",
            "text/html": '<p>hello <img src="https://example.com/otter.jpg" onerror="alert(1)"></p>',
        },
        {"text/html": "<img src=x onerror=alert(1)><script>alert(1)</script>"},
    ],
)
def test_other_text_is_no_picture(picker: Lonely, content: dict[str, str]) -> None:
    picker.page.evaluate(DROP_TEXT, content)
    expect(picker.page.locator(".snow").first).to_contain_text("There was no picture in that")
    assert picker.heard("fetch") == []


def test_a_picture_written_out_as_text_is_explained(picker: Lonely) -> None:
    picker.page.evaluate(DROP_TEXT, {"text/plain": "data:image/png;base64,AAAA"})
    picker.expect_failure("Pasted picture", "written out as text")
    assert picker.heard("fetch") == []


def test_an_address_in_the_form(picker: Lonely) -> None:
    view = picker.page.locator(".snow").first
    opener = view.get_by_role("button", name="Web address")
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.click()
    field = view.get_by_label("Web address of a picture")
    expect(field).to_be_focused()
    field.fill("no address")
    field.press("Enter")
    expect(view.get_by_text("This is no web address")).to_be_visible()
    expect(field).to_have_value("no address")
    field.fill("example.com/otter.jpg")
    field.press("Enter")
    assert picker.wait_for("fetch")[0]["address"] == "https://example.com/otter.jpg"
    expect(field).to_have_value("")
    field.press("Escape")
    expect(field).to_be_hidden()
    expect(opener).to_be_focused()


def test_text_pasted_into_the_form_goes_there_and_elsewhere_it_is_fetched(picker: Lonely) -> None:
    paste = """(node) => {
      const transfer = new DataTransfer();
      transfer.setData("text/plain", "https://example.com/otter.jpg");
      node.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
    }"""
    view = picker.page.locator(".snow").first
    view.get_by_role("button", name="Web address").click()
    view.get_by_label("Web address of a picture").evaluate(paste)
    expect(picker.page.locator(".snow-card")).to_have_count(0)
    view.evaluate(paste)
    assert len(picker.wait_for("fetch")) == 1


@pytest.mark.parametrize(
    ("code", "words", "again"),
    [
        ("address", "no web address", False),
        ("private", "private network", False),
        ("status", "check the address", False),
        ("timeout", "takes too long", True),
        ("unreachable", "can’t be reached", True),
        ("web_page", "a web page", False),
        ("too_large", "too large", False),
    ],
)
def test_why_an_address_gives_no_picture(picker: Lonely, code: str, words: str, again: bool) -> None:
    picker.page.evaluate(DROP_TEXT, {"text/plain": "https://example.com/a"})
    picker.say({"kind": "failed", "id": picker.wait_for("fetch")[0]["id"], "code": code, "message": ""})
    card = picker.expect_failure("example.com/a", words)
    expect(card.get_by_role("button", name="Try again")).to_have_count(int(again))
    if again:
        card.get_by_role("button", name="Try again").click()
        assert picker.wait_for("fetch", 2)[1]["address"] == "https://example.com/a"


def test_slow_addresses_hold_up_no_files_and_do_not_pile_up(picker: Lonely) -> None:
    for number in range(6):
        picker.page.evaluate(DROP_TEXT, {"text/plain": f"https://example.com/{number}"})
    assert len(picker.wait_for("fetch", 4)) == 4
    picker.choose(file("a.bin", b"x"))
    picker.wait_for("start")
    expect(picker.card("example.com/4")).to_have_attribute("data-state", "waiting")
    picker.pass_seconds(10)
    picker.wait_for("ping")
    picker.pass_seconds(15)
    picker.expect_failure("example.com/3", "does not answer")


# ---- files of all kinds


def test_a_12_mp_photo_is_made_smaller_without_stopping_the_page(picker: Lonely, tmp_path: Path) -> None:
    answering(picker)
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo(4000, 3000, quality=90))
    picker.page.evaluate(LONG_TASKS)
    picker.page.locator("input[type=file]").first.set_input_files(path)
    picker.expect_answer("photo.jpg", "olaf")
    assert picker.heard("start")[0]["size"] < path.stat().st_size / 4
    blocked = picker.page.evaluate("blocked")
    assert max(blocked, default=0) < 100, blocked  # the same on the page's own thread takes several times as long


@pytest.mark.parametrize("missing", ["Worker", "OffscreenCanvas"])
def test_a_browser_without_such_threads_makes_it_smaller_too(browser: Browser, missing: str) -> None:
    page = open_page(browser)
    page.add_init_script(f"delete window.{missing}")
    picker = Lonely(page)
    picker.start()
    picker.say(WELCOME)
    answering(picker)
    picker.choose(file("photo.jpg", photo(2000, 1500)))
    card = picker.expect_answer("photo.jpg", "olaf")
    assert Image.open(io.BytesIO(picker.thumbnail(card))).size == (320, 240)
    assert picker.complaints == []
    page.context.close()


def test_a_page_that_forbids_workers_makes_it_smaller_too(browser: Browser) -> None:
    page = open_page(browser)
    picker = Lonely(page)
    picker.start(policy="worker-src 'none'")
    picker.say(WELCOME)
    answering(picker)
    picker.choose(file("photo.jpg", photo(2000, 1500)))
    card = picker.expect_answer("photo.jpg", "olaf")
    assert Image.open(io.BytesIO(picker.thumbnail(card))).size == (320, 240)
    page.context.close()


def test_500_mb_are_refused_at_once_and_never_read(picker: Lonely, tmp_path: Path) -> None:
    path = tmp_path / "huge.tif"
    with path.open("wb") as target:
        target.truncate(500_000_000)
    picker.page.evaluate("""() => {
      window.reads = 0;
      for (const name of ["arrayBuffer", "slice", "text", "stream"]) {
        const real = Blob.prototype[name];
        Blob.prototype[name] = function (...range) {
          reads++;
          return real.apply(this, range);
        };
      }
    }""")
    picker.page.locator("input[type=file]").first.set_input_files(path)
    picker.expect_failure("huge.tif", "too large")
    assert picker.page.evaluate("reads") == 0
    assert picker.heard("start") == []


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("film.mp4", "video/mp4", "a film or a sound"),
        ("song.mp3", "audio/mpeg", "a film or a sound"),
        ("no.png", "", "empty"),
    ],
)
def test_what_can_be_no_picture_is_refused_before_it_is_sent(picker: Lonely, name: str, kind: str, words: str) -> None:
    picker.choose(file(name, b"x" if kind else b"", kind))
    picker.expect_failure(name, words)
    assert picker.heard("start") == []


@pytest.mark.parametrize(
    ("name", "kind"), [("notes.txt", "text/plain"), ("paper.pdf", "application/pdf"), ("drawing.svg", "image/svg+xml")]
)
def test_what_the_browser_cannot_show_is_left_to_python(picker: Lonely, name: str, kind: str) -> None:
    data = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
    picker.choose(file(name, data, kind))
    start = picker.wait_for("start")[0]
    assert (start["size"], start["thumbnail"]) == (len(data), True)
    picker.say({"kind": "failed", "id": start["id"], "code": "unsupported", "message": ""})
    picker.expect_failure(name, "choose a JPEG or PNG picture")


def test_of_an_animation_the_first_frame_is_shown(picker: Lonely) -> None:
    target = io.BytesIO()
    frames = [Image.new("RGB", (90, 60), colour) for colour in ("red", "blue")]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=50)
    answering(picker).choose(file("dance.gif", target.getvalue(), "image/gif"))
    shown = Image.open(io.BytesIO(picker.thumbnail(picker.expect_answer("dance.gif", "olaf"))))
    assert shown.convert("RGB").getpixel((5, 5))[0] > 200  # type: ignore[index]


def test_a_file_that_is_gone_meanwhile_is_told(picker: Lonely, tmp_path: Path) -> None:
    path = tmp_path / "gone.bin"
    path.write_bytes(b"x" * 5000)
    picker.page.evaluate("say({ kind: 'welcome', version: 0 })")  # nothing is sent before a welcome
    picker.page.locator("input[type=file]").first.set_input_files(path)
    path.unlink()
    picker.say(WELCOME)
    picker.expect_failure("gone.bin", "can’t be read")


# ---- many


def test_200_at_once_are_all_answered_and_the_page_goes_on(picker: Lonely, tmp_path: Path) -> None:
    answering(picker)
    good = example("olaf").read_bytes()
    paths = [tmp_path / f"{number}.png" for number in range(200)]
    for number, path in enumerate(paths):
        path.write_bytes(b"" if number % 20 == 7 else good)
    picker.page.evaluate(LONG_TASKS)
    picker.page.locator("input[type=file]").first.set_input_files(paths)
    view = picker.page.locator(".snow").first
    expect(view.locator(".snow-strip [data-state=done]")).to_have_count(190, timeout=120_000)
    expect(view.locator(".snow-strip [data-state=failed]")).to_have_count(10)
    blocked = picker.page.evaluate("blocked")
    assert max(blocked, default=0) < 500, blocked  # on a busy machine


def test_more_than_are_taken_in_one_go_is_said(picker: Lonely) -> None:
    picker.choose(*[file(f"{number}.bin", b"x") for number in range(203)])
    view = picker.page.locator(".snow").first
    expect(view.locator(".snow-strip [data-state]")).to_have_count(200)
    expect(view.locator(".snow-hint").last).to_contain_text("the first 200 pictures")


def test_a_folder_gives_its_pictures_in_their_order(picker: Lonely) -> None:
    inner = ["more", [["b.webp", "x"], ["a.heic", "x"]]]
    others = [["notes.txt", "x"], [".hidden.jpg", "x"], ["lost.png", None]]
    picker.page.evaluate(DROP_FOLDER, ["otters", [["10.jpg", "x"], ["2.JPG", "x"], inner, *others]])
    names = picker.page.locator(".snow").first.locator(".snow-name")
    expect(names).to_have_text(["2.JPG", "10.jpg", "lost.png", "a.heic", "b.webp"])
    picker.expect_failure("lost.png", "can’t be read")


def test_a_large_folder_is_taken_up_to_a_limit_that_is_said(picker: Lonely) -> None:
    picker.page.evaluate(DROP_FOLDER, ["otters", [[f"{number}.jpg", "x"] for number in range(250)]])
    view = picker.page.locator(".snow").first
    expect(view.locator(".snow-strip [data-state]")).to_have_count(200)
    expect(view.get_by_text("the first 200 pictures").first).to_be_visible()


def test_a_folder_without_pictures_is_told(picker: Lonely) -> None:
    picker.page.evaluate(DROP_FOLDER, ["texts", [["a.txt", "x"], ["empty", []]]])
    picker.expect_failure("texts", "no picture in this folder")


def test_each_of_several_has_a_state_of_its_own(picker: Lonely) -> None:
    picker.choose(file("0.png", b""), *[file(f"{number}.bin", b"x") for number in range(1, 7)])
    starts = picker.wait_for("start", 4)
    picker.say(answer(starts[0]["id"], "olaf"))
    picker.say({"kind": "failed", "id": starts[1]["id"], "code": "busy", "message": ""})
    picker.wait_for("start", 6)
    view = picker.page.locator(".snow").first
    states = view.locator(".snow-strip [data-state]")
    expected = ["failed", "done", "failed", *["classifying"] * 4]
    for index, state in enumerate(expected):
        expect(states.nth(index)).to_have_attribute("data-state", state)
    view.locator(".snow-card").nth(2).get_by_role("button", name="Try again").click()
    expect(states.nth(2)).to_have_attribute("data-state", "waiting")
