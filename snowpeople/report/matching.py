"""Names of folders matched to the labels of an export, and kinds of strangers named after folders."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path


def match(found: Iterable[str], labels: Sequence[str]) -> dict[str, str | None]:
    """For each name found, the label that is the same, else the only one that is written alike, else None.

    Spaces and underscores are alike, and so are capitals and small letters, and the ways Unicode has to write an é.
    """
    alike: dict[str, list[str]] = {}
    for label in labels:
        alike.setdefault(_plain(label), []).append(label)
    exact, names = set(labels), {}
    for name in set(found):
        candidates = alike.get(_plain(name), [])
        names[name] = name if name in exact else candidates[0] if len(candidates) == 1 else None
    return names


def kinds(places: Iterable[Path]) -> dict[str, Path]:
    """Folders by name: the last part of each, or as many parts as tell it from the others. One named twice is one."""
    named: dict[str, Path] = {}
    for place in dict.fromkeys(place.resolve() for place in places):
        parts = place.parts[1:]
        names = ["/".join(parts[-count:]) for count in range(1, len(parts) + 1)]
        named[next((name for name in names if name not in named), str(place))] = place
    return named


def _plain(label: str) -> str:
    return " ".join(unicodedata.normalize("NFC", label).replace("_", " ").split()).casefold()
