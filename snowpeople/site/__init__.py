"""A dashboard as a folder of files, for any static host: the visitor's own browser runs the classifier.

The page is the dashboard's own. What Python does elsewhere, ``dashboard/page/browser.js`` and ``worker.js`` do there,
with onnxruntime-web, which is in ``runtime/``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .. import archive
from . import folder
from .files import PAGE, Files, files_of

__all__ = ["Written", "write"]


@dataclass(frozen=True)
class Written:
    """What ``write`` wrote: the folder, and its files with their sizes in bytes, in the order of a visit."""

    folder: Path
    sizes: dict[str, int]

    @property
    def bytes(self) -> int:
        """What a visitor's browser fetches, if the host packs nothing."""
        return sum(self.sizes.values())


def write(
    out: str | os.PathLike[str],
    export: str | os.PathLike[str] = "export.pkl",
    examples: str | os.PathLike[str] = "examples",
    title: str | None = None,
) -> Written:
    """Write the dashboard of an export into a folder.

    ``examples`` is a folder of pictures to click, which may be missing; ``title`` is the page's question, in place of
    the export's own. A folder that is there is brought up to date if it is a site of ours: nothing in it but what was
    written by us, and is as it was, is changed or removed. Whatever stops the work, visitors get the old page or the
    new one, whole.

    Raises ExportError for an export that can't be used, SiteError for a folder that is something else, and OSError.
    """
    place = Path(out)
    folder.check(place)  # before any work
    model, card = archive.read(export)
    if title is not None:
        card["title"] = title
    files: Files = files_of(model, card, export, examples)
    folder.write(place, files, last=PAGE)
    return Written(place, {name: len(content) for name, content in files.items()})
