"""The notebook's cleaning widget: likely mislabels, class by class, to keep, to move or to set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from ..dataset import Dataset
from ..verify import quarantine
from ..verify.quarantine import Move
from .card import Card, markup, plain
from .decisions import Decisions
from .doubts import Doubt, Floats, rank
from .marks import Mark

PAGE = 12  # pictures
ALL = ""  # in place of a class; no label is empty
CSS = Path(__file__).with_name("cleaner.css")


class Cleaner:
    """Shows, in a notebook, the pictures that a classifier thinks mislabelled, and takes a decision on each.

    dataset: as dataset.load gives it. indices: N pictures of it. probabilities: N×K, the classifier's answers to them,
    which it must not have learnt from. vocabulary: the K labels, in the order of the columns.

    A decision is a mark, kept in the data set's folder at once (see marks.Marks). `apply` carries the marks out, and
    deletes nothing. `widget` is what is shown.

    Raises DoubtError where pictures, answers and labels do not match.
    """

    def __init__(
        self, dataset: Dataset, indices: Sequence[int], probabilities: Floats, vocabulary: Sequence[str]
    ) -> None:
        doubts = rank(dataset, indices, probabilities, vocabulary)
        self._decisions = Decisions(dataset.folder, dataset.pictures, doubts, vocabulary)
        self._vocabulary = list(vocabulary)
        suspicious = Counter(doubt.label for doubt in doubts if doubt.suspicious)
        labels = sorted({doubt.label for doubt in doubts}, key=lambda label: (-suspicious[label], label))
        self._classes = [*labels, ALL]
        self._page = 0
        self._said = ""

        self.chooser = widgets.Dropdown(description="Class", options=self._classes, tooltip="Which class to look at")
        self.chooser.observe(self._choose, "value")
        self.cards: list[Card] = []
        self.grid = widgets.GridBox()
        self.grid.add_class("cleaner-cards")
        self.previous = _button("Previous page", lambda: self._turn(-1))
        self.next = _button("Next page", lambda: self._turn(1))
        self.do_it = _button("Do it", lambda: self._try(self.apply), button_style="primary")
        self.put_back = _button("Undo", lambda: self._try(self.undo), tooltip="Put back what “Do it” moved last")
        self.heading, self.place, self.status = widgets.HTML(), widgets.HTML(), widgets.HTML()
        pager = widgets.HBox([self.previous, self.next, self.place])
        deeds = widgets.HBox([self.do_it, self.put_back])
        style = widgets.HTML(f"<style>{CSS.read_text('utf-8')}</style>")
        self.widget = widgets.VBox([style, self.heading, self.chooser, self.grid, pager, deeds, self.status])
        self.widget.add_class("cleaner")
        self._show()

    @property
    def marked(self) -> dict[Path, Mark]:
        """The marks of the pictures that are shown here."""
        return dict(self._decisions.marked)

    def apply(self) -> list[Move]:
        """Move the marked pictures to their new labels or into quarantine; return the moves. Nothing is deleted.

        A picture whose file is no longer the one that was marked stays where it is. Raises QuarantineError where
        pictures can't be moved; what was moved until then can be undone.
        """
        try:
            moves = self._decisions.apply()
        finally:
            self._show()
        aside = sum(move.now.startswith(f"{quarantine.HOME}/") for move in moves)
        self._say(
            f"{_count(len(moves) - aside)} moved to another label, {aside} set aside in "
            f"{self._decisions.folder / quarantine.HOME}; nothing was deleted. The classifier has learnt from the old "
            "labels: train again, from loading the data set on."
        )
        return moves

    def undo(self) -> list[Move]:
        """Put back what the last `apply` on this folder moved, in this kernel or an earlier one; return those moves.

        Marks carried out in this kernel come back with their pictures. Raises QuarantineError where pictures can't be
        put back.
        """
        try:
            moves = self._decisions.undo()
        finally:
            self._show()
        back = _count(sum(bool(move.now) for move in moves))
        self._say(f"{back} put back. If you have trained since, train again, from loading the data set on.")
        return moves

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """The widget, and what a page without a kernel can show in its place."""
        title = f"{self._summary()} {len(self.marked)} marked."
        worst = [f"{self._name(doubt)}: {doubt}" for doubt in self._decisions.left[:5]]
        items = "".join(f"<li>{markup(line)}</li>" for line in worst)
        return {
            **self.widget._repr_mimebundle_(**kwargs),
            "text/plain": "\n  ".join(map(plain, [title, *worst])),
            "text/html": f"<p>{markup(title)}</p><ul>{items}</ul>",
        }

    # ---- what is shown

    def _show(self) -> None:
        """Show the page's cards, made anew each time: a choice that comes late, from a page that was left while the
        kernel was busy, finds its widget closed and can't mark another picture.
        """
        rows = [doubt for doubt in self._decisions.left if self.chooser.value in (ALL, doubt.label)]
        last = max(0, (len(rows) - 1) // PAGE)
        self._page = min(self._page, last)
        first = self._page * PAGE
        before = self.cards
        self.cards = [
            Card(doubt, self._name(doubt), self._vocabulary, self.marked.get(doubt.picture), self._mark, self.heading)
            for doubt in rows[first : first + PAGE]
        ]
        self.grid.children = [card.box for card in self.cards]
        for card in before:
            card.close()
        self.previous.disabled, self.next.disabled = self._page == 0, self._page == last
        span = f"{first + 1} to {first + len(self.cards)} of {len(rows)}" if rows else "No picture left"
        self.place.value = f"<p>{span}</p>"
        self._tell()

    def _tell(self) -> None:
        """Bring the counts up to date. The cards stay: one of them has the focus."""
        left = self._decisions.left
        suspicious = Counter(doubt.label for doubt in left if doubt.suspicious)
        marked = Counter(doubt.label for doubt in left if doubt.picture in self.marked)
        suspicious[ALL], marked[ALL] = sum(suspicious.values()), sum(marked.values())
        names = [
            f"{plain(label) or 'all'}: {suspicious[label]} suspicious, {marked[label]} marked"
            for label in self._classes
        ]
        chosen = self.chooser.index
        self.chooser.unobserve(self._choose, "value")
        with self.chooser.hold_sync():  # new options choose the first of them: the page needn't know
            self.chooser.options = list(zip(names, self._classes, strict=True))
            self.chooser.index = chosen
        self.chooser.observe(self._choose, "value")
        self.do_it.description, self.do_it.disabled = f"Do it ({self._decisions.to_do})", not self._decisions.to_do
        self.put_back.disabled = self._decisions.last_batch is None
        self.heading.value = f"<p>{markup(self._summary())} The worst come first.</p>"
        self._say(self._said)

    def _say(self, what: str) -> None:
        self._said = what
        lines = [what, *self._decisions.remarks] if what else self._decisions.remarks
        self.status.value = f'<div role="status">{"".join(f"<p>{markup(line)}</p>" for line in lines)}</div>'

    def _summary(self) -> str:
        left = self._decisions.left
        suspicious = sum(doubt.suspicious for doubt in left)
        verb = "is" if suspicious == 1 else "are"
        return f"Of {_count(len(left))}, {suspicious} {verb} suspicious: the classifier is sure of another label."

    def _name(self, doubt: Doubt) -> str:
        return doubt.picture.relative_to(self._decisions.folder).as_posix()

    # ---- what a person does

    def _choose(self, change: dict[str, Any]) -> None:
        self._page, self._said = 0, ""
        self._show()

    def _turn(self, step: int) -> None:
        self._page, self._said = self._page + step, ""
        self._show()

    def _mark(self, card: Card, mark: Mark | None) -> None:
        self._said = ""
        try:
            self._decisions.mark(card.doubt.picture, mark)
        except OSError as error:
            card.show(None)
            self._said = f"{self._name(card.doubt)} can't be read, so it isn't marked: {error.strerror or error}."
        self._tell()

    def _try(self, deed: Callable[[], object]) -> None:
        try:
            deed()
        except (ValueError, OSError) as error:
            self._say(str(error))
        except Exception as error:
            self._say(f"Something went wrong; the moves until then can be undone. {type(error).__name__}: {error}")
            raise  # to the log: it is a fault of the program


def _button(text: str, pressed: Callable[[], object], **options: Any) -> Any:
    button = widgets.Button(description=text, **options)
    button.on_click(lambda _: pressed())
    return button


def _count(number: int) -> str:
    return "1 picture" if number == 1 else f"{number} pictures"
