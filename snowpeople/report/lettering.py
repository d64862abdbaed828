"""Labels in figures: any text that a folder's name may hold, drawn by matplotlib as it is or as near as fonts allow."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

LONGEST = 28

# What joins emoji to one, or asks for their colours: nothing to draw.
_SILENT = dict.fromkeys(map(ord, "\u200d\ufe0e\ufe0f"))


class Lettering:
    """How to draw `labels`: `text(label)`, in the fonts of `family`.

    Long labels are cut, and what is no printable character becomes `�`. A character that no font here has becomes `□`,
    and its label's number in `labels`, from 1, is added, so that two such labels still differ.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        plain = [_plain(label) for label in labels]
        families, missing = _fonts(frozenset("".join(plain)))
        self.family = ["sans-serif", *families]
        self._texts = {
            label: _drawable(text, missing, number)
            for number, (label, text) in enumerate(zip(labels, plain, strict=True), 1)
        }

    def text(self, label: str) -> str:
        """One of the labels as matplotlib is to be given it."""
        return self._texts[label]


def _plain(label: str) -> str:
    spaced = (" " if unicodedata.category(c) == "Zs" else c for c in label.translate(_SILENT))
    text = "".join(c if c.isprintable() else "�" for c in spaced)
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _drawable(text: str, missing: frozenset[str], number: int) -> str:
    boxed = "".join("□" if c in missing else c for c in text)
    if boxed != text:
        boxed += f" ({number})"
    # matplotlib would read what stands between two of them as a formula.
    return boxed.replace("$", r"\$")


@lru_cache(maxsize=64)
def _fonts(characters: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Families of this machine that have the characters which the usual one lacks, and those that none has."""
    from matplotlib import font_manager

    missing = _lacking(_path("sans-serif"), characters)
    families: list[str] = []
    for font in font_manager.fontManager.ttflist:
        if not missing:
            break
        if font.style != "normal" or font.name.startswith("Last Resort"):  # that one has a box for everything
            continue
        fewer = _lacking(font.fname, missing)
        if fewer < missing and _path(font.name) == font.fname:
            families.append(font.name)
            missing = fewer
    return tuple(families), missing


def _path(family: str) -> str:
    from matplotlib import font_manager

    return str(font_manager.findfont(font_manager.FontProperties(family=[family])))


def _lacking(path: str, characters: frozenset[str]) -> frozenset[str]:
    """Those of the characters that the font at `path` can't draw: all of them where it can't be used."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
    except (OSError, RuntimeError):
        return characters
    if not font.scalable:  # coloured emoji are pictures of one size
        return characters
    return frozenset(c for c in characters if not font.get_char_index(ord(c)))
