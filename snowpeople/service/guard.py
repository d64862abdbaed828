"""Who may ask: an API key, and so many pictures a minute."""

from __future__ import annotations

import hashlib
import hmac
import logging

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .problem import MEDIA_TYPE, ProblemError
from .proxies import HEADER
from .rate import Rate
from .website import SCRIPT

ASKING = ("/predict", "/invocations")
# What says nothing of the model: for whoever watches over the process, and the page, which has no key before it is
# there.
OPEN = ("/healthz", "/readyz", "/ping", "/openapi.json", "/", SCRIPT)


class Guard:
    """Lets a request through, or answers 401 or 429, before any of its body is read."""

    def __init__(self, app: ASGIApp, api_key: str, rate: Rate | None, behind: bool) -> None:
        """``behind`` says whether a proxy is believed who asks."""
        self._app = app
        self._behind = behind
        self._key = _hash(api_key) if api_key else b""
        self._rate = rate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        problem = self._problem(scope) if scope["type"] == "http" and scope["path"] not in OPEN else None
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await respond(problem)(scope, receive, send)

    def _problem(self, scope: Scope) -> ProblemError | None:
        if self._key and not self._knows(_given(Headers(scope=scope))):
            detail = "An API key is needed: Authorization: Bearer KEY, or X-API-Key: KEY."
            return ProblemError("key", detail, {"WWW-Authenticate": "Bearer"})
        if self._rate is not None and scope["path"] in ASKING:
            seconds = self._rate.wait(address(scope))
            if seconds:
                self._wonder(scope)
                detail = f"That was too many pictures in a minute: please try again in {seconds} s."
                return ProblemError("rate", detail, {"Retry-After": str(seconds)})
            self._rate.spend(address(scope), 1)  # the others are counted when they are known
        return None

    def _knows(self, keys: list[str]) -> bool:
        # Hashes have one length: comparing them tells nothing, by the time it takes, of the key's. Nor does which of
        # the keys is the right one: all are compared.
        return any([hmac.compare_digest(_hash(key), self._key) for key in keys])

    def _wonder(self, scope: Scope) -> None:
        if not self._behind and HEADER in Headers(scope=scope):
            self._behind = True  # said once
            logging.getLogger(__name__).warning(
                "A client asks too often, and sends X-Forwarded-For, which is not believed. If that is a proxy of "
                "yours, all who ask through it count as one: say with --proxies how many there are"
            )


def address(scope: Scope) -> str:
    """The address of a client, "" where the server knows none."""
    return scope["client"][0] if scope.get("client") else ""


def respond(problem: ProblemError) -> Response:
    """A problem as an answer."""
    return Response(problem.body(), problem.status, problem.headers, MEDIA_TYPE)


def _given(headers: Headers) -> list[str]:
    """All keys of a request: a proxy may add one, where a visitor, or another layer, sends what is none of ours."""
    bearers = (line.partition(" ") for line in headers.getlist("authorization"))
    return headers.getlist("x-api-key") + [key.strip() for scheme, _, key in bearers if scheme.lower() == "bearer"]


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
