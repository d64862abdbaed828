"""The page's script alone, against a model that is made up: what takes long, or goes wrong, on the way to Python."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from .conftest import open_page
from .dashboard_page import example, file
from .lonely_page import ABOUT, WELCOME, Lonely, answer, opened


@pytest.fixture
def picker(browser: Browser) -> Iterator[Lonely]:
    with opened(Lonely(open_page(browser))) as lonely:
        yield lonely


def test_says_hello_until_it_is_welcome_and_sends_nothing_before(picker: Lonely) -> None:
    picker.choose(file("early.bin", b"abc"))
    picker.pass_seconds(7)
    assert len(picker.heard("hello")) >= 3
    assert picker.heard("start") == []
    picker.say(WELCOME)
    assert picker.wait_for("start")[0]["size"] == 3
    hellos = len(picker.heard("hello"))
    picker.pass_seconds(7)
    assert len(picker.heard("hello")) == hellos


def test_what_python_knows_first_takes_nothing_from_what_the_page_knows(picker: Lonely) -> None:
    picker.say(WELCOME)
    field = picker.page.get_by_role("button", name="Web address")
    expect(field).to_have_count(2)
    picker.say({**WELCOME, "state": "loading", "about": {"limits": {"urls": False}}})
    expect(field).to_have_count(0)
    expect(picker.page.get_by_role("heading", name="Which?")).to_have_count(2)


def test_an_hour_alone_costs_nothing(picker: Lonely) -> None:
    picker.say(WELCOME)
    said = len(picker.page.evaluate("sent"))
    picker.pass_seconds(3600)
    assert len(picker.page.evaluate("sent")) == said
    picker.choose(file("late.bin", b"abc"))
    picker.say(answer(picker.wait_for("start")[0]["id"], "olaf"))
    picker.expect_answer("late.bin", "olaf")


def test_tells_of_a_server_that_never_answers_and_recovers(picker: Lonely) -> None:
    notice = picker.page.locator(".snow-notice").first
    expect(notice).to_be_hidden()
    picker.pass_seconds(25)
    expect(notice).to_contain_text("does not answer yet")
    picker.say(WELCOME)
    expect(notice).to_be_hidden()


def test_asks_for_a_reload_when_the_versions_differ(picker: Lonely) -> None:
    picker.say({**WELCOME, "version": 1})
    expect(picker.page.locator(".snow-notice").first).to_contain_text("reload the page")


def test_only_two_pieces_are_on_their_way_at_a_time(picker: Lonely) -> None:
    picker.say(WELCOME)
    picker.choose(file("raw.bin", b"x" * 3500))
    first, second = picker.wait_for("piece", 2)
    assert (first["bytes"], second["bytes"]) == (1000, 1000)
    assert len(picker.heard("piece")) == 2
    for pieces in (1, 2, 3, 4):
        picker.say({"kind": "got", "id": first["id"], "pieces": pieces})
    sent = picker.wait_for("piece", 4)
    assert [piece["index"] for piece in sent] == [0, 1, 2, 3]
    assert sent[3]["bytes"] == 500
    expect(picker.card("raw.bin")).to_have_attribute("data-state", "classifying")


def test_many_files_do_not_pile_up(picker: Lonely) -> None:
    picker.say(WELCOME)
    picker.choose(*[file(f"{number}.bin", b"x") for number in range(9)])
    starts = picker.wait_for("start", 4)
    expect(picker.card("4.bin")).to_have_attribute("data-state", "waiting")
    assert len(starts) == 4
    picker.say({"kind": "failed", "id": starts[0]["id"], "code": "new", "message": "Not this one."})
    assert len(picker.wait_for("start", 5)) == 5


def test_a_silent_server_is_told_and_trying_again_works(picker: Lonely) -> None:
    picker.say(WELCOME)
    picker.choose(file("lost.bin", b"x"))
    first = picker.wait_for("start")[0]
    picker.pass_seconds(10)
    picker.wait_for("ping")
    picker.pass_seconds(15)
    card = picker.expect_failure("lost.bin", "does not answer")
    card.get_by_role("button", name="Try again").click()
    second = picker.wait_for("start", 2)[1]
    assert second["id"] != first["id"]
    picker.say(answer(second["id"], "olaf"))
    picker.expect_answer("lost.bin", "olaf")


def test_a_slow_answer_is_waited_for_while_the_server_lives(picker: Lonely) -> None:
    picker.say(WELCOME)
    picker.choose(file("slow.bin", b"x"))
    picker.wait_for("start")
    for _ in range(10):
        picker.pass_seconds(9)
        picker.say({"kind": "pong"})
    expect(picker.card("slow.bin")).to_have_attribute("data-state", "classifying")


def test_names_and_words_from_outside_stay_text(picker: Lonely) -> None:
    picker.say(WELCOME)
    picker.choose(file("evil\u202egnp.exe\u0007.jpg", b"x"))
    start = picker.wait_for("start")[0]
    markup = "<img src=x onerror=alert(1)>"
    picker.say(answer(start["id"], markup))
    card = picker.expect_answer("evil\ufffdgnp.exe\ufffd.jpg")
    assert card.inner_text().count(markup) == 2
    assert card.locator("img").count() == 0


def test_many_classes_show_the_likeliest_and_all_on_demand(picker: Lonely) -> None:
    picker.say(WELCOME)
    picker.choose(file("pet.bin", b"x"))
    start = picker.wait_for("start")[0]
    bars = [{"label": f"breed_{number}", "probability": number / 780} for number in range(40)]
    picker.say(answer(start["id"], "breed_39", 0.05, bars=bars))
    card = picker.expect_answer("pet.bin")
    visible = [label for label in card.locator(".snow-label").all() if label.is_visible()]
    assert [label.inner_text() for label in visible] == [f"breed {number}" for number in (39, 38, 37, 36, 35)]
    card.get_by_text("All 40").click()
    expect(card.get_by_text("breed 0", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("more", "title", "sure"),
    [
        ({"label": "olaf", "probability": 0.97}, "This is Olaf", "nearly certain"),
        ({"label": "abominable", "probability": 0.8}, "An abominable snowman", "about 8 are right"),
        ({"label": "olaf", "probability": 0.5}, "This is Olaf", "guessing"),
        ({"label": "neither", "probability": 0.9}, "Neither of them", "about 9 are right"),
        ({"label": "neither", "probability": 0.9, "unfamiliar": True}, "Neither of them", "unlike all"),
    ],
)
def test_an_answer_and_how_sure_it_is_in_words(picker: Lonely, more: dict[str, Any], title: str, sure: str) -> None:
    picker.say(WELCOME)
    picker.choose(file("a.bin", b"x"))
    picker.say({**answer(picker.wait_for("start")[0]["id"], "olaf"), **more})
    card = picker.expect_answer("a.bin")
    expect(card.get_by_role("heading")).to_have_text(title)
    expect(card.locator(".snow-sure")).to_contain_text(sure)


RIVERS = {"labels": ["neither", "river_otter", "sea_otter", "stoat"]}


@pytest.mark.parametrize(
    ("label", "about", "title", "bar"),
    [
        ("neither", RIVERS, "None of them", "None"),
        ("river_otter", RIVERS, "This is: river otter", "river otter"),
        ("stoat", {**RIVERS, "names": {"stoat": "Stoat"}}, "This is: Stoat", "Stoat"),
        ("olaf", {"names": {"olaf": "Ólafur"}}, "This is: Ólafur", "Ólafur"),
        ("neither", {"names": {"neither": "Something else"}}, "Something else", "Something else"),
    ],
)
def test_a_makers_own_labels(picker: Lonely, label: str, about: dict[str, Any], title: str, bar: str) -> None:
    picker.say({**WELCOME, "about": {**ABOUT, **about}})
    picker.choose(file("a.bin", b"x"))
    picker.say(answer(picker.wait_for("start")[0]["id"], label))
    card = picker.expect_answer("a.bin")
    expect(card.get_by_role("heading")).to_have_text(title)
    expect(card.locator(".snow-label")).to_have_text(bar)


def test_the_question_and_what_it_can_tell_come_from_the_card(picker: Lonely) -> None:
    picker.say({**WELCOME, "about": {**ABOUT, **RIVERS, "title": "Which <b>animal</b>?"}})
    view = picker.page.locator(".snow").first
    expect(view.locator(".snow-question")).to_have_text("Which <b>animal</b>?")
    expect(view.locator(".snow-intro")).to_contain_text("river otter, sea otter, stoat, or none of them?")


def test_two_views_show_the_same_and_leave_nothing_behind(picker: Lonely) -> None:
    picker.say(WELCOME)
    picker.say({"kind": "example", "index": 1}, example("olaf").read_bytes())
    expect(picker.page.locator(".snow-example:enabled")).to_have_count(2)
    picker.choose(file("seen twice.bin", b"x"))
    expect(picker.page.locator(".snow-card")).to_have_count(2)
    assert len(picker.wait_for("start")) == 1
    assert picker.page.evaluate("closeAll()") == 0
    expect(picker.page.locator(".snow")).to_have_count(0)


def test_a_drop_without_a_picture_is_answered(picker: Lonely) -> None:
    root = picker.page.locator(".snow").first
    root.evaluate(
        "(node) => node.dispatchEvent(new DragEvent('drop', { dataTransfer: new DataTransfer(), bubbles: true }))"
    )
    expect(root).to_contain_text("There was no picture in that")
