"""One picture in the cleaning widget: what it looks like, what the classifier says of it, and the choice."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from ..commands.terminal import shown
from ..picture import PictureError, read
from .doubts import Doubt
from .marks import Mark

SIDE = 160  # pixels, the longer side of a thumbnail
UNMARKED = ""  # in place of a mark; None would be no choice at all

# What is described to ipywidgets, or turned into a page, is searched for formulas. A name holds none.
_NO_FORMULA = str.maketrans({"$": "＄", "\\": "＼"})


def plain(text: object) -> str:
    """Text on one line, whatever characters a file's or a label's name brings."""
    return shown(text).translate(_NO_FORMULA)


def markup(text: object) -> str:
    """The same, within HTML."""
    return html.escape(plain(text))


class Card:
    """Shows a doubt and a choice; `decide` is called with this card and the mark that was chosen, None for no mark.

    look: a widget whose layout and style all cards have: each of their own would be one more to send.
    """

    def __init__(
        self,
        doubt: Doubt,
        name: str,
        vocabulary: Sequence[str],
        mark: Mark | None,
        decide: Callable[[Card, Mark | None], None],
        look: Any,
    ) -> None:
        self.doubt = doubt
        self._decide = decide
        first = [("no mark", UNMARKED), ("keep", Mark("keep")), _move(doubt.rival), ("set aside", Mark("aside"))]
        others = [_move(label) for label in vocabulary if label not in (doubt.label, doubt.rival)]
        self.face = widgets.HTML(_face(doubt, name), layout=look.layout, style=look.style)
        self.choice = widgets.Dropdown(
            description=plain(name),
            tooltip=plain(name),
            options=[*first, *others],
            value=mark or UNMARKED,
            layout=look.layout,
            style=look.style,
        )
        self.box = widgets.VBox([self.face, self.choice], layout=look.layout, _dom_classes=_classes(mark))
        self.choice.observe(self._chosen, "value")

    def show(self, mark: Mark | None) -> None:
        """Choose, without a call of `decide`."""
        self.choice.unobserve(self._chosen, "value")
        self.choice.value = mark or UNMARKED
        self.choice.observe(self._chosen, "value")
        self.box._dom_classes = _classes(mark)

    def close(self) -> None:
        """Take it off the page, and out of the memory of page and kernel."""
        for widget in (self.box, self.face, self.choice):
            widget.close()

    def _chosen(self, change: dict[str, Any]) -> None:
        mark = change["new"] or None
        self.box._dom_classes = _classes(mark)
        self._decide(self, mark)


def _classes(mark: Mark | None) -> list[str]:
    return ["cleaner-card", f"cleaner-{mark.choice}"] if mark else ["cleaner-card"]


def _move(label: str) -> tuple[str, Mark]:
    return f"move to {shown(label)}", Mark("move", label)


def _face(doubt: Doubt, name: str) -> str:
    try:
        inside = f'<img src="data:image/jpeg;base64,{_thumbnail(doubt.picture)}" alt="Picture {markup(name)}">'
    except PictureError as error:
        inside = f"<p>{markup(error)}</p>"
    except OSError as error:
        inside = f"<p>This file can’t be read: {markup(error.strerror or error)}.</p>"
    lines = [("named", doubt.label, doubt.given), (doubt.verb, doubt.rival, doubt.taken)]
    said = "".join(f"<p>{verb} <b>{markup(label)}</b> {share * 100:.0f}&nbsp;%</p>" for verb, label, share in lines)
    flag = '<p class="cleaner-flag">suspicious</p>' if doubt.suspicious else ""
    return f"<figure>{inside}</figure>{said}{flag}"


def _thumbnail(picture: Path) -> str:
    image = read(picture, SIDE)
    image.thumbnail((SIDE, SIDE))
    file = BytesIO()
    image.save(file, "JPEG", quality=80)
    return base64.b64encode(file.getvalue()).decode()
