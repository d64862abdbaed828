"""The body of a request: read in pieces, no further than allowed, and not for ever."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.requests import Request

from .problem import ProblemError, busy
from .settings import Settings


class Memory:
    """Room for bodies: so many bytes at once, of all requests together."""

    def __init__(self, limit: int) -> None:
        self.held = 0
        self._limit = limit

    @contextmanager
    def account(self) -> Iterator[Callable[[int], None]]:
        """A function that takes more bytes, all given back at the end; ProblemError where there is no room."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if self.held + size > self._limit:
                raise busy("Too many bytes are held already")
            taken += size
            self.held += size

        try:
            yield take
        finally:
            self.held -= taken


async def read(request: Request, take: Callable[[int], None], settings: Settings) -> bytes:
    """The whole body.

    Raises ProblemError where it is too large, too slow or packed, ClientDisconnect where it breaks off.
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemError("media_type", "A packed body is not read: please send it without Content-Encoding.")
    promised = request.headers.get("content-length", "0")
    if not re.fullmatch(r"[0-9]{1,18}", promised) or int(promised) > settings.max_body:
        raise _too_large(settings)
    try:
        return await asyncio.wait_for(_pieces(request, take, settings), settings.body_timeout)
    except asyncio.TimeoutError:
        raise ProblemError(
            "slow", f"The body was not there after {settings.body_timeout:g} seconds.", {"Connection": "close"}
        ) from None


async def _pieces(request: Request, take: Callable[[int], None], settings: Settings) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > settings.max_body:
            raise _too_large(settings)
        take(len(piece))
        pieces.append(piece)
    return b"".join(pieces)


def _too_large(settings: Settings) -> ProblemError:
    # What is not read can't be skipped either: the connection ends.
    detail = f"A body may have {settings.max_body / 10**6:g} MB at most: please send fewer or smaller pictures."
    return ProblemError("too_large", detail, {"Connection": "close"})
