"""HTML that can't be broken into: text is escaped as it goes in, whatever a label, a file name or a card holds."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence

# Not printable by themselves, but what holds emoji and some scripts together.
_JOINERS = "\u200c\u200d\n"
_EMPTY = frozenset(["img", "meta", "wbr", "rect", "line", "circle", "polyline"])


class Markup(str):
    """HTML that is ready to use; any other string is text."""

    __slots__ = ()


Content = str | int | None


def text(value: object) -> Markup:
    """Text as HTML. What can't be printed, such as bytes of a file name that are no UTF-8, becomes `�`."""
    if isinstance(value, Markup):
        return value
    return Markup(html.escape("".join(c if _shows(c) else "�" for c in str(value))))


def _shows(character: str) -> bool:
    return character.isprintable() or character in _JOINERS or unicodedata.category(character) == "Zs"


def join(parts: Iterable[Content]) -> Markup:
    """Several parts as one; None is nothing."""
    return Markup("".join(text(part) for part in parts if part is not None))


def tag(name: str, /, *content: Content, **attributes: str | float | None) -> Markup:
    """An element. An attribute's `_` is a `-`, but for one at its end: `class_`; one that is None is left out."""
    given = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None)
    opened = "".join(f' {key}="{text(value)}"' for key, value in given)
    if name in _EMPTY and not content:
        return Markup(f"<{name}{opened}/>")
    return Markup(f"<{name}{opened}>{join(content)}</{name}>")


def percent(share: float | None, digits: int = 0) -> str:
    """A share as `93 %`, kept on one line; a dash for one that isn't known."""
    return "–" if share is None else f"{100 * share:.{digits}f}\u00a0%"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Content]], class_: str | None = None) -> Markup:
    """A table whose first column names its rows; it scrolls by itself where the page is narrow."""
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in heads)))
    body = tag("tbody", *(tag("tr", tag("th", row[0], scope="row"), *(tag("td", c) for c in row[1:])) for row in rows))
    return scrolling(tag("table", tag("caption", caption), head, body, class_=class_), caption)


def scrolling(content: Markup, name: str) -> Markup:
    """What may be wider than the page, in a region of its own that the keyboard can scroll, too."""
    return tag("div", content, class_="scroll", tabindex="0", role="region", aria_label=name)
