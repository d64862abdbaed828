"""What a service has done, for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as MEDIA_TYPE
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["MEDIA_TYPE", "Measured", "Metrics"]


class Metrics:
    """Counters of one service, beside those of its process. Nothing in them comes from a picture or names a client."""

    def __init__(self, waiting: Callable[[], float], held: Callable[[], float]) -> None:
        """``waiting`` gives the pictures in the house, ``held`` the bytes of bodies."""
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._registry = registry
        self.requests = Counter("snowpeople_requests", "Requests", ["path", "status"], registry=registry)
        self.seconds = Histogram("snowpeople_request_seconds", "Time to an answer", ["path"], registry=registry)
        self.pictures = Counter("snowpeople_pictures", "Pictures, by ok or the code", ["code"], registry=registry)
        self.batches = Histogram(
            "snowpeople_batch_pictures", "Pictures in a batch", buckets=(1, 2, 4, 8, 16, 32, 64), registry=registry
        )
        Gauge("snowpeople_pictures_waiting", "Pictures in the house", registry=registry).set_function(waiting)
        Gauge("snowpeople_body_bytes_held", "Bytes of bodies in memory", registry=registry).set_function(held)

    def text(self) -> bytes:
        """All of them, in Prometheus's text format."""
        return generate_latest(self._registry)


class Measured:
    """Counts requests, with the time to the end of their answers."""

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: tuple[str, ...]) -> None:
        """Other paths than ``paths`` count as one: their number must not grow with what is asked."""
        self._app = app
        self._metrics = metrics
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        status = "499"  # where there is no answer, as nobody waits for it

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        start = time.perf_counter()
        path = scope["path"] if scope["path"] in self._paths else "other"
        try:
            await self._app(scope, receive, counted)
        finally:
            self._metrics.requests.labels(path, status).inc()
            self._metrics.seconds.labels(path).observe(time.perf_counter() - start)
