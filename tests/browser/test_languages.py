"""The page in the visitor's language."""

import re
import typing
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from snowpeople import dashboard, picture
from snowpeople.dashboard.script import LANGUAGES, PAGE

from .conftest import open_page
from .dashboard_page import file
from .lonely_page import ABOUT, MODEL, WELCOME, Lonely, answer

SNOW = {**ABOUT, "title": "Which snow person is it?"}

# Each word of a language under its path of keys: a text, and for a function the number of its arguments. Functions
# are called with 71, 72 and so on, which do for names too.
DESCRIBE = """() => {
  %s
  const describe = (words, path) => Object.entries(words).flatMap(([key, word]) => {
    const name = [...path, key].join(".");
    if (typeof word === "object") return describe(word, [...path, key]);
    if (typeof word === "string") return [[name, -1, word]];
    return [[name, word.length, word(...Array.from({ length: word.length }, (_, index) => 71 + index))]];
  });
  return Object.fromEntries(Object.entries(LANGUAGES).map(([code, words]) => [code, describe(words, [])]));
}"""

Words = dict[str, tuple[int, str]]


@pytest.fixture(scope="module")
def words(browser: Browser) -> dict[str, Words]:
    page = open_page(browser)
    parts = "\n".join((PAGE / f"languages/{code}.js").read_text(encoding="utf-8") for code in LANGUAGES)
    described = page.evaluate(DESCRIBE % parts)
    page.context.close()
    return {code: {name: (arity, text) for name, arity, text in rows} for code, rows in described.items()}


@pytest.fixture
def speaking(browser: Browser) -> Iterator[Callable[[str], Lonely]]:
    """Opens the page in a browser of a language, the classifier ready."""
    with ExitStack() as pages:

        def start(locale: str) -> Lonely:
            picker = Lonely(open_page(browser, locale=locale))
            pages.callback(picker.page.context.close)
            picker.start(views=1)
            picker.say({**WELCOME, "about": SNOW})
            return picker

        yield start


def test_every_language_says_what_english_says(words: dict[str, Words]) -> None:
    assert set(words) == set(LANGUAGES)
    kinds = {code: {name: arity for name, (arity, _) in said.items()} for code, said in words.items()}
    for code in LANGUAGES:
        assert kinds[code] == kinds["en"], code


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_is_empty_and_what_is_put_in_is_said(words: dict[str, Words], code: str) -> None:
    for name, (arity, text) in words[code].items():
        assert text.strip(), name
        assert all(str(71 + index) in text for index in range(arity)), name
        assert "..." not in text, f"{name}: an ellipsis is one character"
        assert "'" not in text, f"{name}: an apostrophe is curved"


def test_no_language_but_english_is_in_english(words: dict[str, Words]) -> None:
    same = {
        (code, name)
        for code in LANGUAGES
        for name, (_, text) in words[code].items()
        if code != "en" and text == words["en"][name][1]
    }
    names = {"labels.olaf.name", "labels.olaf.listed", "labels.abominable.name"}
    # Amounts are numbers and signs.
    assert {name for _, name in same if not name.startswith("trick.amounts.")} <= names


def test_french_spaces_do_not_break(words: dict[str, Words]) -> None:
    for name, (_, text) in words["fr"].items():
        assert not re.search(r"[^\u202f][?!;]|[^\u00a0]:(?!//)|«[^\u00a0]|[^\u00a0]»", text), name


def test_all_that_python_may_send_has_words(words: dict[str, Words]) -> None:
    sources = Path(dashboard.__file__).parent.glob("*.py")
    codes = {code for path in sources for code in re.findall(r"\.fail\([^,()]+, \"(\w+)\"", path.read_text("utf-8"))}
    assert {"busy", "incomplete", "no_classifier", "fault"} <= codes
    for code in codes | set(typing.get_args(picture.Code)):
        assert f"errors.{code}" in words["en"], code


@pytest.mark.parametrize(
    ("locale", "language", "question", "sure"),
    [
        ("en-GB", "en", "Which snow person is it?", "90%"),
        ("de-AT", "de", "Welches Schneewesen ist das?", "90\u00a0%"),
        ("es-MX", "es", "¿Qué personaje de nieve es?", "90\u00a0%"),
        ("fr-CH", "fr", "Quel personnage des neiges\u202f?", "90\u00a0%"),
        ("ja", "ja", "どの雪のなかまでしょう？", "90%"),
        ("jam", "en", "Which snow person is it?", "90%"),  # Jamaican Creole, not Japanese
        ("eo", "en", "Which snow person is it?", "90%"),
    ],
)
def test_the_browser_chooses_the_language(
    speaking: Callable[[str], Lonely], locale: str, language: str, question: str, sure: str
) -> None:
    picker = speaking(locale)
    view = picker.page.locator(".snow")
    expect(view).to_have_attribute("lang", language)
    heading = view.get_by_role("heading", level=1)
    assert heading.evaluate("(heading) => heading.textContent") == question
    picker.choose(file("a.bin", b"x"))
    picker.say(answer(picker.wait_for("start")[0]["id"], "abominable"))
    number = view.locator(".snow-card[data-state=done] .snow-number")
    # Browsers differ in how wide the space is; none breaks.
    assert number.evaluate("(number) => number.textContent").replace("\u202f", "\u00a0") == sure


def test_another_language_is_chosen_in_the_page_and_kept_for_the_visit(speaking: Callable[[str], Lonely]) -> None:
    picker = speaking("en")
    view = picker.page.locator(".snow")
    for batch, name in enumerate(("first.bin", "second.bin"), 1):
        picker.choose(file(name, b"x"))
        picker.wait_for("start", batch)
    first, second = picker.heard("start")
    picker.say({"kind": "failed", "id": first["id"], "code": "cut_off", "message": "It is cut off."})
    picker.say(answer(second["id"], "abominable"))
    select = picker.page.get_by_label("Language")
    select.focus()
    select.select_option("Français")
    expect(view).to_have_attribute("lang", "fr")
    cards = view.locator(".snow-card")
    expect(cards).to_have_count(2)
    expect(cards.nth(0).get_by_role("heading")).to_have_text("C’est l’abominable homme des neiges")
    expect(cards.nth(1)).to_contain_text("Cette image est coupée ou abîmée")
    expect(picker.page.get_by_label("Langue")).to_be_focused()
    picker.choose(file("third.bin", b"x"))
    picker.say(answer(picker.wait_for("start", 3)[2]["id"], "olaf"))
    expect(cards.nth(0).get_by_role("heading")).to_have_text("C’est Olaf")
    expect(cards).to_have_count(3)
    kept: dict[str, Any] = picker.page.evaluate("({ ...localStorage, cookies: document.cookie })")
    assert kept == {"cookies": ""}
    picker.page.reload()
    picker.page.evaluate(MODEL, 1)
    expect(view).to_have_attribute("lang", "fr")
