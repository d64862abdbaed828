"""The dashboard outside of notebooks: the script of ``<snow-classifier>``, and a page that is nothing but one."""

import json
import re

from .script import PAGE, bundle, style
from .template import harmless

SCRIPT = "/snow-classifier.js"
_PARTS = ("flipping", "problems", "api", "tasks", "readiness", "service", "key", "element")

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Snowpeople</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body data-snow>
<noscript>This page needs JavaScript.</noscript>
<main><snow-classifier page></snow-classifier></main>
<script>{script}</script>
</body>
</html>
"""


def element_script() -> str:
    """The script that defines ``<snow-classifier>``: for a script tag, as a module or not."""
    known = f"const STYLE = {json.dumps(shadow_style())};"
    return f"(() => {{\n{known}\n{bundle(*_PARTS)}\n}})();\n"


def page() -> tuple[str, list[str], list[str]]:
    """The page as HTML, and the inline scripts and styles in it, for a security policy that allows nothing else."""
    script = harmless(element_script())
    outer = "\n".join((PAGE / f"{name}.css").read_text(encoding="utf-8") for name in ("base", "standalone"))
    return _PAGE.format(style=outer, script=script), [script], [outer]


def shadow_style() -> str:
    """The style for a shadow root. There ``rem`` would be the size of letters that the page around has at its root, and
    many have made that their own: ``--snow-rem`` is the element's.
    """
    text = re.sub(r"(@container[^{]*?)([\d.]+)rem", r"\1\2em", style())
    rules = re.split(r"(@(?:media|container)[^{]*)", text)
    rules[::2] = (re.sub(r"(-?[\d.]+)rem\b", r"calc(\1 * var(--snow-rem))", rule) for rule in rules[::2])
    return "".join(rules)
