"""What a dashboard tells of itself before it has answered anything. Nothing heavy is imported."""

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image

EXAMPLE_BYTES = 200_000  # a larger example picture is sent smaller
EXAMPLE_SIDE = 640  # pixels, the longer side, of one that is


class Example(NamedTuple):
    """An example picture: the bytes of a file that any browser shows, and which: "jpeg", "png" or "webp"."""

    kind: str
    data: bytes


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


def urls_allowed() -> bool:
    """Whether the host of this process lets it fetch pictures from web addresses."""
    return os.environ.get("SNOWPEOPLE_NO_URLS", "") in {"", "0"}


def examples_in(folder: str | os.PathLike[str]) -> list[Path]:
    """The example pictures in a folder, in the order in which they are offered."""
    return sorted(path for path in Path(folder).glob("*") if path.suffix in {".png", ".jpg", ".webp"})


def example_data(path: Path) -> bytes:
    """An example picture, the bytes of a file that any browser shows. Raises OSError or PictureError."""
    data = path.read_bytes()
    if len(data) <= EXAMPLE_BYTES:
        return data
    from .. import picture

    return jpeg(picture.decode(data), EXAMPLE_SIDE)


def example(path: Path) -> Example | None:
    """An example picture with its kind, None for one that can't be opened."""
    from ..picture import PictureError, signatures

    try:
        data = example_data(path)
    except (OSError, PictureError):
        return None
    kind = {"JPEG": "jpeg", "PNG": "png", "WebP": "webp"}.get(signatures.picture_kind(data) or "")
    return Example(kind, data) if kind else None


def jpeg(image: "Image", side: int) -> bytes:
    """An RGB picture as a small JPEG, its longer side at most ``side`` pixels."""
    small = image.copy()
    small.thumbnail((side, side))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=85)
    return file.getvalue()
