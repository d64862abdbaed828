"""The page's script: one module out of the parts in ``page/``, for anywidget takes a single file without imports.

The parts share one scope, in this order; nothing is built, so an edit counts at the next start. Its style likewise: of
rules that weigh the same, the later one counts.
"""

from collections.abc import Iterable
from pathlib import Path

PAGE = Path(__file__).parent / "page"
LANGUAGES = ("en",)
PARTS = (
    *(f"languages/{language}" for language in LANGUAGES),
    "words",
    "session",
    "pictures",
    "elements",
    "card",
    "questions",
    "look",
    "edits",
    "stage",
    "encoder",
    "sliders",
    "trick",
    "view",
    "widget",
)
STYLES = ("picker", "look", "trick")


def script() -> str:
    """The script as one ES module."""
    return _joined(f"{part}.js" for part in PARTS)


def style() -> str:
    """The style, as one sheet."""
    return _joined(f"{part}.css" for part in STYLES)


def _joined(names: Iterable[str]) -> str:
    return "\n".join((PAGE / name).read_text(encoding="utf-8") for name in names)
