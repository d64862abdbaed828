"""The main states of the page as a visitor meets them: in reach for everybody, never wider than the window, and kept as
pictures in build/screenshots for whoever wants to look.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, expect

from .conftest import ARGUMENTS, executable, open_page
from .dashboard_page import EXAMPLES, DashboardPage, example, file
from .test_axe import violations
from .test_standalone import kernel_id, process_of

KEPT = Path(__file__).parents[2] / "build" / "screenshots"
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
# A headless browser paints only what changes: without this a finished animation may show its first frame.
SETTLED = "Promise.all(document.getAnimations().map((animation) => animation.finished))"

Keep = Callable[[str], None]


@pytest.fixture(scope="module")
def photographing(browser: Browser) -> Iterator[Browser]:
    """A browser with a camera, a made-up one."""
    other = browser.browser_type.launch(executable_path=executable(), args=[*ARGUMENTS, *CAMERA])
    yield other
    other.close()


@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "light"), (390, "dark"), (844, "light"), (1280, "light"), (1280, "dark")]
)
def test_each_state_fits_and_is_in_reach(
    photographing: Browser, start: Callable[[str], str], width: int, scheme: Literal["light", "dark"]
) -> None:
    size = {"width": width, "height": {390: 844, 844: 390, 1280: 900}[width]}  # 844: a phone on its side
    page = open_page(photographing, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    dashboard = DashboardPage(page)

    def keep(state: str, whole: bool = True) -> None:
        page.mouse.move(0, 0)
        page.evaluate(SETTLED)
        KEPT.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=KEPT / f"{state}-{width}-{scheme}.png", full_page=whole)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{state} is wider than the window"
        assert violations(page) == [], state

    dashboard.open(start("standalone"))
    expect(page.locator(".snow-example").last).to_be_enabled()
    page.evaluate(AXE_SCRIPT)
    keep("ready")

    page.locator(".snow-example").first.click()
    dashboard.expect_answer("Example picture 1")
    keep("example", whole=False)
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Forget it").click()

    dashboard.choose(
        file("olaf.png", example("olaf").read_bytes(), "image/png"),
        file("a penguin.png", example("neither").read_bytes(), "image/png"),
        file("letter.pdf", b"%PDF-1.7", "application/pdf"),
    )
    olaf = dashboard.expect_answer("olaf.png", "olaf")
    dashboard.expect_answer("a penguin.png", "neither")
    dashboard.expect_failure("letter.pdf", "")
    keep("answered")

    olaf.get_by_role("button", name="Where did I look?").click()
    expect(olaf.locator("canvas")).to_be_visible()
    keep("looked")

    olaf.get_by_role("button", name="Trick me").click()
    panel = page.get_by_role("dialog", name="Can you trick me?")
    panel.get_by_role("slider", name="Turn it").fill("40")
    expect(panel.get_by_text("40°")).to_be_visible()
    keep("trick", whole=False)
    panel.get_by_role("button", name="Show me the smallest trick").click()
    expect(panel.locator(".snow-trick-found")).to_contain_text("I no longer take this for Olaf")
    keep("flipped", whole=False)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()

    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_role("button", name="Take a picture", exact=True)).to_be_enabled()
    keep("camera")
    page.get_by_role("button", name="Take a picture", exact=True).click()
    expect(page.locator(".snow-card")).to_have_count(4)
    expect(page.locator(".snow-card:not([data-state=done], [data-state=failed])")).to_have_count(0)
    keep("shot", whole=False)
    page.get_by_role("button", name="Stop the camera").click()

    drawn = [file(f"{each.stem}.png", each.read_bytes(), "image/png") for each in EXAMPLES]
    dashboard.choose(*drawn, file("empty.png", b"", "image/png"))
    expect(page.locator(".snow-tally")).to_contain_text("2 without an answer")
    expect(page.locator(".snow-mini:not([data-state=done], [data-state=failed])")).to_have_count(0)
    page.locator(".snow-card").first.get_by_role("button", name="Is this wrong?").click()
    keep("many")

    assert dashboard.complaints == []
    process_of(kernel_id(page)).kill()
    expect(page.locator(".page-lost")).to_be_visible()
    keep("lost", whole=False)
    page.context.close()
