"""What a dashboard tells of itself before it has answered anything. Nothing heavy is imported."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def about(card: Mapping[str, Any]) -> dict[str, Any]:
    """What the page says of a classifier: its question, its labels, its maker's own words for them, if any, and the
    side in pixels of the pictures that it looks at.
    """
    title, names = card.get("title"), card.get("names")
    return {
        "title": title if isinstance(title, str) else "",
        "labels": list(card["labels"]),
        "size": card["size"],
        "names": {k: v for k, v in names.items() if isinstance(v, str) and v} if isinstance(names, dict) else {},
    }


def examples_in(folder: str | os.PathLike[str]) -> list[Path]:
    """The example pictures in a folder, in the order in which they are offered."""
    return sorted(path for path in Path(folder).glob("*") if path.suffix in {".png", ".jpg", ".webp"})
