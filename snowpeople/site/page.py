"""The one page of a site."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..report.markup import Markup, tag, text

# All that it needs is beside it: nothing is fetched from, or sent to, any other place. The browser holds it to that,
# and its workers, which begin as blobs, too.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'self' blob:",
    "connect-src": "'self'",
    "img-src": "'self' blob: data:",
    "style-src": "'self'",
    "form-action": "'none'",
    "base-uri": "'none'",
}


def page(card: Mapping[str, Any], site: Mapping[str, Any], script: str, style: str, content: Markup) -> str:
    """The HTML. ``site`` is for the page's script: see ``Site`` in browser.js. ``content`` stands below the picker."""
    title = card.get("title")
    policy = "; ".join(f"{name} {value}" for name, value in POLICY.items())
    settings = json.dumps(site, ensure_ascii=False).replace("<", "\\u003c")  # nothing in it ends the element
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{text(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
{tag("title", title if isinstance(title, str) and title else "What is in your picture?")}
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{style}">
</head>
<body data-snow>
<noscript>This page needs JavaScript.</noscript>
<main id="picker"></main>
<footer class="page-about" lang="en">
<details>
<summary>About this classifier</summary>
{content}
</details>
</footer>
<script type="application/json" id="site">{settings}</script>
<script src="{script}"></script>
</body>
</html>
"""
