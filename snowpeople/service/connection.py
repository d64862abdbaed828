"""A connection that speaks HTTP with a client who may be slow, or speak something else."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from .problem import MEDIA_TYPE, ProblemError

# Seconds for the head of a request to arrive. uvicorn itself waits for ever.
HEAD_TIMEOUT = 10.0


class Connection(H11Protocol):
    """uvicorn's own, with a time limit for heads, and its one error as a problem."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """More of a request is there."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._unwatch()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP gets an answer, and the end of the connection."""
        problem = ProblemError("request", "This is not HTTP as it should be, or its head is too large.")
        headers = [("content-type", MEDIA_TYPE), ("connection", "close")]
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            events = [
                h11.Response(status_code=problem.status, headers=headers, reason=b"Bad Request"),
                h11.Data(data=problem.body()),
                h11.EndOfMessage(),
            ]
            self.transport.write(b"".join(self.conn.send(event) or b"" for event in events))
        self.transport.close()

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._unwatch()
        elif self._late is None:
            # Counts for the rest of a body too, of which no more is wanted: it is skipped no longer than that.
            self._late = self.loop.call_later(HEAD_TIMEOUT, self.transport.close)

    def _unwatch(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
