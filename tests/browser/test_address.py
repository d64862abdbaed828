"""The web address of a picture, in a real browser against Voila: fetched by the server, if it is a public one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from servers import Server, served

from .conftest import open_page
from .dashboard_page import DashboardPage, example


@pytest.fixture
def pictures() -> Iterator[Server]:
    """Somebody's web server."""
    with served(Server()) as server:
        server.answers["/olaf.png"] = lambda handler: handler.answer(example("olaf").read_bytes())
        server.answers["/moved"] = lambda handler: handler.answer(status=302, location="/olaf.png")
        page = b"<!doctype html><title>Olaf</title>"
        server.answers["/page"] = lambda handler: handler.answer(page, content_type="text/html")
        server.answers["/gone.png"] = lambda handler: handler.answer(status=404)
        yield server


@pytest.fixture(scope="module")
def open_minded(browser: Browser, extension: str, site: Path) -> Iterator[DashboardPage]:
    """A dashboard that may fetch from this machine, so that there is something to fetch."""
    notebook = json.loads((site / "snowpeople_voila.ipynb").read_text("utf-8"))
    cell = notebook["cells"][-1]
    cell["source"] = "".join(cell["source"]).replace(
        'Dashboard("export.pkl")', 'Dashboard("export.pkl", allow_private=True)'
    )
    assert "allow_private" in cell["source"]
    (site / "open.ipynb").write_text(json.dumps(notebook), "utf-8")
    page = open_page(browser)
    dashboard = DashboardPage(page)
    dashboard.open(extension.replace("snowpeople_voila.ipynb", "open.ipynb"))
    yield dashboard
    page.context.close()


# How often a visitor could have seen the field's button, from the first moment on.
SEEN = """window.seen = 0;
setInterval(() => {
  const buttons = [...document.querySelectorAll("button")].filter((button) => button.textContent === "Web address");
  seen += buttons.some((button) => button.checkVisibility());
}, 10);"""
DROP = """(address) => {
  const transfer = new DataTransfer();
  transfer.setData("text/uri-list", address);
  document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


def give(dashboard: DashboardPage, address: str) -> str:
    """Enter an address, and return what its card is named."""
    field = dashboard.page.get_by_label("Web address of a picture")
    if not field.is_visible():
        dashboard.page.get_by_role("button", name="Web address").click()
    field.fill(address)
    field.press("Enter")
    return address.removeprefix("http://")


@pytest.mark.parametrize("path", ["olaf.png", "moved"])
def test_a_picture_at_an_address_is_shown_and_named(open_minded: DashboardPage, pictures: Server, path: str) -> None:
    card = open_minded.expect_answer(give(open_minded, f"{pictures.url}/{path}"), "olaf")
    assert len(open_minded.thumbnail(card)) > 1000
    assert open_minded.complaints == []


@pytest.mark.parametrize(("path", "words"), [("page", "a web page"), ("gone.png", "no such file")])
def test_why_there_is_none(open_minded: DashboardPage, pictures: Server, path: str, words: str) -> None:
    open_minded.expect_failure(give(open_minded, f"{pictures.url}/{path}"), words)


def test_a_host_may_forbid_addresses(browser: Browser, extension: str, site: Path) -> None:
    text = (site / "snowpeople_voila.ipynb").read_text("utf-8")
    forbidden = text.replace('Dashboard(\\"export.pkl\\")', 'Dashboard(\\"export.pkl\\", urls=False)')
    assert forbidden != text
    (site / "forbidden.ipynb").write_text(forbidden, "utf-8")
    page = open_page(browser)
    dashboard = DashboardPage(page)
    page.add_init_script(SEEN)
    dashboard.open(extension.replace("snowpeople_voila.ipynb", "forbidden.ipynb"))
    # One that is dropped is refused, in so many words.
    page.evaluate(DROP, "https://example.com/olaf.png")
    dashboard.expect_failure("example.com/olaf.png", "Addresses are not opened here")
    assert page.evaluate("seen") == 0
    assert dashboard.complaints == []
    page.context.close()


def test_private_networks_stay_private(dashboard: DashboardPage, pictures: Server) -> None:
    dashboard.expect_failure(give(dashboard, f"{pictures.url}/olaf.png"), "in a private network")
    assert pictures.connections == 0
