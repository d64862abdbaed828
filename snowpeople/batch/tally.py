"""How far a job has come, and what it has found."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from .rows import Counts


@dataclass
class Tally:
    """What a job has done.

    ``counts`` are those of all rows in DEST, with the ``before`` of earlier runs; ``answered`` the pictures of this
    run, ``seconds`` what they took since the workers were ready; ``missed`` what could not be listed.
    """

    counts: Counts = field(default_factory=Counts)
    before: int = 0
    answered: int = 0
    seconds: float = 0.0
    missed: int = 0
    total: int | None = None  # of pictures to answer in this run, once the listing is complete
    interrupted: bool = False
    _started: float = 0.0

    def start(self) -> None:
        """The workers are ready."""
        self._started = time.monotonic()

    def count(self, answered: int) -> None:
        """So many more pictures are answered."""
        self.answered += answered
        self.seconds = time.monotonic() - self._started if self._started else 0.0

    @property
    def rate(self) -> float:
        """Pictures a second."""
        return self.answered / self.seconds if self.seconds else 0.0

    @property
    def complete(self) -> bool:
        """Whether every picture has a label."""
        return not (self.interrupted or self.missed or self.counts.errors.total())

    def line(self) -> str:
        """How far it is, in a line."""
        if not self._started:
            return "Looking for pictures that are not done yet"
        of = "" if self.total is None else f" of {self.total:,}"
        parts = [f"{self.answered:,}{of} pictures", f"{self.rate:,.0f} a second"]
        if self.total is not None and self.rate:
            parts.append(f"{_duration((self.total - self.answered) / self.rate)} left")
        if errors := self.counts.errors.total():
            parts.append(f"{errors:,} errors")
        return " · ".join(parts)

    def __str__(self) -> str:
        found = [f"{label} {n:,}" for label, n in self.counts.labels.most_common() if n > 0]
        found += [f"error {code} {n:,}" for code, n in self.counts.errors.most_common() if n > 0]
        rate = f", {self.rate:,.0f} a second" if self.answered else ""
        pictures = "1 picture" if self.counts.rows == 1 else f"{self.counts.rows:,} pictures"
        return f"{pictures}, {self.counts.rows - self.before:,} of them new{rate}: " + (
            ", ".join(found) or "none"
        )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
