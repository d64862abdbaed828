"""The page's script: one module out of the parts in ``page/``, for anywidget takes a single file without imports.

The parts share one scope, in this order; nothing is built, so an edit counts at the next start.
"""

from pathlib import Path

PAGE = Path(__file__).parent / "page"
LANGUAGES = ("en",)
PARTS = (
    *(f"languages/{language}" for language in LANGUAGES),
    "words",
    "session",
    "pictures",
    "parcel",
    "elements",
    "card",
    "view",
    "camera",
    "address",
    "widget",
)
STYLES = ("picker", "ways")


def script() -> str:
    """The script as one ES module."""
    return "\n".join((PAGE / f"{part}.js").read_text(encoding="utf-8") for part in PARTS)


def style() -> str:
    """All style sheets as one; of rules that weigh the same, the later one counts."""
    return "\n".join((PAGE / f"{name}.css").read_text(encoding="utf-8") for name in STYLES)
