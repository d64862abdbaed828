"""The page that Voila serves with our template: at once, small, and able to go on when its kernel is gone."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .conftest import open_page, serve
from .dashboard_page import EXAMPLES, DashboardPage, example, file

SOON = 15_000  # milliseconds within which a loss is told


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[[str], DashboardPage]]:
    """Open the dashboard in a visit of its own."""
    pages: list[Page] = []

    def open_in_new_visit(address: str) -> DashboardPage:
        pages.append(open_page(browser, viewport={"width": 1280, "height": 900}))
        dashboard = DashboardPage(pages[-1])
        dashboard.open(address)
        return dashboard

    yield open_in_new_visit
    for page in pages:
        page.context.close()


def kernel_id(page: Page) -> str:
    found = page.locator("[data-kernel]").get_attribute("data-kernel")
    assert found
    return found


def process_of(kernel: str) -> psutil.Process:
    """The process of a kernel, by the file that it was started with."""
    return next(p for p in psutil.process_iter(["cmdline"]) if any(kernel in part for part in p.info["cmdline"] or []))


def kernels_of(server: psutil.Process) -> list[psutil.Process]:
    alive = [child for child in server.children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in alive if "ipykernel_launcher" in " ".join(child.cmdline())]


def awaited(look: Callable[[], list[psutil.Process]]) -> list[psutil.Process]:
    for _ in range(300):
        if found := look():
            return found
        time.sleep(0.1)
    pytest.fail("it did not come")


def olaf(name: str) -> Any:
    return file(name, example("olaf").read_bytes(), "image/png")


def test_a_picture_chosen_before_the_kernel_is_there_is_answered(
    extension: str, visit: Callable[[str], DashboardPage]
) -> None:
    dashboard = visit(extension)
    assert dashboard.page.locator("[data-kernel]").count() == 0
    expect(dashboard.page.get_by_role("heading", name="Which snow person is it?")).to_be_visible()
    expect(dashboard.page.locator(".snow-example")).to_have_count(len(EXAMPLES))
    dashboard.choose(olaf("early.png"))
    expect(dashboard.card("early.png")).to_have_attribute("data-state", "waiting")
    dashboard.expect_answer("early.png", "olaf")
    assert dashboard.complaints == []


def test_nothing_is_loaded_but_the_page_itself(browser: Browser, address: str) -> None:
    page = open_page(browser)
    dashboard = DashboardPage(page)
    loaded = {"bytes": 0}
    requests: list[str] = []
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.requestWillBeSent", lambda event: requests.append(event["request"]["url"]))
    network.on(
        "Network.loadingFinished", lambda event: loaded.update(bytes=loaded["bytes"] + event["encodedDataLength"])
    )
    dashboard.open(address)
    dashboard.choose(olaf("small.png"))
    dashboard.expect_answer("small.png", "olaf")
    over_the_network = [url for url in requests if url.startswith("http")]
    assert over_the_network == [address]
    assert loaded["bytes"] < 400_000
    page.context.close()


def test_each_visitor_sees_their_own_pictures_only(address: str, visit: Callable[[str], DashboardPage]) -> None:
    mine, yours = visit(address), visit(address)
    mine.choose(olaf("mine.png"))
    yours.choose(olaf("yours.png"))
    mine.expect_answer("mine.png", "olaf")
    yours.expect_answer("yours.png", "olaf")
    expect(mine.page.locator(".snow-card")).to_have_count(1)
    expect(yours.page.locator(".snow-card")).to_have_count(1)
    assert kernel_id(mine.page) != kernel_id(yours.page)


def test_leaving_the_page_ends_its_kernel(address: str, visit: Callable[[str], DashboardPage]) -> None:
    dashboard = visit(address)
    dashboard.choose(olaf("before leaving.png"))
    dashboard.expect_answer("before leaving.png", "olaf")
    kernel = process_of(kernel_id(dashboard.page))
    dashboard.page.goto("about:blank")
    kernel.wait(SOON / 1000)


def test_a_killed_kernel_is_told_and_another_goes_on(address: str, visit: Callable[[str], DashboardPage]) -> None:
    dashboard = visit(address)
    dashboard.choose(olaf("before.png"))
    dashboard.expect_answer("before.png", "olaf")
    process_of(kernel_id(dashboard.page)).kill()
    notice = dashboard.page.locator(".page-lost")
    expect(notice).to_contain_text("connection to the server is lost", timeout=SOON)
    dashboard.choose(olaf("meanwhile.png"))
    expect(dashboard.card("meanwhile.png")).to_have_attribute("data-state", "waiting")
    notice.get_by_role("button", name="Start again").click()
    dashboard.expect_answer("meanwhile.png", "olaf")
    expect(notice).to_be_hidden()
    dashboard.expect_answer("before.png", "olaf")
    dashboard.choose(olaf("after.png"))
    dashboard.expect_answer("after.png", "olaf")


def test_another_kernel_is_tried_where_the_first_knows_nothing_of_the_page(
    site: Path, visit: Callable[[str], DashboardPage]
) -> None:
    with serve("standalone", site) as address:
        dashboard = visit(address)
        dashboard.choose(olaf("before.png"))
        dashboard.expect_answer("before.png", "olaf")
        server = process_of(kernel_id(dashboard.page)).parent()
        assert server
        for kernel in kernels_of(server):  # the one that waits for the next visitor, too
            kernel.kill()
        awaited(lambda: kernels_of(server))  # Jupyter starts that anew, without the notebook
        notice = dashboard.page.locator(".page-lost")
        expect(notice).to_be_visible(timeout=SOON)
        dashboard.choose(olaf("after.png"))
        notice.get_by_role("button", name="Start again").click()
        dashboard.expect_answer("after.png", "olaf")
        expect(notice).to_be_hidden()


def test_another_kernel_is_tried_where_the_first_hangs(site: Path, visit: Callable[[str], DashboardPage]) -> None:
    with serve("standalone", site) as address:
        dashboard = visit(address)
        kernel = process_of(kernel_id(dashboard.page))
        server = kernel.parent()
        assert server
        [hung] = awaited(lambda: [other for other in kernels_of(server) if other != kernel])
        hung.suspend()  # before it has run the notebook: its page has no end
        try:
            kernel.kill()
            notice = dashboard.page.locator(".page-lost")
            dashboard.choose(olaf("after.png"))
            notice.get_by_role("button", name="Start again").click()
            dashboard.expect_answer("after.png", "olaf")
            expect(notice).to_be_hidden()
        finally:
            hung.kill()


# Gives the page's picker another name than the kernel does, as where that was started anew before it was heard.
UNKNOWN = """Object.defineProperty(globalThis, "snowpeople", {
  configurable: true,
  set(page) {
    Object.defineProperty(globalThis, "snowpeople", { value: page });
    page.reached = (cell) => {
      cell.dataset.picker = "0".repeat(32);
      Object.getPrototypeOf(page).reached.call(page, cell);
    };
  },
})"""


def test_a_kernel_that_never_knew_the_page_is_told(extension: str, browser: Browser) -> None:
    page = open_page(browser)
    dashboard = DashboardPage(page)
    page.add_init_script(UNKNOWN)
    dashboard.open(extension)
    dashboard.choose(olaf("early.png"))
    notice = page.locator(".page-lost")
    expect(notice).to_be_visible(timeout=SOON)
    notice.get_by_role("button", name="Start again").click()
    dashboard.expect_answer("early.png", "olaf")
    expect(notice).to_be_hidden()
    page.context.close()


def test_kernels_that_all_know_nothing_end_in_a_button(
    extension: str, visit: Callable[[str], DashboardPage]
) -> None:
    dashboard = visit(extension)
    dashboard.choose(olaf("before.png"))
    dashboard.expect_answer("before.png", "olaf")
    asked = []

    def stale(route: Route) -> None:
        asked.append(route.request.url)
        page = route.fetch().text()
        [picker] = re.findall(r'data-picker="([^"]+)"', page)
        route.fulfill(body=page.replace(picker, "0" * 32), content_type="text/html")

    dashboard.page.route(extension, stale)
    process_of(kernel_id(dashboard.page)).kill()
    notice = dashboard.page.locator(".page-lost")
    notice.get_by_role("button", name="Start again").click()
    expect(notice).to_contain_text("could not be started again", timeout=60_000)
    assert len(asked) == 2
    dashboard.page.unroute(extension)
    dashboard.choose(olaf("after.png"))
    notice.get_by_role("button", name="Start again").click()
    dashboard.expect_answer("after.png", "olaf")
    expect(notice).to_be_hidden()


def test_a_server_that_is_silent_for_a_while(site: Path, visit: Callable[[str], DashboardPage]) -> None:
    with serve("standalone", site) as address:
        dashboard = visit(address)
        dashboard.choose(olaf("before.png"))
        dashboard.expect_answer("before.png", "olaf")
        server = process_of(kernel_id(dashboard.page)).parent()
        assert server
        server.suspend()
        notice = dashboard.page.locator(".page-lost")
        try:
            expect(notice).to_be_visible(timeout=SOON)
        finally:
            server.resume()
        expect(notice).to_be_hidden()
        dashboard.choose(olaf("after.png"))
        dashboard.expect_answer("after.png", "olaf")


def test_a_server_that_is_gone(site: Path, visit: Callable[[str], DashboardPage]) -> None:
    with serve("standalone", site) as address:
        dashboard = visit(address)
        dashboard.choose(olaf("before.png"))
        dashboard.expect_answer("before.png", "olaf")
    notice = dashboard.page.locator(".page-lost")
    expect(notice).to_be_visible(timeout=SOON)
    notice.get_by_role("button", name="Start again").click()
    expect(notice).to_contain_text("could not be started again")
    expect(notice.get_by_role("button", name="Start again")).to_be_enabled()
    dashboard.expect_answer("before.png", "olaf")


# ---- a maker's own notebook


def notebook(*cells: tuple[str, str]) -> str:
    made: list[dict[str, Any]] = [
        {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": source}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for number, (kind, source) in enumerate(cells)
    ]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def render(site: Path, extension: str, visit: Callable[[str], DashboardPage]) -> Callable[..., Page]:
    """Show a notebook of those cells."""

    def show(*cells: tuple[str, str]) -> Page:
        name = f"own-{time.monotonic_ns()}.ipynb"
        (site / name).write_text(notebook(*cells))
        page: Page = visit(extension.replace("snowpeople_voila.ipynb", name)).page
        return page

    return show


DASHBOARD = ("code", 'from snowpeople.dashboard import Dashboard\nDashboard("export.pkl")')


def test_texts_and_outputs_show_in_their_order(render: Callable[..., Page]) -> None:
    page = render(
        ("markdown", "# My own title"),
        ("code", "print('printed first')"),
        DASHBOARD,
        ("markdown", "A *last* word"),
        ("code", "from IPython.display import HTML, Image, display\ndisplay(HTML('<b>bold end</b>'))"),
    )
    expect(page.get_by_text("bold end")).to_be_visible()
    expect(page.get_by_role("heading", name="My own title")).to_have_count(1)
    text = page.locator("main").inner_text()
    order = ["My own title", "printed first", "Choose pictures", "A last word", "bold end"]
    assert sorted(order, key=text.index) == order
    assert "import" not in text


def test_two_dashboards_in_one_notebook(render: Callable[..., Page]) -> None:
    page = render(DASHBOARD, DASHBOARD)
    expect(page.locator(".snow")).to_have_count(2)
    for index in range(2):
        page.locator("input[type=file]").nth(index).set_input_files([olaf(f"picture {index}.png")])
        card = page.locator(".snow").nth(index).locator(".snow-card")
        expect(card).to_have_attribute("data-state", "done")


def test_a_widget_of_another_kind_is_a_click_away(render: Callable[..., Page]) -> None:
    page = render(DASHBOARD, ("code", "import ipywidgets\nipywidgets.IntSlider(description='How cold?')"))
    page.get_by_role("link", name="Open the full page").click()
    expect(page.get_by_text("How cold?")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Choose pictures")).to_be_visible()


def test_a_notebook_that_fails_before_its_dashboard_says_so(render: Callable[..., Page]) -> None:
    page = render(("code", "secret = 1 / 0"), DASHBOARD)
    expect(page.get_by_role("alert").first).to_contain_text("stopped with an error")
    text = page.locator("body").inner_text()
    assert "secret" not in text
    assert "Traceback" not in text


# ---- the wire


def test_large_buffers_travel_as_jupyter_packs_them(browser: Browser, tmp_path: Path) -> None:
    from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1

    from snowpeople.dashboard.script import PAGE

    page = open_page(browser)
    page.route("http://localhost/**", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto("http://localhost/")
    source = (PAGE / "kernel.js").read_text(encoding="utf-8")
    page.add_script_tag(content=f"{source}\nObject.assign(window, {{ pack, unpack }});")
    large = bytes(range(256)) * 12_000
    sent = page.evaluate(
        """() => {
          const large = Uint8Array.from({ length: 256 * 12000 }, (_, index) => index);
          const packed = pack("shell", [{ msg_type: "ü" }, {}, {}, { n: 1 }], [large.buffer, new ArrayBuffer(0)]);
          let text = "";
          for (let i = 0; i < packed.length; i += 8192) text += String.fromCharCode(...packed.subarray(i, i + 8192));
          return text;
        }"""
    ).encode("latin-1")
    channel, parts = deserialize_msg_from_ws_v1(sent)
    assert (channel, parts) == ("shell", ['{"msg_type":"ü"}'.encode(), b"{}", b"{}", b'{"n":1}', large, b""])
    parts = [b'{"msg_type": "comm_msg"}', b"{}", b"{}", b'{"n": 2}', large, b"", b"ab"]
    packed = serialize_msg_to_ws_v1(parts, "iopub")
    page.route("**/packed", lambda route: route.fulfill(body=packed))
    heard = page.evaluate(
        """async () => {
          const { type, content, buffers } = unpack(await (await fetch("/packed")).arrayBuffer());
          const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
          const [large, ...rest] = buffers.map(bytes);
          const whole = large.every((byte, index) => byte === index % 256);
          return [type, content, large.length, whole, rest.map((buffer) => [...buffer])];
        }"""
    )
    assert heard == ["comm_msg", {"n": 2}, len(large), True, [[], [97, 98]]]
    page.context.close()
