"""What goes wrong, as RFC 9457 has it: ``application/problem+json`` with a stable ``code``."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from ..download import DownloadError
from ..picture import PictureError

MEDIA_TYPE = "application/problem+json"

# Every code with its status and what it means. docs/service.md has the same list.
CODES: dict[str, tuple[int, str]] = {
    "request": (400, "not HTTP as it should be"),
    "key": (401, "no API key, or a wrong one"),
    "url_off": (403, "this service fetches nothing from addresses"),
    "not_found": (404, "no such path"),
    "method": (405, "the path is there, but not for this method"),
    "slow": (408, "the body took too long to arrive"),
    "too_large": (413, "more bytes or pixels than allowed, in the body or in a picture"),
    "too_many": (413, "more pictures than allowed in one request"),
    "media_type": (415, "a Content-Type or Content-Encoding that is not read"),
    "unsupported": (415, "a file of a kind that can't be opened"),
    "query": (422, "a parameter of the address that is neither true nor false"),
    "body": (422, "a body that is not as /openapi.json describes it"),
    "base64": (422, "no Base64 in `data`"),
    "empty": (422, "a picture of no bytes"),
    "not_a_picture": (422, "a file that is no picture"),
    "cut_off": (422, "a picture that is cut off or damaged"),
    "url_address": (422, "no http or https address"),
    "url_private": (422, "an address in a private network"),
    "url_status": (424, "the other server does not give the file"),
    "url_timeout": (424, "the other server takes too long"),
    "url_unreachable": (424, "the other server can't be reached"),
    "rate": (429, "too many pictures in this minute: see Retry-After"),
    "fault": (500, "a fault of the service, which its log explains"),
    "busy": (503, "too much waits already: see Retry-After"),
    "loading": (503, "the model is not loaded yet: see Retry-After"),
    "timeout": (504, "the answer took too long"),
}


class ProblemError(Exception):
    """An answer that is none. The message is one sentence for a person; ``code`` is one of CODES."""

    def __init__(self, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.status = CODES[code][0]
        self.headers = headers or {}

    def content(self) -> dict[str, Any]:
        """The members of the answer."""
        title = HTTPStatus(self.status).phrase
        return {"type": "about:blank", "title": title, "status": self.status, "detail": str(self), "code": self.code}

    def body(self) -> bytes:
        """The answer as JSON."""
        return json.dumps(self.content(), ensure_ascii=False).encode()


def busy(what: str = "Too many pictures wait already") -> ProblemError:
    """What a full service says."""
    return ProblemError("busy", f"{what}: please try again in a moment.", {"Retry-After": "1"})


def explain(error: BaseException) -> ProblemError:
    """The problem behind an error. Raises the error again where it is none of a picture."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, PictureError):
        return ProblemError(error.code, str(error))
    if isinstance(error, DownloadError):
        return ProblemError(error.code if error.code in CODES else f"url_{error.code}", str(error))
    raise error
