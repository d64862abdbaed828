"""What can be done with an answer, against real servers: where it looked, and how it is tricked."""

import re

from playwright.sync_api import expect

from .dashboard_page import DashboardPage, example, file


def test_where_it_looked(dashboard: DashboardPage) -> None:
    dashboard.choose(file("looked at.png", example("olaf").read_bytes(), "image/png"))
    card = dashboard.expect_answer("looked at.png", "olaf")
    card.get_by_role("button", name="Where did I look?").click()
    expect(card.get_by_role("status")).to_contain_text(re.compile("Looking for Olaf, I looked most (at|in) the"))
    expect(card.locator(".snow-map")).to_be_visible()


def test_the_smallest_trick_and_one_of_the_visitors_own(dashboard: DashboardPage) -> None:
    dashboard.choose(file("tricked.png", example("olaf").read_bytes(), "image/png"))
    dashboard.expect_answer("tricked.png", "olaf").get_by_role("button", name="Trick me").click()
    panel = dashboard.page.get_by_role("dialog")
    expect(panel.locator(".snow-title")).to_have_text("This is Olaf")
    panel.get_by_role("button", name="Show me the smallest trick").click()
    expect(panel.locator(".snow-trick-found")).to_contain_text(re.compile("I (no longer )?take this for"))
    expect(panel).to_contain_text("Tricked! At first I said: This is Olaf.")
    panel.get_by_role("button", name="Undo all changes").click()
    expect(panel.locator(".snow-title")).to_have_text("This is Olaf")
    panel.get_by_role("slider", name="Cover a part").fill("100")
    expect(panel.locator(".snow-title")).not_to_have_text("This is Olaf")
    dashboard.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
