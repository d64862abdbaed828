"""A static site in a real browser: the same page and the same answers as Python's, and nothing leaves it."""

import base64
import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from helpers import scene, with_familiarity
from PIL import Image, ImageCms
from playwright.sync_api import Browser, FilePayload, Page, Route, expect
from servers import StaticHandler, static_host

from snowpeople import Classifier, archive, drawing, site
from snowpeople.attention import attention
from snowpeople.dashboard.script import joined

from .conftest import ROOT, open_page
from .dashboard_page import EXAMPLES, DashboardPage, example, file
from .test_axe import violations

BELOW = "under/a/path/"  # sites often are


class Host(StaticHandler):
    """A static host like any other, which can be told to hold the model back."""

    held = Event()

    def do_GET(self) -> None:  # noqa: N802  as http.server names it
        if "/model." in self.path:
            self.held.wait(30)
        super().do_GET()


class Site(DashboardPage):
    """A static site in a visit of its own, whose requests are listed."""

    def __init__(self, page: Page, address: str) -> None:
        super().__init__(page)
        self.address = address
        self.asked: list[str] = []
        page.context.on("request", lambda request: self.asked.append(request.url))

    def visit(self) -> "Site":
        self.open(self.address)
        return self

    def answered(self, *files: FilePayload) -> list[dict[str, str]]:
        """The page's own table, once all these are answered."""
        self.choose(*files)
        done = "document.querySelectorAll('.snow-mini:is([data-state=done], [data-state=failed])').length"
        self.page.wait_for_function(f"(number) => {done} === number", arg=len(files), timeout=120_000)
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Download answers (CSV)").click()
        return list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("host")
    site.write(folder / BELOW / "public", ROOT / "export.pkl", ROOT / "examples")
    with hosted(folder) as address:
        yield f"{address}{BELOW}public/"


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    Host.held.set()
    with static_host(folder, Host) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, host: str) -> Iterator[Callable[..., Site]]:
    visits: list[Site] = []

    def begin(**options: Any) -> Site:
        visits.append(Site(open_page(browser, **options), host))
        return visits[-1]

    yield begin
    Host.held.set()
    for each in visits:
        assert each.complaints == []
        each.page.context.close()


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load(ROOT / "export.pkl")


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def swapped_profile() -> bytes:
    """A colour profile that takes red for green: whoever heeds it gives other answers."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"\0\0\0\0").replace(b"gXYZ", b"rXYZ").replace(b"\0\0\0\0", b"gXYZ", 1)


def pictures() -> dict[str, tuple[bytes, float]]:
    """Files of all kinds, and how far a probability may be from Python's."""
    olaf, yeti = drawing.draw("olaf", 15, 300), drawing.draw("abominable", 3, 300)
    wide = olaf.crop((0, 20, 300, 220))
    fading = olaf.convert("RGBA")
    fading.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, 300).astype(np.uint8), (300, 1))))
    grey = np.asarray(olaf.convert("L")).astype(np.uint16)
    turned = {orientation: Image.Exif() for orientation in range(2, 9)}
    for orientation, exif in turned.items():
        exif[0x0112] = orientation
    noise = np.random.default_rng(0).normal(0, 8, (3000, 4000, 1))
    photo = np.asarray(olaf.resize((4000, 3000), Image.Resampling.BICUBIC)) + noise
    # The same pixels: a browser rounds whole numbers by other instructions, and a tie may fall to the other side.
    # What a browser decodes may be off by a shade, besides.
    exact, near = 0.005, 0.01
    return {
        "plain.png": (saved(olaf, "PNG"), exact),
        "grey.png": (saved(olaf.convert("L"), "PNG"), exact),
        "sixteen.png": (saved(Image.fromarray(grey * 251 + 77), "PNG"), near),
        "bits.png": (saved(olaf.convert("1"), "PNG"), exact),
        "palette.png": (saved(olaf.quantize(64), "PNG", transparency=3), exact),
        "transparent.png": (saved(fading, "PNG"), exact),
        "transparent.webp": (saved(fading, "WEBP", lossless=True), exact),
        "profile.png": (saved(olaf, "PNG", icc_profile=swapped_profile()), exact),
        "turned.png": (saved(wide, "PNG", exif=turned[6]), exact),
        "turned.webp": (saved(wide, "WEBP", exif=turned[8].tobytes()), exact),
        "one.png": (saved(Image.new("RGB", (1, 1), (200, 30, 90)), "PNG"), exact),
        "tiny.png": (saved(olaf.resize((3, 2)), "PNG"), exact),
        "panorama.png": (saved(olaf.resize((3000, 60)), "PNG"), exact),
        "tower.png": (saved(yeti.resize((40, 2500)), "PNG"), exact),
        "some.gif": (saved(olaf, "GIF"), exact),
        "some.bmp": (saved(yeti, "BMP"), exact),
        "some.avif": (saved(yeti, "AVIF"), near),
        "plain.jpg": (saved(yeti, "JPEG"), near),
        "steps.jpg": (saved(yeti, "JPEG", progressive=True), near),
        "profile.jpg": (saved(olaf, "JPEG", icc_profile=swapped_profile()), near),
        **{f"turned{o}.jpg": (saved(wide, "JPEG", exif=exif.tobytes()), near) for o, exif in turned.items()},
        "cmyk.jpg": (saved(olaf.convert("CMYK"), "JPEG"), near),
        "photo.jpg": (saved(Image.fromarray(photo.clip(0, 255).astype(np.uint8)), "JPEG", quality=85), exact),
    }


def test_answers_are_python_s_and_nothing_leaves_the_page(visit: Callable[..., Site], classifier: Classifier) -> None:
    page = visit().visit()
    given = pictures()
    rows = page.answered(*(file(name, data) for name, (data, _) in given.items()))
    for row, (name, (data, most)) in zip(rows, given.items(), strict=True):
        ours = classifier.classify(data)
        assert row["Answer"] == ours.label, name
        theirs = {label: float(row[f"Probability of {label}"]) for label in classifier.labels}
        assert theirs == pytest.approx(ours.probabilities, abs=most), name
    origin = page.address.split("/under")[0]
    assert {address for address in page.asked if not address.startswith((page.address, f"blob:{origin}"))} <= {"data:,"}


@pytest.mark.parametrize("resize", ["squish", "crop", "middle"])
def test_each_way_of_resizing_and_both_thresholds(
    resize: str,
    browser: Browser,
    tiny_export: Path,
    tiny_model: bytes,
    card: dict[str, Any],
    tmp_path: Path,
) -> None:
    thresholds = {"known": 0.62, "familiar": 0.5}
    archive.append(tiny_export, with_familiarity(tiny_model), {**card, "resize": resize, "thresholds": thresholds})
    site.write(tmp_path / "public", tiny_export)
    images = [scene(size) for size in ((48, 32), (31, 90), (8, 8), (200, 30))]
    images += [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue", "grey", "#a04040", "#905050")]
    given = [saved(image, "PNG") for image in images]
    classifier = Classifier.load(tiny_export)
    answers = [classifier.classify(data) for data in given]
    assert {answer.unfamiliar for answer in answers} == {True, False}
    assert any(answer.label == "neither" and answer.probabilities["neither"] < 0.5 for answer in answers)
    with hosted(tmp_path / "public") as address:
        page = Site(open_page(browser), address).visit()
        rows = page.answered(*(file(f"{index}.png", data) for index, data in enumerate(given)))
        for row, ours in zip(rows, answers, strict=True):
            assert row["Answer"] == ours.label
            theirs = {label: float(row[f"Probability of {label}"]) for label in classifier.labels}
            assert theirs == pytest.approx(ours.probabilities, abs=0.0001)
        unlike = [f"{index}.png" for index, answer in enumerate(answers) if answer.unfamiliar]
        page.page.locator(".snow-mini").nth(int(unlike[0][0])).click()
        expect(page.card(unlike[0])).to_contain_text("It is unlike all that I have learnt")
        assert page.complaints == []
        page.page.context.close()


def test_where_it_looks_is_where_python_s_looks(visit: Callable[..., Site], classifier: Classifier) -> None:
    page = visit().visit()
    page.choose_on_disk(example("olaf"))
    card = page.expect_answer(example("olaf").name, "olaf")
    card.get_by_role("button", name="Where did I look?").click()
    expect(card.locator(".snow-legend")).to_be_visible()
    ours = attention(classifier, example("olaf"))
    x, y = (int(3 * share) for share in ours.middle)
    places = [["at the top left", "at the top", "at the top right"]]
    places += [["at the middle left", "in the middle", "at the middle right"]]
    places += [["at the bottom left", "at the bottom", "at the bottom right"]]
    expect(card).to_contain_text(f"Looking for Olaf, I looked most {places[y][x]}.")


def test_a_slider_and_the_smallest_trick(visit: Callable[..., Site]) -> None:
    page = visit().visit()
    page.choose_on_disk(example("olaf"))
    page.expect_answer(example("olaf").name, "olaf").get_by_role("button", name="Trick me").click()
    dialog = page.page.get_by_role("dialog")
    expect(dialog).to_contain_text("This is Olaf")
    dialog.get_by_role("button", name="Show me the smallest trick").click()
    found = dialog.locator(".snow-trick-found")
    expect(found).to_have_text(re.compile(", I (no longer )?take this for "), timeout=90_000)
    expect(dialog).to_contain_text("Tricked! At first I said: This is Olaf.")


def test_a_picture_that_is_picked_at_once_waits(visit: Callable[..., Site]) -> None:
    Host.held.clear()
    page = visit().visit()
    progress = page.page.get_by_role("progressbar")
    expect(progress).to_be_visible()
    page.choose_on_disk(example("olaf"))
    expect(page.card(example("olaf").name)).to_be_visible()
    expect(page.page.get_by_text("Getting the classifier ready")).to_be_visible()
    page.page.wait_for_function("document.querySelector('progress').value > 0.2")
    Host.held.set()
    page.expect_answer(example("olaf").name, "olaf")
    expect(progress).to_be_hidden()


def test_it_goes_on_with_no_network(visit: Callable[..., Site]) -> None:
    page = visit().visit()
    expect(page.page.get_by_role("progressbar")).to_be_hidden()
    page.page.context.set_offline(True)
    page.choose_on_disk(example("abominable"))
    page.expect_answer(example("abominable").name, "abominable")


def hostile() -> dict[str, tuple[bytes, str]]:
    """Files, and words of why they are refused."""
    png, jpeg = EXAMPLES[0].read_bytes(), saved(drawing.draw("olaf", 1, 200), "JPEG")
    huge = png[:16] + (100_000).to_bytes(4, "big") + (1_000).to_bytes(4, "big") + png[24:]
    return {
        "text.jpg": (b"Dear diary, ", "not a picture"),
        "letter.pdf": (b"%PDF-1.7 ...", "This is a PDF"),
        "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG drawing"),
        "film.mp4": (b"\0\0\0\x18ftypisom\0\0\0\0isomavc1", "a video"),
        "cut.png": (png[: len(png) // 2], "cut off or damaged"),
        "cut.jpg": (jpeg[:100], "cut off or damaged"),
        "begun.png": (png[:3], "cut off or damaged"),
        "huge.png": (huge, "100000 × 1000 pixels"),
        "scans.jpg": (jpeg[:-2] + b"\xff\xda" * 501 + b"\xff\xd9", "can’t be opened here"),
        "photo.heic": (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(100), "This browser can’t open this kind"),
        "scan.tif": (saved(drawing.draw("olaf", 1, 50), "TIFF"), "This browser can’t open this kind"),
        "exif.jpg": (jpeg[:2] + b"\xff\xe1\0\x10Exif\0\0MM\0*\xff\xff\xff\xff" + jpeg[2:20], "cut off or damaged"),
    }


def test_a_bad_file_gets_a_sentence_and_the_rest_go_on(visit: Callable[..., Site]) -> None:
    page = visit().visit()
    given = hostile()
    files = [file(name, data, "application/octet-stream") for name, (data, _) in given.items()]
    rows = page.answered(*files, file("good.png", example("olaf").read_bytes(), "image/png"))
    for row, (name, (_, words)) in zip(rows, given.items(), strict=False):
        assert words in row["State"], name
    assert rows[-1]["Answer"] == "olaf"


def test_an_address_is_not_fetched_and_the_page_says_why(visit: Callable[..., Site]) -> None:
    page = visit().visit()
    expect(page.page.get_by_role("button", name="Web address")).to_have_count(0)
    page.page.evaluate(
        """() => {
          const transfer = new DataTransfer();
          transfer.setData("text/uri-list", "https://example.com/otter.jpg");
          const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
          document.body.dispatchEvent(new DragEvent("drop", options));
        }"""
    )
    page.expect_failure("example.com/otter.jpg", "no server that could fetch from other sites")


def test_the_browser_holds_the_page_and_its_worker_to_its_own_site(visit: Callable[..., Site]) -> None:
    page = visit().visit()
    program = """async () => {
      const source = `
        addEventListener("securitypolicyviolation", ({ effectiveDirective }) => postMessage(effectiveDirective));
        fetch("http://localhost:9/").catch(() => {});`;
      const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
      const inWorker = await new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
      worker.terminate();
      return [inWorker, await fetch("http://localhost:9/").catch(({ name }) => name)];
    }"""
    refused = page.page.evaluate(program)
    page.complaints.clear()  # the browser says so in its console
    assert refused == ["connect-src", "TypeError"]
    assert not [address for address in page.asked if "localhost" in address]


@pytest.mark.parametrize("missing", ["model", "worker"])
def test_a_file_that_does_not_come_is_told(missing: str, visit: Callable[..., Site]) -> None:
    page = visit()
    page.page.clock.install()
    page.page.context.route(f"**/{missing}.*", lambda route: route.abort())
    page.visit()
    page.choose_on_disk(example("olaf"))
    expect(page.page.get_by_role("alert")).to_contain_text("could not be loaded: check the connection")
    page.expect_failure(example("olaf").name, "There is no classifier to answer with")
    page.complaints.clear()


def test_a_picture_that_is_too_much_for_the_worker_fails_alone(visit: Callable[..., Site]) -> None:
    page = visit()

    def stuck(route: Route) -> None:
        """The worker, which one picture keeps busy for ever."""
        text = route.fetch().text()
        begin = "onmessage = async ({ data }) => {"
        assert begin in text
        text = text.replace(begin, f"{begin} while (data.bytes?.byteLength === 7);")
        route.fulfill(body=text, content_type="text/javascript")

    page.page.context.route("**/worker.*", stuck)
    page.page.clock.install()
    page.visit()
    expect(page.page.get_by_role("progressbar")).to_be_hidden()
    page.choose(file("endless.jpg", b"endless"), file("good.png", example("olaf").read_bytes(), "image/png"))
    expect(page.card("endless.jpg")).to_have_attribute("data-state", "classifying")
    page.page.clock.fast_forward(100_000)
    page.expect_failure("endless.jpg", "Something went wrong with this picture")
    page.expect_answer("good.png", "olaf")


def test_from_a_file_it_says_what_to_do(browser: Browser, tmp_path: Path, tiny_export: Path) -> None:
    site.write(tmp_path / "public", tiny_export)
    page = browser.new_page()
    page.goto((tmp_path / "public" / "index.html").as_uri())
    expect(page.get_by_role("alert")).to_contain_text("python -m http.server")
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_and_nothing_overflows(width: int, scheme: str, visit: Callable[..., Site]) -> None:
    Host.held.clear()
    size = {"width": width, "height": 900}
    site = visit(viewport=size, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    page = site.visit().page
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.evaluate(AXE_SCRIPT)
    assert violations(page) == [], "loading"
    Host.held.set()
    site.choose_on_disk(example("olaf"))
    site.expect_answer(example("olaf").name, "olaf")
    page.get_by_text("About this classifier").click()
    assert violations(page) == [], "answered, with its card"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_speaks_other_languages(visit: Callable[..., Site], host: str) -> None:
    page = visit(locale="de").page
    page.goto(host)
    expect(page.get_by_text("Deine Bilder bleiben auf diesem Gerät")).to_be_visible()
    expect(page.get_by_text("Über dieses Programm")).to_be_visible()


# ---- Pillow's resizing


RESIZE = """({ data, width, height, to }) => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  return btoa(String.fromCharCode(...resized({ data: bytes, width, height }, ...to).data));
}"""


def resized(page: Page, image: np.ndarray[Any, Any], size: tuple[int, int]) -> np.ndarray[Any, Any]:
    """An image as the page's script resizes it."""
    height, width, _ = image.shape
    data = base64.b64encode(image.tobytes()).decode()
    made = page.evaluate(RESIZE, {"data": data, "width": width, "height": height, "to": size})
    return np.frombuffer(base64.b64decode(made), np.uint8).reshape(size[1], size[0], 3)


def test_resizing_is_pillow_s_to_the_bit(browser: Browser) -> None:
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (*random.integers(1, 200, 2), 3), np.uint8) for _ in range(40)]
    images[::3] = [(image > 127).astype(np.uint8) * 255 for image in images[::3]]
    sizes = [(int(across), int(down)) for across, down in random.integers(1, 160, (40, 2))]
    page = browser.new_page()
    page.add_script_tag(content=joined("resample"))
    for image, size in zip(images, sizes, strict=True):
        ours = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))
        assert np.array_equal(resized(page, image, size), ours), (image.shape, size)
    page.close()


# ---- libjpeg-turbo's reduced scales

SCALE = """([data, factor]) => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const made = scaledJpeg(bytes, factor);
  if (!made) return null;
  let text = "";
  for (let at = 0; at < made.data.length; at += 8192) text += textIn(made.data, at, at + 8192);
  return [made.width, made.height, btoa(text)];
}"""
WAYS: dict[str, dict[str, Any]] = {
    "usual": {},
    "fine": {"quality": 100, "subsampling": 0},
    "with codes of its own": {"optimize": True},
    "coarse": {"quality": 3},
    "half as wide colours": {"subsampling": 1},
    "in steps": {"progressive": True},
    "in steps, half as wide colours": {"progressive": True, "subsampling": 1, "quality": 95},
    "with restarts": {"restart_marker_rows": 1},
    "in steps, with restarts": {"progressive": True, "restart_marker_blocks": 5},
}


@pytest.fixture(scope="module")
def scaler(browser: Browser) -> Iterator[Callable[[bytes, int], Any]]:
    page = browser.new_page()
    page.add_script_tag(content=joined("resample", "inverse", "huffman", "jpeg", "headers", "decode"))
    yield lambda data, factor: page.evaluate(SCALE, [base64.b64encode(data).decode(), factor])
    page.close()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_large_jpeg_is_made_smaller_as_pillow_does_to_the_bit(
    way: str, mode: str, scaler: Callable[[bytes, int], Any]
) -> None:
    noise = np.random.default_rng(0).integers(-60, 60, (157, 203, 3))
    scene = np.asarray(drawing.draw("olaf", 15, 203).crop((0, 0, 203, 157)))
    image = Image.fromarray((scene + noise).clip(0, 255).astype(np.uint8)).convert(mode)
    data = saved(image, "JPEG", **WAYS[way])
    for factor in (2, 4, 8):
        ours = Image.open(io.BytesIO(data))
        ours.draft(None, (203 // factor, 157 // factor))
        width, height, made = scaler(data, factor)
        assert (width, height) == ours.size
        pixels = np.frombuffer(base64.b64decode(made), np.uint8).reshape(height, width, 3)
        assert np.array_equal(pixels, np.asarray(ours.convert("RGB"))), factor


def test_a_jpeg_that_is_damaged_or_of_another_kind_is_left_to_the_browser(scaler: Callable[[bytes, int], Any]) -> None:
    image = drawing.draw("olaf", 15, 200)
    whole = saved(image, "JPEG")
    others = [saved(image.convert("CMYK"), "JPEG"), saved(image, "JPEG", keep_rgb=True, subsampling=0)]
    cut = [whole[:length] for length in range(0, len(whole), 97)]
    assert [data for data in (*others, *cut) if scaler(data, 2)] == []
    random = np.random.default_rng(0)
    for _ in range(60):  # whatever the bytes are: an answer or none, and no endless loop
        changed = bytearray(whole)
        for at in random.integers(0, len(changed), 4):
            changed[at] = int(random.integers(0, 256))
        scaler(bytes(changed), 4)
