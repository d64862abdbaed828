"""The pictures that a page of the service offers to click."""

from __future__ import annotations

from ..dashboard.about import Example, example, examples_in

MOST = 24  # a page has no room for more


class Examples:
    """The pictures in a folder, read when they are first asked for."""

    def __init__(self, folder: str) -> None:
        """``folder`` may be missing; where it is "", there are none."""
        paths = examples_in(folder)[:MOST] if folder else []
        self._paths = {str(number): path for number, path in enumerate(paths, 1)}
        self._read: dict[str, Example | None] = {}

    def __len__(self) -> int:
        return len(self._paths)

    def get(self, number: str) -> Example | None:
        """One of them, counted from 1; None where there is none, or it can't be opened."""
        if number in self._paths and number not in self._read:
            self._read[number] = example(self._paths[number])
        return self._read.get(number)
