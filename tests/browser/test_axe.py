"""What keeps people out of a page, as axe-core finds it, in each state of the page."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from .conftest import open_page
from .dashboard_page import DashboardPage, example, file
from .test_picker_alone import ABOUT, PAGE, WELCOME, Lonely, answer

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
