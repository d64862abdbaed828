"""The page's script and style: each one text out of the parts in ``page/``, for anywidget takes no more than that.

The parts share one scope, in this order; nothing is built, so an edit counts at the next start.
"""

from pathlib import Path

PAGE = Path(__file__).parent / "page"
LANGUAGES = ("en", "de", "es", "fr", "ja")
PARTS = (
    *(f"languages/{language}" for language in LANGUAGES),
    "words",
    "notice",
    "protocol",
    "items",
    "line",
    "watch",
    "sender",
    "session",
    "pictures",
    "parcel",
    "elements",
    "page",
    "card",
    "names",
    "zip",
    "csv",
    "kept",
    "marks",
    "downloads",
    "strip",
    "history",
    "questions",
    "look",
    "edits",
    "stage",
    "encoder",
    "sliders",
    "trick",
    "view",
    "camera",
    "address",
)
STYLES = ("base", "picker", "card", "ways", "history", "look", "trick")


def script() -> str:
    """The script as one ES module, for a notebook's widget."""
    return bundle("widget")


def bundle(*ends: str) -> str:
    """The parts, and those at the ``ends``, which say where the page is."""
    return joined(*PARTS, *ends)


def joined(*parts: str) -> str:
    """These parts as one script."""
    return "\n".join((PAGE / f"{part}.js").read_text(encoding="utf-8") for part in parts)


def style(*ends: str) -> str:
    """All style sheets as one, and those at the ``ends``; of rules that weigh the same, the later one counts."""
    return "\n".join((PAGE / f"{part}.css").read_text(encoding="utf-8") for part in (*STYLES, *ends))
