"""What the Voila template of that name puts into its page: Voila's settings name ``inline`` as a filter.

It runs in the server, where nothing heavy belongs.
"""

import json
import re
from contextlib import suppress
from typing import Any

from .. import archive
from .about import about, examples_in, urls_allowed
from .script import bundle, style


def inline(part: str, notebook: Any = None) -> str:
    """The "script" or the "style" of the page, or the "first" words of a notebook's dashboard, to stand in the page."""
    if part == "style":
        return style("standalone")
    if part == "first":
        return json.dumps(_first(notebook)).replace("<", "\\u003c")
    return f"(() => {{\n{harmless(bundle('kernel', 'standalone'))}\n}})();"


def harmless(script: str) -> str:
    """A script that can stand in its element. Nothing in it may end that or begin a comment: only strings have these
    characters, where both spellings are the same.
    """
    return script.replace("</", "<\\/").replace("<!--", "<\\!--")


def _first(notebook: Any) -> dict[str, Any] | None:
    """What shows before there is a kernel to ask, None where the notebook has no dashboard.

    A guess from the notebook's text. The kernel corrects what is wrong in it.
    """
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    if "Dashboard(" not in code:
        return None
    export = re.search(r"""Dashboard\(\s*(?:export\s*=\s*)?["']([^"']+)["']""", code)
    examples = re.search(r"""\bexamples\s*=\s*["']([^"']+)["']""", code)
    first: dict[str, Any] = {"expected": len(examples_in(examples[1] if examples else "examples"))}
    with suppress(archive.ExportError, OSError):
        limits = {"urls": urls_allowed() and not re.search(r"\burls\s*=\s*False\b", code)}
        first["about"] = about(archive.read_card(export[1] if export else "export.pkl")) | {"limits": limits}
    return first
