"""The history of a visit: its strip, what is marked as wrong, and what can be taken along."""

import csv
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import encode
from PIL import Image
from playwright.sync_api import Browser, Locator, Route, expect

from snowpeople import dataset, place
from snowpeople.cli import main
from snowpeople.dashboard.script import script
from snowpeople.gather.names import safe

from .conftest import open_page
from .dashboard_page import DashboardPage, example, file
from .lonely_page import WELCOME, Lonely, answer, opened

LARGE = 5
# From here on, every picture is answered at once.
ANSWERS = """() => {
  const bars = [["abominable", 0.05], ["neither", 0.05], ["olaf", 0.9]].map(([label, probability]) => ({ label, probability }));
  const push = sent.push.bind(sent);
  sent.push = (message) => {
    push(message);
    const { kind, id, index } = message;
    if (kind === "piece") setTimeout(() => say({ kind: "got", id, pieces: index + 1 }));
    if (kind !== "start") return;
    setTimeout(() => say({ kind: "answer", id, label: "olaf", probability: 0.9, unfamiliar: false, bars }));
  };
}"""  # noqa: E501


def photo(number: int, size: tuple[int, int] = (40, 30)) -> bytes:
    return encode(Image.effect_mandelbrot(size, (-2, -1, 1 + number / 100, 1), 50).convert("RGB"), "PNG")


class Visit(Lonely):
    """One of the two views, with all that the history offers in it."""

    @property
    def view(self) -> Locator:
        return self.page.locator(".snow").first

    @property
    def strip(self) -> Locator:
        return self.view.get_by_role("toolbar", name="Your pictures, the newest first")

    @property
    def cards(self) -> Locator:
        return self.view.locator(".snow-card")

    def welcome(self, **more: Any) -> None:
        self.page.evaluate(ANSWERS)
        self.say({**WELCOME, "piece_bytes": 500_000, **more})

    def answered(self, *names: str, of: int = 0) -> None:
        """Choose pictures, each another, and wait for their answers."""
        self.choose(*[file(name, photo(number), "image/png") for number, name in enumerate(names)])
        expect(self.view.locator(".snow-mini[data-state=done]")).to_have_count(of or len(names))

    def mark(self, name: str, label: str, words: str = "") -> Locator:
        card = self.card(name)
        card.get_by_role("button", name="Is this wrong?").click()
        card.get_by_label("What is it?").select_option(label)
        if words:
            card.get_by_label("In a few words").fill(words)
        card.get_by_role("button", name="Mark it").click()
        return card

    def download(self, button: str) -> bytes:
        with self.page.expect_download() as download:
            self.view.get_by_role("button", name=button).click()
        return Path(download.value.path()).read_bytes()

    def table(self) -> list[dict[str, str]]:
        data = self.download("Download answers").decode("utf-8")
        assert data.startswith("\ufeff")
        return list(csv.DictReader(io.StringIO(data.removeprefix("\ufeff"), newline="")))

    def archive(self) -> zipfile.ZipFile:
        archive = zipfile.ZipFile(io.BytesIO(self.download("Download marked pictures")))
        assert archive.testzip() is None
        return archive

    def parts(self, expression: str, argument: object = None) -> Any:
        """Something of the script, without a picker: an expression with its functions, and `given`."""
        names = "trim, isDropped, safeName, Session, View, KEPT_PICTURES, KEPT_BYTES"
        program = f"async (given) => {{ const {{ {names} }} = await import('/parts.js'); return {expression}; }}"

        def serve(route: Route) -> None:
            route.fulfill(body=f"{script()}\nexport {{ {names} }};", content_type="text/javascript")

        self.page.route("**/parts.js", serve)
        return self.page.evaluate(program, argument)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    page = open_page(browser, reduced_motion="reduce", viewport={"width": 800, "height": 900})
    with opened(Visit(page), styled=True) as visit:
        yield visit


# ---- the strip


def test_a_few_pictures_need_no_strip_and_many_are_all_in_it_the_newest_first(visit: Visit) -> None:
    visit.welcome()
    visit.answered(*[f"{number}.png" for number in range(LARGE)])
    expect(visit.strip).to_be_hidden()
    visit.answered("new 1.png", "new 2.png", of=LARGE + 2)
    expect(visit.strip).to_be_visible()
    names = [button.get_attribute("aria-label") for button in visit.strip.get_by_role("button").all()]
    assert names == [f"{name}.png: This is Olaf" for name in ("new 1", "new 2", *range(LARGE))]
    drawn = [name.inner_text() for name in visit.cards.locator(".snow-name").all()]
    assert drawn == ["new 1.png", "new 2.png", "0.png", "1.png", "2.png"]


def test_what_is_chosen_in_the_strip_is_opened_above_the_newest_one_at_a_time(visit: Visit) -> None:
    visit.welcome()
    visit.answered(*[f"{number}.png" for number in range(9)])
    for name in ("7.png", "8.png"):
        button = visit.strip.get_by_role("button", name=name)
        button.click()
        expect(button).to_have_attribute("aria-current", "true")
        expect(visit.strip.locator("[aria-current]")).to_have_count(1)
        expect(visit.cards).to_have_count(LARGE + 1)
        expect(visit.cards.first).to_contain_text(name)
        expect(visit.cards.first).to_have_attribute("aria-current", "true")
        expect(visit.cards.first.get_by_role("heading")).to_be_focused()
        expect(visit.cards.first).to_be_in_viewport(ratio=1)
        expect(visit.cards.first.locator(".snow-bar")).to_have_count(3)
    visit.strip.get_by_role("button", name="4.png").click()  # one of those that are drawn anyway
    expect(visit.cards).to_have_count(LARGE)
    expect(visit.cards.last).to_be_in_viewport(ratio=1)
    expect(visit.cards.last.get_by_role("heading")).to_be_focused()


def test_older_ones_come_ten_at_a_time_and_go_when_there_are_new_ones(visit: Visit) -> None:
    visit.welcome()
    visit.answered(*[f"{number}.png" for number in range(18)])
    visit.view.get_by_role("button", name="Show 10 of 13 more").click()
    expect(visit.cards).to_have_count(15)
    expect(visit.cards.nth(5).get_by_role("heading")).to_be_focused()
    visit.view.get_by_role("button", name="Show 3 more").click()
    expect(visit.cards).to_have_count(18)
    visit.answered("new.png", of=19)
    expect(visit.cards).to_have_count(LARGE)
    expect(visit.view.get_by_role("button", name="Show 10 of 14 more")).to_be_visible()


def test_the_arrow_keys_go_along_the_strip_which_is_one_stop_of_the_tab_key(visit: Visit) -> None:
    visit.welcome()
    visit.answered(*[f"{number}.png" for number in range(9)])
    press = visit.page.keyboard.press
    visit.view.get_by_role("button", name="Web address").focus()
    press("Tab")
    for key, name in [("ArrowRight", "1"), ("End", "8"), ("ArrowRight", "8"), ("ArrowLeft", "7"), ("Home", "0")]:
        press(key)
        button = visit.strip.get_by_role("button", name=f"{name}.png")
        expect(button).to_be_focused()
        expect(button).to_be_in_viewport(ratio=1)
    press("End")
    press("Shift+Tab")
    press("Tab")
    expect(visit.strip.get_by_role("button", name="8.png")).to_be_focused()
    press("Enter")
    expect(visit.cards.first.get_by_role("heading")).to_be_focused()
    expect(visit.cards.first).to_contain_text("8.png")
    press("Shift+Tab")
    expect(visit.strip.get_by_role("button", name="8.png")).to_be_focused()


@pytest.mark.parametrize("width", [320, 390, 800])
def test_nothing_moves_when_answers_come(visit: Visit, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.say(WELCOME)
    visit.choose(*[file(f"{number}.png", photo(number, (20, 10)), "image/png") for number in range(7)])
    starts = visit.wait_for("start", 4)
    places = """(view) => [...view.querySelectorAll("section, .snow-mini, .snow-card")].map(
      (node) => [node.className, node.offsetTop, node.offsetLeft, node.offsetHeight])"""
    expect(visit.card("3.png")).to_have_attribute("data-state", "classifying")
    before = visit.view.evaluate(places)
    bars = [{"label": label, "probability": 1 / 3} for label in ("abominable", "neither", "olaf")]
    for start, probability in zip(starts, (0.97, 0.8, 0.4, 0.6), strict=True):
        visit.say(answer(start["id"], "abominable", probability, bars=bars))
    expect(visit.view.locator(".snow-card[data-state=done]")).to_have_count(4)
    assert visit.view.evaluate(places) == before


def longest_task(trace: bytes) -> float:
    """Milliseconds of the processor: on a busy machine, those of a clock say little of the page."""
    events = json.loads(trace)["traceEvents"]
    threads = [(event, event["args"]["name"]) for event in events if event["name"] == "thread_name"]
    pages = {(event["pid"], event["tid"]) for event, name in threads if name == "CrRendererMain"}
    tasks: list[float] = [
        e["tdur"] for e in events if e["name"] == "RunTask" and (e["pid"], e["tid"]) in pages and "tdur" in e
    ]
    assert len(tasks) > 1000
    longest: float = max(tasks) / 1000
    return longest


def test_200_pictures_at_once_leave_the_page_quick(browser: Browser, visit: Visit) -> None:
    visit.welcome()
    browser.start_tracing(page=visit.page, categories=["disabled-by-default-devtools.timeline"])
    visit.answered(*[f"{number}.png" for number in range(200)])
    visit.strip.get_by_role("button", name="199.png").click()
    expect(visit.cards.first).to_contain_text("199.png")
    trace = browser.stop_tracing()
    expect(visit.strip.get_by_role("button")).to_have_count(200)
    expect(visit.cards).to_have_count(LARGE + 1)
    expect(visit.view.get_by_role("log")).to_contain_text("All 200 pictures are looked at.")
    assert visit.view.evaluate("(view) => view.offsetHeight") < 3000
    assert longest_task(trace) < 200


def test_only_pictures_in_sight_are_read_out_one_by_one(visit: Visit) -> None:
    visit.welcome()
    visit.answered(*[f"{number}.png" for number in range(8)])
    log = visit.view.get_by_role("log")
    expect(log).to_contain_text("4.png: This is Olaf, 90%")
    expect(log.get_by_text("All 8 pictures are looked at.")).to_have_count(1)
    assert "5.png" not in (log.text_content() or "")


def test_a_picture_that_is_tried_again_keeps_its_place(visit: Visit) -> None:
    visit.say(WELCOME)
    visit.choose(file("first.bin", b"x"), file("second.bin", b"x"))
    first, second = visit.wait_for("start", 2)
    visit.say({"kind": "failed", "id": first["id"], "code": "busy", "message": ""})
    visit.card("first.bin").get_by_role("button", name="Try again").click()
    visit.say(answer(visit.wait_for("start", 3)[2]["id"], "olaf"))
    visit.say(answer(second["id"], "olaf"))
    visit.expect_answer("first.bin", "olaf")
    visit.expect_answer("second.bin", "olaf")
    assert [row["Picture"] for row in visit.table()] == ["first.bin", "second.bin"]


# ---- marks


def test_an_answer_is_marked_as_wrong_and_that_is_taken_back(visit: Visit) -> None:
    visit.welcome()
    visit.answered(*[f"{number}.png" for number in range(6)])
    card = visit.mark("2.png", "Abominable")
    expect(card).to_contain_text("Marked as: Abominable")
    undo = card.get_by_role("button", name="Undo: Marked as: Abominable")
    expect(undo).to_be_focused()
    mini = visit.strip.get_by_role("button", name="2.png: This is Olaf: Marked as: Abominable")
    expect(mini).to_be_visible()
    # The other view says the same.
    expect(visit.page.locator(".snow").last.get_by_text("Marked as: Abominable")).to_be_visible()
    undo.click()
    expect(card.get_by_role("button", name="Is this wrong? 2.png")).to_be_focused()
    expect(mini).to_have_count(0)
    assert {row["Marked as"] for row in visit.table()} == {""}


def test_the_choices_are_all_labels_but_the_answer_and_something_else(visit: Visit) -> None:
    visit.welcome(about={"title": "", "labels": ["olaf", "otter", "<b>"], "names": {"otter": "River otter"}})
    visit.answered("a.png")
    card = visit.card("a.png")
    card.get_by_role("button", name="Is this wrong?").click()
    assert card.get_by_role("option").all_inner_texts() == ["River otter", "<b>", "Neither", "Something else"]
    words = card.get_by_label("In a few words")
    expect(words).to_be_hidden()
    card.get_by_label("What is it?").select_option("Something else")
    words.fill("a scarecrow " * 9)
    words.press("Enter")
    expect(card).to_contain_text("Marked as: a scarecrow a scarecrow a scarecrow a sc")


def test_escape_closes_the_question_and_nothing_is_marked(visit: Visit) -> None:
    visit.welcome()
    visit.answered("a.png")
    card = visit.card("a.png")
    ask = card.get_by_role("button", name="Is this wrong?")
    ask.press("Enter")
    expect(ask).to_have_attribute("aria-expanded", "true")
    expect(card.get_by_label("What is it?")).to_be_focused()
    card.get_by_label("What is it?").press("Escape")
    expect(card.get_by_label("What is it?")).to_be_hidden()
    expect(ask).to_be_focused()
    expect(ask).to_have_attribute("aria-expanded", "false")
    ask.click()
    card.get_by_role("button", name="Cancel").click()
    expect(ask).to_be_focused()
    expect(card).not_to_contain_text("Marked")


def test_only_what_is_answered_can_be_marked(visit: Visit) -> None:
    visit.say(WELCOME)
    visit.choose(file("a.bin", b"x"))
    visit.say({"kind": "failed", "id": visit.wait_for("start")[0]["id"], "code": "not_a_picture", "message": ""})
    card = visit.expect_failure("a.bin", "not a picture")
    expect(card.get_by_role("button", name="Is this wrong?")).to_have_count(0)


# ---- downloads


def test_the_answers_as_a_table(visit: Visit) -> None:
    visit.say(WELCOME)
    names = ['=cmd|"c calc"!A1.png', "+1, two;three.png", "雪だるま.png", "@bad.png", "waiting.png"]
    visit.choose(*[file(name, photo(1, (20, 10)), "image/png") for name in names])
    starts = visit.wait_for("start", 4)
    bars = [{"label": "olaf", "probability": 0.75}, {"label": "-2+3", "probability": 0.25}]
    for start in starts[:3]:
        visit.say(answer(start["id"], "olaf", 0.75, bars=bars))
    visit.say({"kind": "failed", "id": starts[3]["id"], "code": "x", "message": "=HYPERLINK(1)"})
    for name in names[:3]:
        visit.expect_answer(name)
    visit.mark("雪だるま.png", "Something else", '-1 "snow" person')
    rows = visit.table()
    assert [row["Picture"] for row in rows] == [
        '\'=cmd|"c calc"!A1.png',
        "'+1, two;three.png",
        "雪だるま.png",
        "'@bad.png",
        "waiting.png",
    ]
    assert [row["Answer"] for row in rows] == ["olaf", "olaf", "olaf", "", ""]
    assert [row["Probability of olaf"] for row in rows] == ["0.75", "0.75", "0.75", "", ""]
    assert [row["Probability of -2+3"] for row in rows] == ["0.25", "0.25", "0.25", "", ""]
    assert [row["Probability of neither"] for row in rows] == [""] * 5
    assert [row["Marked as"] for row in rows] == ["", "", '\'-1 "snow" person', "", ""]
    assert [row["State"] for row in rows] == ["answered"] * 3 + ["'=HYPERLINK(1)", "no answer yet"]
    assert all(len(row["Time"]) == len("2025-12-24 18:00:00") for row in rows)


def test_marked_pictures_are_a_data_set_for_training(visit: Visit, tmp_path: Path) -> None:
    visit.welcome()
    button = visit.view.get_by_role("button", name="Download marked pictures")
    visit.answered("雪だるま.png", "large.png", "con.png", "LARGE.webp", "right.png")
    expect(button).to_be_disabled()
    visit.choose(file("large.png", encode(Image.effect_noise((1400, 700), 90).convert("RGB"), "PNG"), "image/png"))
    expect(visit.view.locator(".snow-mini[data-state=done]")).to_have_count(6)
    for name, label in [("雪だるま.png", "Abominable"), ("large.png", "Abominable"), ("con.png", "Neither")]:
        visit.mark(name, label)
    visit.strip.get_by_role("button", name="LARGE.webp").click()
    visit.mark("LARGE.webp", "Something else", "../a:scarecrow")
    archive = visit.archive()
    assert archive.namelist() == [
        "README.txt",
        "abominable/雪だるま.png",
        "neither/con_.png",
        "__a_scarecrow/LARGE.webp",
        "abominable/large.jpg",
    ]
    assert archive.read("abominable/雪だるま.png") == photo(0)
    assert Image.open(archive.open("abominable/large.jpg")).size == (1024, 512)
    path = tmp_path / "marked.zip"
    path.write_bytes(visit.download("Download marked pictures"))
    if unzip := shutil.which("unzip"):
        subprocess.run([unzip, "-t", path], check=True, stdout=subprocess.DEVNULL)
    found = dataset.load(place.folder(str(path), tmp_path / "work"))
    assert sorted(zip(found.labels, (picture.name for picture in found.pictures), strict=True)) == [
        ("abominable", "large.jpg"),
        ("abominable", "雪だるま.png"),
        ("neither", "con_.png"),
    ]
    assert found.unreadable == {}
    # The collector adds it to what is there. Visitors' words make no label.
    folder = tmp_path / "data"
    assert main(["gather", str(path), "--out", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["abominable", "neither"]


def test_a_file_that_is_gone_since_is_left_out_and_that_is_said(visit: Visit, tmp_path: Path) -> None:
    visit.welcome()
    names = ("there.png", "gone.png")
    for number, name in enumerate(names):
        (tmp_path / name).write_bytes(photo(number))
    visit.page.locator("input[type=file]").first.set_input_files([tmp_path / name for name in names])
    for name in names:
        visit.expect_answer(name)
        visit.mark(name, "Neither")
    (tmp_path / "gone.png").unlink()
    assert visit.archive().namelist() == ["README.txt", "neither/there.png"]
    expect(visit.view.locator(".snow-note")).to_have_text("One file is not where it was, and is left out.")


def test_of_a_picture_at_an_address_the_page_has_what_python_sent(visit: Visit) -> None:
    visit.say(WELCOME)
    visit.view.get_by_role("button", name="Web address").click()
    visit.view.get_by_label("Web address of a picture").fill("https://example.com/otters/one.jpg")
    visit.page.keyboard.press("Enter")
    small = encode(Image.effect_noise((60, 40), 90).convert("RGB"), "JPEG")
    visit.say(answer(visit.wait_for("fetch")[0]["id"], "olaf"), small)
    expect(visit.cards.first).to_have_attribute("data-state", "done")
    visit.mark(visit.cards.first.locator(".snow-name").inner_text(), "Neither")
    archive = visit.archive()
    assert [archive.read(name) for name in archive.namelist() if name.startswith("neither/")] == [small]


def test_pictures_of_one_name_do_not_replace_each_other(visit: Visit) -> None:
    visit.welcome()
    for number in range(3):
        visit.answered(("a.png", "A.PNG", "a.png")[number], of=number + 1)
        visit.mark(("a.png", "A.PNG", "a.png")[number], "Neither")
    assert visit.archive().namelist()[1:] == ["neither/a.png", "neither/A-2.png", "neither/a-3.png"]


def test_names_are_made_safe_as_in_the_collector(visit: Visit) -> None:
    names = ["a.jpg", "../x", "a/b\\c", "con", "Con.x", "con1", "LPT³.jpg", ".x.", "...", " . x", "<|>", "?", "", "_a"]
    names += ["e\u0301", "\u202ea", "👩\u200d🚀", "a\u00a0b", "a\tb", "\ue000", "\u0378", "x" * 300, "雪" * 99]
    assert visit.parts("given.map((name) => safeName(name))", names) == [safe(name) for name in names]


def test_what_was_made_for_a_download_is_let_go(visit: Visit) -> None:
    visit.page.evaluate("""() => {
      window.urls = new Map();
      const { createObjectURL: create, revokeObjectURL: revoke } = URL;
      URL.createObjectURL = (blob) => { const url = create(blob); urls.set(url, blob.type); return url; };
      URL.revokeObjectURL = (url) => { urls.delete(url); revoke(url); };
    }""")
    visit.welcome()
    visit.answered("a.png")
    visit.mark("a.png", "Neither")
    before = visit.page.evaluate("urls.size")
    visit.table()
    visit.archive()
    visit.pass_seconds(61)
    assert visit.page.evaluate("urls.size") == before
    visit.page.evaluate("closeAll()")
    assert set(visit.page.evaluate("[...urls.values()]")) <= {"text/javascript"}  # of a worker that goes on


# ---- what is kept, and forgotten


def test_the_oldest_pictures_are_let_go_beyond_a_limit_but_those_marked(visit: Visit) -> None:
    make = """(count, size, marked) => Array.from({ length: count }, (_, batch) => ({
      batch, state: "done", source: {}, sent: { size }, mark: batch === marked ? { label: "olaf", words: "" } : null,
    }))"""
    gone = f"((items) => (trim(items), items.filter(isDropped).map(({{ batch }}) => batch)))(({make})(...given))"
    limits = visit.parts("[KEPT_PICTURES, KEPT_BYTES]")
    assert limits == [500, 200_000_000]
    assert visit.parts(gone, [500, 1, -1]) == []
    assert visit.parts(gone, [502, 1, 0]) == [1, 2]
    assert visit.parts(gone, [9, 30_000_000, -1]) == [0, 1, 2]
    assert visit.parts(gone, [0, 0, 0]) == []


def test_clearing_is_asked_for_and_forgets_all(visit: Visit) -> None:
    visit.welcome()
    visit.answered(*[f"{number}.png" for number in range(7)])
    visit.mark("0.png", "Neither")
    clear = visit.view.get_by_role("button", name="Clear")
    dialog = visit.page.get_by_role("dialog", name="Forget all 7 pictures")
    clear.click()
    expect(dialog).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(clear).to_be_focused()
    clear.click()
    dialog.get_by_role("button", name="Keep them").click()
    expect(visit.cards).to_have_count(LARGE)
    clear.click()
    dialog.get_by_role("button", name="Forget them").click()
    expect(visit.page.locator(".snow-card")).to_have_count(0)
    expect(visit.page.locator(".snow-mini")).to_have_count(0)
    expect(visit.view.get_by_role("region", name="Your pictures")).to_be_hidden()
    expect(visit.view.get_by_role("button", name="Choose pictures")).to_be_focused()
    expect(visit.view.get_by_role("log")).to_contain_text("All pictures are forgotten.")
    visit.answered("later.png")
    assert [row["Picture"] for row in visit.table()] == ["later.png"]


def test_clearing_takes_back_what_is_on_its_way(visit: Visit) -> None:
    visit.say(WELCOME)
    visit.choose(file("long.bin", b"x" * 5000), *[file(f"{number}.bin", b"x") for number in range(6)])
    long = visit.wait_for("start")[0]
    visit.wait_for("piece", 2)
    visit.view.get_by_role("button", name="Clear").click()
    visit.page.get_by_role("button", name="Forget them").click()
    assert [message["id"] for message in visit.heard("cancel")] == [long["id"]]
    visit.say({"kind": "got", "id": long["id"], "pieces": 2})
    visit.say(answer(long["id"], "olaf"))
    visit.choose(file("later.bin", b"x"))
    visit.say(answer(visit.wait_for("start", 2)[1]["id"], "olaf"))
    visit.expect_answer("later.bin", "olaf")
    expect(visit.cards).to_have_count(1)
    assert len(visit.heard("start")) == 2


def test_the_page_promises_to_forget(visit: Visit) -> None:
    visit.welcome()
    expect(visit.view.get_by_role("region", name="Your pictures")).to_be_hidden()
    visit.answered("a.png")
    expect(visit.view).to_contain_text("only in this page: closing it forgets them")


def test_a_new_session_with_the_old_pictures_shows_the_whole_visit(visit: Visit) -> None:
    renewed = """(() => {
      const model = { get() {}, send() {}, on() {}, off() {} };
      const [old, session] = [new Session(model), new Session(model)];
      const about = { title: "", labels: ["olaf", "neither"], names: {} };
      for (const each of [old, session]) each.setState("ready", { about });
      for (const name of ["a", "b", "c", "d", "e", "f"]) old.add([{ name, source: new Blob(["x"]) }]);
      const answer = { label: "olaf", probability: 0.9, unfamiliar: false, bars: [] };
      for (const item of old.items.values()) old.items.change(item, { state: "done", answer, sent: item.source });
      old.items.change([...old.items.values()][0], { mark: { label: "neither", words: "" } });
      session.items = old.items;
      const { root } = new View(session, document.createElement("div"));
      const minis = [...root.querySelectorAll(".snow-mini")].map(({ ariaLabel }) => ariaLabel);
      const drawn = [...root.querySelectorAll(".snow-name")].map(({ textContent }) => textContent);
      for (const each of [old, session]) each.close();
      return [minis, drawn, root.querySelector(".snow-row:not(.snow-top) button:nth-child(2)").disabled];
    })()"""
    answered = [f"{name}: This is Olaf" for name in "fedcba"]
    answered[-1] += ": Marked as: Neither"
    assert visit.parts(renewed) == [answered, list("fedcb"), False]


# ---- with the servers


def test_a_visit_that_finds_a_mistake_takes_it_along_as_training_data(
    browser: Browser, extension: str, tmp_path: Path
) -> None:
    page = open_page(browser, viewport={"width": 1280, "height": 900})
    visit = Visit(page)
    DashboardPage.open(visit, extension)
    names = {f"{label} 雪.png": label for label in ("olaf", "abominable", "neither")}
    visit.choose(*[file(name, example(label).read_bytes(), "image/png") for name, label in names.items()])
    for name, label in names.items():
        visit.expect_answer(name, label)
    photos = [Image.open(example("olaf")).convert("RGB").resize((1600, 1200)).rotate(turn) for turn in (2, 5)]
    visit.choose(*[file(f"photo {n}.jpg", encode(photo, "JPEG")) for n, photo in enumerate(photos)])
    for number in range(2):
        visit.expect_answer(f"photo {number}.jpg")
    visit.mark("olaf 雪.png", "Abominable")
    rows = visit.table()
    assert [row["Picture"] for row in rows] == [*names, "photo 0.jpg", "photo 1.jpg"]
    assert [row["Answer"] for row in rows[:3]] == list(names.values())
    assert rows[0]["Marked as"] == "abominable"
    for row in rows:
        total = sum(float(row[f"Probability of {label}"]) for label in ("olaf", "abominable", "neither"))
        assert total == pytest.approx(1, abs=0.001)
    archive = visit.archive()
    assert archive.namelist() == ["README.txt", "abominable/olaf 雪.png"]
    assert archive.read("abominable/olaf 雪.png") == example("olaf").read_bytes()
    # Beside other pictures, it is more of a data set; the archive alone is of one label.
    path = tmp_path / "marked.zip"
    path.write_bytes(visit.download("Download marked pictures"))
    folder = place.folder(str(path), tmp_path / "work")
    (folder / "olaf").mkdir()
    shutil.copy(example("olaf"), folder / "olaf")
    found = dataset.load(folder)
    assert (found.vocabulary, found.unreadable) == (["abominable", "olaf"], {})
    assert visit.complaints == []
    page.context.close()
