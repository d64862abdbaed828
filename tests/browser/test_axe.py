"""What keeps people out of a page, as axe-core finds it, in each state of the page."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from .conftest import open_page
from .dashboard_page import DashboardPage, example, file
from .lonely_page import ABOUT, PAGE, WELCOME, Lonely, answer

LOOK = """async () => {
  const options = { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } };
  const { violations } = await axe.run(document, options);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}"""


def violations(page: Page) -> list[str]:
    found: list[str] = page.evaluate(LOOK)
    return found


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[1280, 390])
def picker(browser: Browser, request: pytest.FixtureRequest, scheme: str) -> Iterator[Lonely]:
    size = {"width": request.param, "height": 900}
    page = open_page(browser, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    picker = Lonely(page)
    picker.start(views=1, page=PAGE, clock=False)
    page.evaluate(AXE_SCRIPT)
    yield picker
    assert picker.complaints == []
    page.context.close()


def test_axe_finds_nothing_in_any_state(picker: Lonely) -> None:
    page = picker.page
    assert violations(page) == [], "before the server is there"
    picker.say({**WELCOME, "state": "loading", "about": {**ABOUT, "labels": []}})
    picker.choose(file("early.bin", b"x"))
    assert violations(page) == [], "loading"
    picker.say({"kind": "state", "state": "ready", "about": ABOUT})
    for index in (0, 1):
        picker.say({"kind": "example", "index": index}, example("olaf").read_bytes())
    [early] = picker.wait_for("start")
    assert violations(page) == [], "on its way"
    bars = [{"label": label, "probability": 1 / 3} for label in ABOUT["labels"]]
    picker.say(answer(early["id"], "olaf", bars=bars))
    picker.expect_answer("early.bin", "olaf")
    assert violations(page) == [], "answered"
    for number, code in enumerate(("not_a_picture", "busy"), 2):
        picker.choose(file(f"{code}.bin", b"x"))
        picker.say({"kind": "failed", "id": picker.wait_for("start", number)[-1]["id"], "code": code, "message": ""})
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert violations(page) == [], "failed"
    picker.choose(file("pet.bin", b"x"))
    pets = [{"label": f"breed_{number}", "probability": number / 780} for number in range(40)]
    picker.say(answer(picker.wait_for("start", 4)[-1]["id"], "breed_39", 0.05, bars=pets))
    page.get_by_text("All 40").click()
    assert violations(page) == [], "many classes"
    picker.say({"kind": "state", "state": "broken", "message": "export.pkl does not exist."})
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == [], "broken"


def test_axe_finds_nothing_in_the_page_of_a_server(browser: Browser, extension: str, scheme: str) -> None:
    page = open_page(browser, color_scheme=scheme, reduced_motion="reduce")
    dashboard = DashboardPage(page)
    dashboard.open(extension)
    dashboard.choose(file("a.png", example("olaf").read_bytes(), "image/png"))
    dashboard.expect_answer("a.png", "olaf")
    page.evaluate(AXE_SCRIPT)
    assert violations(page) == []
    page.context.close()


# The contrast of a node's own colours, as WCAG 2.2 reckons it; of a transparent one, on the page's paper.
CONTRAST = """(node) => {
  const context = document.createElement("canvas").getContext("2d");
  const paper = getComputedStyle(node).getPropertyValue("--snow-paper");
  const probe = node.parentElement.appendChild(document.createElement("i"));
  probe.style.color = paper;
  const { color, backgroundColor } = getComputedStyle(node);
  const luminance = (...colours) => {
    for (const colour of colours) {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const under = getComputedStyle(probe).color;
  probe.remove();
  const [low, high] = [luminance(under, backgroundColor), luminance(under, color)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""


def test_a_button_stays_readable_under_the_mouse(picker: Lonely) -> None:
    page = picker.page
    picker.say(WELCOME)
    picker.choose(file("a.bin", b"x"))
    picker.say(answer(picker.wait_for("start")[0]["id"], "olaf"))
    card = picker.expect_answer("a.bin", "olaf")
    card.get_by_role("button", name=re.compile("^Where did")).click()  # pressed, it is filled too
    page.get_by_role("button", name="Web address").click()
    buttons = page.locator(".snow-button:visible:enabled").all()
    assert len(buttons) > 5
    for button in buttons:
        button.hover()
        assert button.evaluate(CONTRAST) >= 4.5, button.inner_text()


def test_what_is_touched_keeps_its_colours(browser: Browser) -> None:
    page = open_page(browser, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    picker = Lonely(page)
    picker.start(views=1, page=PAGE, clock=False)
    toggle = page.get_by_role("button", name="Web address")
    before = toggle.evaluate("(node) => getComputedStyle(node).backgroundColor")
    toggle.tap()
    expect(page.get_by_label("Web address of a picture")).to_be_visible()
    page.wait_for_timeout(300)  # it would fade in
    assert toggle.evaluate("(node) => getComputedStyle(node).backgroundColor") == before
    page.context.close()
