"""What a visitor does, in a real browser, against Voila alone and as an extension of Jupyter Server."""

import io
import re
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from .conftest import open_page
from .dashboard_page import EXAMPLES, DashboardPage, example, file

LABELS = ("abominable", "neither", "olaf")


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


@pytest.mark.parametrize("label", LABELS)
def test_choose_a_file_and_read_the_right_label(dashboard: DashboardPage, label: str) -> None:
    name = f"chosen {label}.png"
    dashboard.choose(file(name, example(label).read_bytes(), "image/png"))
    card = dashboard.expect_answer(name, label)
    expect(card.get_by_role("img")).to_be_visible()
    expect(card.locator(".snow-bar")).to_have_count(3)
    expect(card.locator(".snow-chosen .snow-number")).to_have_text(re.compile(r"\d%"))
    expect(dashboard.page.get_by_role("log")).to_contain_text(name)


def test_drop_anywhere_on_the_page(dashboard: DashboardPage) -> None:
    dashboard.drop(file("dropped.png", example("olaf").read_bytes(), "image/png"))
    dashboard.expect_answer("dropped.png", "olaf")


def test_paste(dashboard: DashboardPage) -> None:
    dashboard.paste(file("image.png", example("abominable").read_bytes(), "image/png"))
    dashboard.expect_answer("Pasted picture", "abominable")


def test_three_at_once_with_a_bad_one_among_them(dashboard: DashboardPage) -> None:
    good = [file(f"{label} of three.png", example(label).read_bytes(), "image/png") for label in LABELS]
    dashboard.choose(good[0], file("bad of three.jpg", b"no picture at all"), *good[1:])
    for label in LABELS:
        dashboard.expect_answer(f"{label} of three.png", label)
    dashboard.expect_failure("bad of three.jpg", "not a picture")


def test_an_example_picture(dashboard: DashboardPage) -> None:
    buttons = dashboard.page.locator(".snow-example")
    expect(buttons).to_have_count(len(EXAMPLES))
    last = len(EXAMPLES) - 1
    buttons.nth(last).click()
    dashboard.expect_answer(f"Example picture {last + 1}", EXAMPLES[last].name.split("-")[0])


def test_a_20_mb_jpeg_arrives_and_little_is_sent(dashboard: DashboardPage, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3600, 4800, 3), dtype=np.uint8)
    photo = tmp_path / "large.jpg"
    Image.fromarray(noise).save(photo, quality=96)
    assert photo.stat().st_size > 20_000_000
    before = dashboard.sent
    dashboard.choose_on_disk(photo)
    dashboard.expect_answer("large.jpg")
    assert dashboard.sent - before < 1_500_000


def test_a_heic_is_shown_and_named(dashboard: DashboardPage) -> None:
    target = io.BytesIO()
    pillow_heif.from_pillow(Image.open(example("olaf")).convert("RGB")).save(target, quality=90)
    dashboard.choose(file("IMG_0001.HEIC", target.getvalue(), "image/heic"))
    card = dashboard.expect_answer("IMG_0001.HEIC", "olaf")
    assert Image.open(io.BytesIO(dashboard.thumbnail(card))).size == (320, 320)


def test_what_the_browser_cannot_decode_goes_whole_in_small_pieces(dashboard: DashboardPage) -> None:
    data = encode(Image.open(example("olaf")).convert("RGB").resize((1200, 1200)), "TIFF")
    assert len(data) > 4_000_000
    before = dashboard.sent
    dashboard.choose(file("scan.tif", data, "image/tiff"))
    card = dashboard.expect_answer("scan.tif", "olaf")
    assert Image.open(io.BytesIO(dashboard.thumbnail(card))).size == (320, 320)
    assert dashboard.sent - before > len(data)
    assert dashboard.largest < 1_000_000


def test_a_text_file_named_jpg(dashboard: DashboardPage) -> None:
    dashboard.choose(file("notes.jpg", b"Remember the carrot.\n" * 50))
    card = dashboard.expect_failure("notes.jpg", "not a picture")
    expect(card.get_by_role("img")).to_have_count(0)


def test_an_empty_file(dashboard: DashboardPage) -> None:
    dashboard.choose(file("nothing.png", b"", "image/png"))
    dashboard.expect_failure("nothing.png", "empty")


def test_a_cut_off_picture(dashboard: DashboardPage) -> None:
    whole = encode(Image.open(example("olaf")).convert("RGB"), "TIFF")
    dashboard.choose(file("half.tiff", whole[: len(whole) // 2], "image/tiff"))
    dashboard.expect_failure("half.tiff", "cut off")


def test_a_file_over_the_limit_that_the_browser_cannot_shrink(dashboard: DashboardPage, tmp_path: Path) -> None:
    scan = tmp_path / "large.tif"
    with scan.open("wb") as target:
        target.truncate(31_000_000)
    before = dashboard.sent
    dashboard.choose_on_disk(scan)
    dashboard.expect_failure("large.tif", "more than 30 MB")
    assert dashboard.sent - before < 2_000_000


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("drawing.svg", SVG, "an SVG drawing"),
        ("paper.pdf", b"%PDF-1.7 and so on", "a PDF"),
        ("film", b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", "a video"),
        ("page.html", b"<!doctype html><title>Otters</title>", "a web page"),
    ],
)
def test_what_is_no_photo_is_named(dashboard: DashboardPage, name: str, data: bytes, words: str) -> None:
    dashboard.choose(file(name, data, ""))
    dashboard.expect_failure(name, words)


def test_an_animation_is_answered(dashboard: DashboardPage) -> None:
    frames = [Image.open(example(label)).convert("RGB") for label in ("olaf", "neither")]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    dashboard.choose(file("dance.gif", data, "image/gif"))
    dashboard.expect_answer("dance.gif", "olaf")


def test_forty_at_once(dashboard: DashboardPage) -> None:
    names = [f"{number} of forty.png" for number in range(40)]
    data = example("olaf").read_bytes()
    dashboard.choose(
        *[file(name, data if index % 8 else b"no picture", "image/png") for index, name in enumerate(names)]
    )
    strip = dashboard.page.get_by_role("toolbar", name="Your pictures")
    for index, name in enumerate(names):
        small = strip.get_by_role("button", name=re.compile(f"^{name}:"))
        expect(small).to_have_attribute("data-state", "done" if index % 8 else "failed", timeout=60_000)
    # Few are drawn large; any can be opened.
    for index, name in ((1, names[1]), (8, names[8])):
        strip.get_by_role("button", name=re.compile(f"^{name}:")).click()
        if index % 8:
            dashboard.expect_answer(name, "olaf")
        else:
            dashboard.expect_failure(name, "not a picture")


@pytest.mark.parametrize("side", [400, 1600])
def test_a_rotated_phone_photo_stands_upright(dashboard: DashboardPage, side: int) -> None:
    upright = Image.open(example("olaf")).convert("RGB").resize((side * 3 // 4, side))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees, clockwise
    name = f"phone {side}.jpg"
    dashboard.choose(file(name, encode(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)))
    card = dashboard.expect_answer(name, "olaf")
    shown = Image.open(io.BytesIO(dashboard.thumbnail(card))).convert("RGB")
    assert shown.size == (240, 320)
    difference = np.asarray(shown, dtype=float) - np.asarray(upright.resize(shown.size), dtype=float)
    assert np.abs(difference).mean() < 12


def test_markup_in_a_file_name_stays_text(dashboard: DashboardPage) -> None:
    name = "<img src=x onerror=alert(1)>.png"
    dashboard.choose(file(name, example("olaf").read_bytes(), "image/png"))
    card = dashboard.expect_answer(name, "olaf")
    expect(card.locator("img")).to_have_count(1)  # the thumbnail


def test_the_keyboard_reaches_the_picker(dashboard: DashboardPage) -> None:
    dashboard.drop_zone.focus()
    with dashboard.page.expect_file_chooser() as chooser:
        dashboard.page.keyboard.press("Enter")
    assert chooser.value.is_multiple()


def test_no_code_and_no_talk_of_kernels(dashboard: DashboardPage) -> None:
    page = dashboard.page
    assert page.title() == "Which snow person is it?"
    text = page.locator("body").inner_text()
    assert "Which snow person is it?" in text
    for word in ("import", "Dashboard(", "Traceback", "Error", "kernel", "cell"):
        assert word not in text


def test_a_missing_export_is_told_in_friendly_words(browser: Browser, extension: str) -> None:
    page = open_page(browser)
    dashboard = DashboardPage(page)
    dashboard.open(extension.replace("render/", "render/missing/"))
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The dashboard can’t answer yet")
    expect(notice).to_contain_text("export.pkl does not exist; run training.ipynb to make an export")
    dashboard.choose(file("early.png", example("olaf").read_bytes(), "image/png"))
    dashboard.expect_failure("early.png", "no classifier")
    assert "Traceback" not in page.locator("body").inner_text()
    assert dashboard.complaints == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_phone_scrolls_in_one_direction_only(browser: Browser, extension: str, scheme: str) -> None:
    page = open_page(browser, viewport={"width": 320, "height": 640}, color_scheme=scheme)
    dashboard = DashboardPage(page)
    dashboard.open(extension)
    name = "a-very-long-name-without-any-space-in-it-" * 3 + ".png"
    dashboard.choose(file(name, example("neither").read_bytes(), "image/png"))
    expect(page.locator(".snow-card")).to_have_attribute("data-state", "done")
    wide = "() => [...document.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > 321).length"
    assert page.locator(".snow").evaluate(f"(root) => ({wide})()") == 0
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is None or min(box["width"], box["height"]) >= 44
    page.context.close()
