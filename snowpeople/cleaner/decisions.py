"""What was decided about doubtful pictures, and carrying it out: the cleaning widget without the widget."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ..verify import quarantine
from ..verify.quarantine import Move, QuarantineError
from .doubts import Doubt
from .marks import Mark, Marks

BATCH = "cleaner-"  # how the names of its batches of moves begin


class Decisions:
    """The marks on doubtful pictures of the data set in `folder`.

    pictures: all of the data set. doubts: those that are decided on here. vocabulary: the labels to move them to.
    marked: which are marked, and how.
    """

    def __init__(
        self, folder: Path, pictures: Sequence[Path], doubts: Sequence[Doubt], vocabulary: Sequence[str]
    ) -> None:
        self.folder = folder
        self.marked: dict[Path, Mark] = {}
        self._pictures = pictures
        self._doubts = {doubt.picture: doubt for doubt in doubts}
        self._labels = {"", *vocabulary}
        self._marks = Marks(folder)
        self._done: dict[Path, Mark] = {}  # carried out: these pictures are no longer where the data set has them
        self._find()

    @property
    def left(self) -> list[Doubt]:
        """The doubts about pictures that are where the data set has them, in their order."""
        return [doubt for picture, doubt in self._doubts.items() if picture not in self._done]

    @property
    def to_do(self) -> int:
        """How many pictures `apply` is to move."""
        return sum(mark.choice != "keep" for mark in self.marked.values())

    @property
    def last_batch(self) -> str | None:
        """The batch of moves that `undo` would put back."""
        try:
            names = [move.batch for move in quarantine.journal(self.folder)]
        except (QuarantineError, OSError):
            return None  # `apply` says what is wrong with the journal
        return next((name for name in reversed(names) if name.startswith(BATCH)), None)

    @property
    def remarks(self) -> list[str]:
        """What a person should know about the marks, a sentence each."""
        waiting = len(self._marks) - len(self.marked)
        more = f"{waiting} more mark{'s' * (waiting != 1)} of pictures not shown here: kept in {self._marks.file}."
        return [more] * (waiting > 0) + [self._marks.trouble] * (self._marks.trouble != "")

    def mark(self, picture: Path, mark: Mark | None) -> None:
        """Mark a picture, with None unmark it. Raises OSError where it can't be read."""
        self._marks.put({picture: mark})
        self.marked.pop(picture, None)
        if mark:
            self.marked[picture] = mark

    def apply(self) -> list[Move]:
        """See Cleaner.apply."""
        self._find()
        labels = {picture: mark.label for picture, mark in self.marked.items() if mark.choice == "move"}
        aside = {picture: str(self._doubts[picture]) for picture, mark in self.marked.items() if mark.choice == "aside"}
        batch = BATCH + datetime.now().isoformat(timespec="microseconds")
        try:
            moves = quarantine.relabel(self.folder, labels, "relabelled by hand", batch)
            return moves + quarantine.set_aside(self.folder, aside, batch)
        finally:
            self._done |= {picture: self.marked[picture] for picture in (*labels, *aside) if not picture.exists()}
            self._marks.put(dict.fromkeys(self._done))
            self._find()

    def undo(self) -> list[Move]:
        """See Cleaner.undo."""
        batch = self.last_batch
        moves = quarantine.undo(self.folder, batch) if batch else []
        back = {picture: mark for picture, mark in self._done.items() if picture.exists()}
        self._done = {picture: mark for picture, mark in self._done.items() if picture not in back}
        self._marks.put(back)
        self._find()
        return moves

    def _find(self) -> None:
        """See which pictures are marked. A mark with a label unknown here is left alone: it may be known elsewhere."""
        self.marked = {
            picture: mark
            for picture, mark in self._marks.find(self._pictures).items()
            if picture in self._doubts and mark.label in self._labels - {self._doubts[picture].label}
        }
