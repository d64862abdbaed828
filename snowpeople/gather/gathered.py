"""What gathering brought: counts for each label, and what went wrong."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from . import manifest
from .manifest import Entry

NAMED = 10

_KINDS = {
    "address": "no web address",
    "private": "in a private network",
    "timeout": "too slow",
    "unreachable": "not reached",
    "status": "redirected without end",
    "too_large": "too large",
    "empty": "empty",
    "not_a_picture": "not a picture",
    "cut_off": "damaged",
    "unsupported": "of a kind that can't be opened",
    "unreadable": "can't be read",
    "not_kept": "can't be kept in their folder",
    "silent": "left alone, as their server does not answer",
}


@dataclass
class Tally:
    """Counts of one label. pictures: in its folder now. found: candidates looked at, which are new pictures, there
    already, failed, or removed by somebody since they were gathered.
    """

    pictures: int = 0
    found: int = 0
    new: int = 0
    there: int = 0
    failed: int = 0
    removed: int = 0


@dataclass
class Gathered:
    """The result of `gather`.

    labels: by the name of the label's folder. failures: also those of earlier runs that are not tried again. shared:
    pictures that are under several labels, each as its paths below `folder`. problems: searches that failed.
    """

    folder: Path
    labels: dict[str, Tally] = field(default_factory=dict)
    failures: list[Entry] = field(default_factory=list)
    shared: list[list[str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        """Whether every label has a picture."""
        return all(tally.pictures for tally in self.labels.values())

    def kinds(self) -> dict[str, int]:
        """How many failures there are of each kind, in words; the most frequent first."""
        return dict(Counter(_kind(entry.code) for entry in self.failures).most_common())

    def as_dict(self) -> dict[str, Any]:
        """All of it for a program, as JSON can hold it."""
        return {
            "folder": str(self.folder),
            "labels": {label: asdict(tally) for label, tally in self.labels.items()},
            "failures": [asdict(entry) for entry in self.failures],
            "shared": self.shared,
            "problems": self.problems,
            "interrupted": self.interrupted,
            "complete": self.complete,
        }

    def __str__(self) -> str:
        """A table of the labels, and what to know and to do next."""
        return "\n".join([*self._table(), *self._faults(), *self._advice()])

    def _table(self) -> list[str]:
        rows = [["label", "pictures", "found", "new", "already there", "failed"]]
        for label, tally in self.labels.items():
            numbers = (tally.pictures, tally.found, tally.new, tally.there, tally.failed)
            rows.append([label, *(f"{number:,}" for number in numbers)])
        first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
        return [
            "  ".join([row[0].ljust(first), *(cell.rjust(n) for cell, n in zip(row[1:], others, strict=True))])
            for row in rows
        ]

    def _faults(self) -> list[str]:
        lines = list(self.problems)
        if self.failures:
            lines.append(
                f"{len(self.failures):,} failed: {', '.join(f'{n:,} {kind}' for kind, n in self.kinds().items())}"
            )
            lines += [f"  {entry.source}: {entry.reason}" for entry in self._examples()]
            if len(self.failures) > NAMED:
                lines.append(f"  and {len(self.failures) - NAMED:,} more, in {self.folder / manifest.NAME}")
        return lines

    def _examples(self) -> list[Entry]:
        """A few failures, of as many kinds as can be."""
        seen: Counter[str] = Counter()
        ranked = []
        for entry in self.failures:
            ranked.append((seen[entry.code], entry))
            seen[entry.code] += 1
        return [entry for _, entry in sorted(ranked, key=lambda pair: pair[0])[:NAMED]]

    def _advice(self) -> list[str]:
        lines = []
        removed = sum(tally.removed for tally in self.labels.values())
        if removed:
            lines.append(f"{removed:,} that were gathered before have been removed since; --retry fetches them again")
        for pictures in self.shared[:NAMED]:
            lines.append(f"the same picture has several labels: {', '.join(pictures)}")
        if len(self.shared) > NAMED:
            lines.append(f"and so have {len(self.shared) - NAMED:,} more")
        empty = [label for label, tally in self.labels.items() if not tally.pictures]
        if empty:
            lines.append(f"no picture yet: {', '.join(empty[:NAMED])}{' …' if len(empty) > NAMED else ''}")
        if self.interrupted:
            lines.append("stopped early; the same command goes on from here")
        elif any(entry.status == "unreached" for entry in self.failures):
            lines.append("some may work another time: the same command tries them again, and nothing else twice")
        if any(tally.pictures for tally in self.labels.values()):
            lines.append(f"next: snowpeople verify {shlex.quote(str(self.folder))}")
        return lines


def _kind(code: str) -> str:
    return f"answered with {code}" if code.isdigit() else _KINDS.get(code, code)
