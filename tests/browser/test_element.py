"""The page of a service, and <snow-classifier> in pages of others, with a real service behind them."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from helpers import encode
from PIL import Image
from playwright.sync_api import Browser, Locator, expect
from servers import Server, served
from services import ROOT, Process, running

from .conftest import ARGUMENTS, executable, open_page
from .dashboard_page import EXAMPLES, DashboardPage, example, file
from .element_page import host
from .test_axe import violations

OLAF = file("olaf.png", example("olaf").read_bytes(), "image/png")


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    """Somebody's site, at another origin than the service."""
    with served(Server()) as site:
        yield site


@pytest.fixture(scope="module")
def snow(site: Server) -> Iterator[Process]:
    """A service whom the pages of that site may ask."""
    with running(Path("export.pkl").absolute(), "--cors", site.url) as process:
        yield process


@pytest.fixture
def visit(browser: Browser, site: Server) -> Iterator[Callable[..., DashboardPage]]:
    """Opens an address; or a page of the site with this in its body, and its script from there."""
    with ExitStack() as pages:

        def start(
            address: str = "",
            body: str = "",
            script: str = "",
            head: str = "",
            choose: str = "Choose pictures",
            **options: object,
        ) -> DashboardPage:
            page = open_page(browser, locale="en-GB", **{"viewport": {"width": 1280, "height": 900}, **options})
            pages.callback(page.context.close)
            listen = "for (const name of ['snow-ready', 'snow-answer', 'snow-error']) "
            listen += "document.addEventListener(name, (event) => heard.push([name, event.target.id, event.detail]))"
            head += f"<script>window.heard = []; {listen}</script><script src='{script}/snow-classifier.js'></script>"
            html = host(body, head).encode()
            site.answers["/"] = lambda handler: handler.answer(html, content_type="text/html; charset=utf-8")
            site.answers["/favicon.ico"] = lambda handler: handler.answer(status=404)
            dashboard = DashboardPage(page)
            page.goto(address or f"{site.url}/")
            expect(page.get_by_text(choose).first).to_be_visible()
            return dashboard

        yield start


def notice(dashboard: DashboardPage) -> Locator:
    return dashboard.page.get_by_role("alert").filter(visible=True)


# ---- the page of the service


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_page_answers_shows_the_map_and_keeps_nobody_out(
    snow: Process, visit: Callable[..., DashboardPage], width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900}
    dashboard = visit(snow.url, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = dashboard.page
    expect(page).to_have_title("Which snow person is it?")
    for way, give in (("choose", dashboard.choose), ("drop", dashboard.drop), ("paste", dashboard.paste)):
        give({**OLAF, "name": f"{way}.png"})
        card = dashboard.expect_answer(f"{way}.png", "olaf")
    expect(card.locator(".snow-bar")).to_have_count(3)
    expect(page.get_by_role("button", name="Use the camera")).to_be_visible()
    card.get_by_role("button", name="Where did I look?").click()
    expect(card.locator(".snow-look-says")).to_contain_text("Looking for Olaf, I looked most")
    expect(card.locator(".snow-map")).to_be_visible()
    dashboard.choose(file("no.png", b"no picture"))
    dashboard.expect_failure("no.png", "This file is not a picture")
    page.get_by_role("button", name="Web address").click()
    expect(page.get_by_text("The server of this page fetches it, for the answer only.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The policy forbids a script tag from elsewhere: this one comes from the browser's own tools.
    page.evaluate(AXE_SCRIPT)
    assert violations(page) == []
    assert [each for each in dashboard.complaints if "422" not in each] == []


@pytest.mark.parametrize("width", [1280, 390])
def test_of_many_pictures_none_is_out_of_reach(snow: Process, visit: Callable[..., DashboardPage], width: int) -> None:
    dashboard = visit(snow.url, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page = dashboard.page
    names = [f"{number}.png" for number in range(8)]
    dashboard.choose(*[file(name, b"no" if name == "6.png" else OLAF["buffer"], "image/png") for name in names])
    expect(page.locator(".snow-tally")).to_have_text("8 pictures: 7 answered, 1 without an answer")
    expect(page.locator(".snow-tally")).to_be_in_viewport()
    expect(page.locator(".snow-card")).to_have_count(5)
    page.get_by_role("button", name="Show 3 more").click()
    expect(page.locator(".snow-card .snow-name")).to_have_text(names)
    expect(dashboard.card("5.png").get_by_role("heading")).to_be_focused()
    dashboard.expect_failure("6.png", "This file is not a picture")
    expect(page.get_by_role("button", name="Show 3 more")).to_be_hidden()
    page.evaluate(AXE_SCRIPT)
    assert violations(page) == []


def test_the_page_takes_pictures_with_a_camera(snow: Process, browser: Browser) -> None:
    devices = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    other = browser.browser_type.launch(executable_path=executable(), args=[*ARGUMENTS, *devices])
    dashboard = DashboardPage(open_page(other, locale="en-GB"))
    dashboard.open(snow.url)
    dashboard.page.get_by_role("button", name="Use the camera").click()
    expect(dashboard.page.locator("video")).not_to_have_js_property("videoWidth", 0)
    dashboard.page.get_by_role("button", name="Take a picture").click()
    card = dashboard.page.locator(".snow-card")
    expect(card).to_have_attribute("data-state", "done")
    expect(card.locator(".snow-name")).to_contain_text("Camera ")
    assert dashboard.complaints == []
    other.close()


def test_how_much_of_an_upload_is_sent_is_seen(snow: Process, visit: Callable[..., DashboardPage]) -> None:
    dashboard = visit(snow.url)
    page = dashboard.page
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
    network.send("Network.emulateNetworkConditions", slow)
    page.evaluate(
        """() => {
      window.seen = [];
      const root = document.querySelector("snow-classifier").shadowRoot;
      const look = () => {
        const bar = root.querySelector(".snow-card[data-state=sending] progress");
        if (bar?.hasAttribute("value") && bar.value !== seen.at(-1)) seen.push(bar.value);
        requestAnimationFrame(look);
      };
      look();
    }"""
    )
    noise = encode(Image.effect_noise((600, 600), 80).convert("RGB"), "JPEG", quality=75)
    assert 100_000 < len(noise) < 300_000, "it is sent as it is"
    dashboard.choose(file("noise.jpg", noise))
    dashboard.expect_answer("noise.jpg")
    seen = page.evaluate("seen")
    assert seen == sorted(seen)
    assert len([share for share in seen if 0 < share < 1]) >= 2, seen


def test_the_page_asks_for_the_key_of_its_service(
    visit: Callable[..., DashboardPage], tiny_export: Path, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("let-me-in\n")
    options = ["--api-key-file", str(tmp_path / "key"), "--no-urls", "--examples", str(ROOT / "examples")]
    with running(tiny_export, *options) as process:
        dashboard = visit(process.url)
        field = dashboard.page.get_by_label("Key of the service")
        expect(notice(dashboard)).to_have_text("This service asks for a key.")
        dashboard.page.evaluate(AXE_SCRIPT)
        assert violations(dashboard.page) == []
        field.fill("let-me-in")
        field.press("Enter")
        expect(dashboard.page.get_by_role("heading", name="Tiny")).to_be_visible()
        expect(dashboard.page.get_by_role("button", name="Web address")).to_be_hidden()
        examples = dashboard.page.locator(".snow-example img")
        expect(examples).to_have_count(len(EXAMPLES))
        examples.first.click()
        dashboard.expect_answer("Example picture 1")
        dashboard.choose(OLAF)
        dashboard.expect_answer("olaf.png")


def test_a_service_that_was_killed_is_told_and_goes_on_when_it_is_back(
    visit: Callable[..., DashboardPage], tiny_export: Path
) -> None:
    with running(tiny_export) as process:
        port = str(process.port)
        dashboard = visit(process.url)
        dashboard.choose(OLAF)
        dashboard.expect_answer("olaf.png")
        process.process.kill()
        process.process.wait()
        dashboard.choose({**OLAF, "name": "later.png"})
        expect(notice(dashboard)).to_contain_text("can’t be reached")
        dashboard.expect_answer("olaf.png")
    with running(tiny_export, "--port", port):
        dashboard.expect_answer("later.png")
        expect(notice(dashboard)).to_have_count(0)


# ---- in pages of others


def test_two_in_one_page_are_guests(snow: Process, visit: Callable[..., DashboardPage]) -> None:
    two = f'<snow-classifier id="one" src="{snow.url}"></snow-classifier><snow-classifier id="two"></snow-classifier>'
    dashboard = visit(body=two, script=snow.url)
    page = dashboard.page
    expect(page.get_by_role("heading", name="Which snow person is it?", level=2)).to_have_count(2)
    page.locator("#one input[type=file]").set_input_files([OLAF])
    expect(page.locator("#one .snow-card")).to_have_attribute("data-state", "done")
    page.locator("#two input[type=file]").set_input_files([file("b.txt", b"no picture")])
    expect(page.locator("#two .snow-card")).to_have_attribute("data-state", "failed")
    assert page.locator(".snow-card").count() == 2
    ready = [each for each in page.evaluate("heard") if each[0] == "snow-ready"]
    assert {(name, id, detail["title"]) for name, id, detail in ready} == {
        ("snow-ready", id, "Which snow person is it?") for id in ("one", "two")
    }
    answer, failure = [each for each in page.evaluate("heard") if each[0] != "snow-ready"]
    assert answer[:2] == ["snow-answer", "one"]
    assert (answer[2]["name"], answer[2]["label"], answer[2]["neither"]) == ("olaf.png", "olaf", False)
    assert sum(answer[2]["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert failure[:2] == ["snow-error", "two"]
    assert (failure[2]["name"], failure[2]["code"]) == ("b.txt", "not_a_picture")
    # Neither's style is the other's, nor do the site's large buttons and small root count.
    sizes = page.evaluate(
        """() => {
      const inside = document.querySelector("#one").shadowRoot.querySelector(".snow-choose");
      const { fontSize, color, letterSpacing, textAlign } = getComputedStyle(inside);
      const words = getComputedStyle(document.querySelector("#one").shadowRoot.querySelector(".snow-name")).textAlign;
      const outside = getComputedStyle(document.querySelector("h1"));
      const ours = outside.getPropertyValue("--snow-ink");
      return [fontSize, color, letterSpacing, textAlign, words, outside.color, ours];
    }"""
    )
    assert sizes == ["17px", "rgb(255, 255, 255)", "normal", "center", "start", "rgb(0, 90, 0)", ""]
    # What is the site's stays the site's.
    assert page.title() == "Otters"
    assert page.evaluate("document.documentElement.lang") == "sv"
    dashboard.drop({**OLAF, "name": "outside.png"})
    dashboard.paste({**OLAF, "name": "outside.png"})
    expect(dashboard.card("outside.png")).to_have_count(0)
    assert [each for each in dashboard.complaints if "422" not in each] == []


def test_what_is_pasted_into_a_field_is_no_picture_and_what_is_pasted_into_the_element_is(
    snow: Process, visit: Callable[..., DashboardPage]
) -> None:
    dashboard = visit(body="<snow-classifier></snow-classifier>", script=snow.url)
    page = dashboard.page
    page.get_by_role("button", name="Web address").click()
    paste = """([selector, text]) => {
      const transfer = new DataTransfer();
      transfer.setData("text/plain", text);
      const target = document.querySelector("snow-classifier").shadowRoot.querySelector(selector);
      const options = { bubbles: true, cancelable: true, composed: true };
      return target.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: transfer }));
    }"""
    assert page.evaluate(paste, [".snow-field", "https://a.example/a.png"]), "the field gets it"
    expect(page.locator(".snow-card")).to_have_count(0)
    assert not page.evaluate(paste, [".snow-drop", "http://127.0.0.1/a.png"])
    dashboard.expect_failure("127.0.0.1/a.png", "private network")


def test_one_that_is_moved_keeps_its_pictures_and_one_that_is_removed_asks_no_more(
    snow: Process, visit: Callable[..., DashboardPage]
) -> None:
    dashboard = visit(body="<main><snow-classifier></snow-classifier></main><aside></aside>", script=snow.url)
    page = dashboard.page
    dashboard.choose(OLAF)
    dashboard.expect_answer("olaf.png")
    page.evaluate("document.querySelector('aside').append(document.querySelector('snow-classifier'))")
    expect(page.locator("aside .snow-card")).to_have_count(1)
    page.evaluate(AXE_SCRIPT)
    assert violations(page) == []
    page.evaluate("window.kept = document.querySelector('snow-classifier'); kept.remove()")
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")
    left = page.evaluate("[kept.session, kept.service, kept.view, kept.shadowRoot.childElementCount]")
    assert left == [None, None, None, 0]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2_500)  # longer than it waits between two questions
    assert asked == []
    page.evaluate("document.body.append(kept)")
    expect(page.get_by_role("heading", name="Which snow person is it?")).to_be_visible()
    expect(page.locator(".snow-card")).to_have_count(0)
    dashboard.choose(OLAF)
    dashboard.expect_answer("olaf.png")
    assert dashboard.complaints == []


def test_a_site_chooses_the_colours_and_the_language(snow: Process, visit: Callable[..., DashboardPage]) -> None:
    style = "<style>snow-classifier { --snow-accent: rgb(1 2 3); color-scheme: dark }</style>"
    body = '<snow-classifier language="fr"></snow-classifier>'
    page = visit(body=body, script=snow.url, head=style, choose="Choisis des images").page
    choose = page.locator(".snow-choose")
    expect(choose).to_have_css("background-color", "rgb(1, 2, 3)")
    expect(page.locator(".snow-question")).to_have_css("color", "rgb(234, 242, 249)")
    expect(page.get_by_role("combobox")).to_have_count(0)
    page.locator("snow-classifier").evaluate("(node) => node.setAttribute('language', 'de')")
    expect(choose).to_have_text("Wähle Bilder aus")
    page.locator("snow-classifier").evaluate("(node) => node.setAttribute('language', 'xx')")
    expect(page.get_by_role("combobox")).to_have_count(1)


def test_a_service_that_does_not_allow_the_site_is_told_with_the_remedy(
    visit: Callable[..., DashboardPage], site: Server, tiny_export: Path
) -> None:
    with running(tiny_export) as process:
        dashboard = visit(body="<snow-classifier></snow-classifier>", script=process.url)
        # The site is on this machine, its developer's: in other pages, only the first sentence is in sight.
        expect(notice(dashboard).locator("strong, p")).to_have_text(
            [
                "The classifier can’t be used from this page at the moment.",
                f"The service is there, but does not let pages of {site.url} ask: start it with --cors {site.url}",
            ]
        )


def test_a_site_whose_policy_forbids_it_is_told(visit: Callable[..., DashboardPage], snow: Process) -> None:
    policy = f"default-src 'none'; script-src 'unsafe-inline' {snow.url}; img-src blob:; style-src 'unsafe-inline'"
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    dashboard = visit(body="<snow-classifier></snow-classifier>", script=snow.url, head=head)
    expect(notice(dashboard)).to_contain_text(f"do not let it ask {snow.url}: name that in connect-src.")
    allowed = policy.replace("style-src 'unsafe-inline'", f"connect-src {snow.url}")
    head = f'<meta http-equiv="Content-Security-Policy" content="{allowed}">'
    dashboard = visit(body="<snow-classifier></snow-classifier>", script=snow.url, head=head)
    dashboard.choose(OLAF)
    dashboard.expect_answer("olaf.png", "olaf")
    expect(dashboard.page.locator(".snow-choose")).to_have_css("border-radius", re.compile("^[0-9]{3,}px"))


def test_an_address_that_is_none_is_told(visit: Callable[..., DashboardPage], snow: Process) -> None:
    dashboard = visit(body='<snow-classifier src="ftp://a.example"></snow-classifier>', script=snow.url)
    expect(notice(dashboard)).to_contain_text("There is no such service at this address: ftp://a.example")
    dashboard.page.wait_for_function("heard.length")
    [[name, _, detail]] = dashboard.page.evaluate("heard")
    assert (name, detail["code"]) == ("snow-error", "stranger")
    dashboard.choose(OLAF)
    expect(dashboard.card("olaf.png").locator("img")).to_be_visible()
    dashboard.page.locator("snow-classifier").evaluate("(node, url) => node.setAttribute('src', url)", snow.url)
    expect(dashboard.page.get_by_role("heading", name="Which snow person is it?")).to_be_visible()
