"""The dashboard's notebook in JupyterLab."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from .conftest import open_page
from .dashboard_page import DashboardPage, example, file

pytest.importorskip("jupyterlab", reason="JupyterLab is not installed: it comes with `pip install -e .[train]`")


def test_the_notebook_runs_in_jupyterlab_and_two_views_agree(browser: Browser, start: Callable[[str], str]) -> None:
    page = open_page(browser, viewport={"width": 1280, "height": 900})
    dashboard = DashboardPage(page)
    page.goto(start("lab"), wait_until="commit")
    # The menus stand before the notebook does, with other entries.
    expect(page.locator(".jp-NotebookPanel .jp-CodeCell").first).to_be_visible(timeout=60_000)
    # Before the kernel is there, a run is lost.
    expect(page.get_by_text("| Idle")).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    dashboard.ready()
    dashboard.choose(file("in lab.png", example("olaf").read_bytes(), "image/png"))
    dashboard.expect_answer("in lab.png", "olaf")

    page.get_by_text("Photos are made smaller").click(button="right")
    page.get_by_role("menuitem", name="Create New View for Cell Output").click()
    expect(page.locator(".snow")).to_have_count(2)
    expect(page.locator(".snow-card[data-state=done]")).to_have_count(2)
    page.context.close()
