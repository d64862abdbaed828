"""What a service gives to browsers: its page, and the script of ``<snow-classifier>`` for any other page.

Both are the same for everybody and say nothing of the model: whoever may ask for them may not yet ask about pictures.
"""

from __future__ import annotations

import gzip
import hashlib
from base64 import b64encode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from ..dashboard.element import SCRIPT as SCRIPT
from ..dashboard.element import element_script, page

PAGE_HEADERS = {
    "Cache-Control": "no-cache",  # asks whether there is a newer one
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self)",
}
SCRIPT_HEADERS = {
    "Cache-Control": "public, max-age=300",  # an update of the service counts within minutes
    "Access-Control-Allow-Origin": "*",  # for module scripts
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class File:
    """Bytes that stay the same, packed where the browser can unpack them, and sent only where it has others."""

    def __init__(self, text: str, media_type: str, headers: dict[str, str]) -> None:
        self._plain = text.encode()
        self._packed = gzip.compress(self._plain, mtime=0)
        self._media_type = media_type
        self._tag = hashlib.sha256(self._plain).hexdigest()[:32]
        self._headers = {**headers, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}

    async def __call__(self, request: Request) -> Response:
        """The answer to a request."""
        packs = "gzip" in request.headers.get("accept-encoding", "")
        headers = {**self._headers, "ETag": f'"{self._tag}-gzip"' if packs else f'"{self._tag}"'}
        known = request.headers.get("if-none-match", "")
        if self._tag in known:  # in whichever packing
            return Response(status_code=304, headers=headers)
        if packs:
            headers["Content-Encoding"] = "gzip"
        return Response(self._packed if packs else self._plain, 200, headers, self._media_type)


def add(app: FastAPI) -> None:
    """Add the paths. They are no part of /openapi.json: that is for programs."""
    html, scripts, styles = page()
    policy = (
        f"default-src 'none'; script-src {_hashes(scripts)}; style-src {_hashes(styles)}; connect-src 'self'; "
        "img-src blob: data:; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    files = {
        "/": File(html, "text/html", {**PAGE_HEADERS, "Content-Security-Policy": policy}),
        SCRIPT: File(element_script(), "text/javascript", SCRIPT_HEADERS),
    }
    for path, file in files.items():
        app.add_route(path, file.__call__, methods=["GET", "HEAD"], include_in_schema=False)


def _hashes(texts: list[str]) -> str:
    """What a security policy calls the inline texts that it allows."""
    digests = (hashlib.sha256(text.encode()).digest() for text in texts)
    return " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)
