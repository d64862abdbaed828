"""Labels as matplotlib can draw them: no formula, no missing character, still told apart."""

from collections.abc import Iterator

import pytest
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from snowpeople.report.lettering import LONGEST, Lettering, _fonts


def texts(*labels: str) -> list[str]:
    lettering = Lettering(labels)
    return [lettering.text(label) for label in labels]


def test_plain_labels_are_left_alone() -> None:
    assert texts("olaf", "Ünïcödé", "<b>bold</b>") == ["olaf", "Ünïcödé", "<b>bold</b>"]


def test_dollars_are_dollars() -> None:
    assert texts("$x$", "5 $") == [r"\$x\$", r"5 \$"]


def test_long_labels_are_cut() -> None:
    (text,) = texts("x" * 100)
    assert len(text) == LONGEST
    assert text.endswith("…")


def test_what_can_t_be_printed_is_replaced() -> None:
    assert texts("a\nb", "\udc80") == ["a�b", "�"]


@pytest.fixture
def _no_other_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    _fonts.cache_clear()
    yield
    _fonts.cache_clear()


@pytest.mark.usefixtures("_no_other_fonts")
def test_characters_that_no_font_has_become_boxes_with_a_number() -> None:
    assert texts("olaf", "川獺", "snow 川") == ["olaf", "□□ (2)", "snow □ (3)"]


def test_another_font_that_has_a_character_is_used() -> None:
    # STIXGeneral comes with matplotlib, as does DejaVu Sans, which lacks this one.
    lettering = Lettering(["ᶁ"])
    assert lettering.text("ᶁ") == "ᶁ"
    assert lettering.family[0] == "sans-serif"
    paths = [font_manager.findfont(font_manager.FontProperties(family=[name])) for name in lettering.family[1:]]
    assert any(FT2Font(path).get_char_index(ord("ᶁ")) for path in paths)
