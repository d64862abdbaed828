"""The paths of a service."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ..dashboard.about import about
from . import body, extras, metrics, pictures, proxies, schema, website
from .batcher import Batcher
from .examples import Examples
from .guard import Guard, address, respond
from .job import Answer
from .model import Model
from .problem import ProblemError, explain
from .rate import Rate
from .settings import Settings

PATHS = (
    *("/", website.SCRIPT, "/predict", "/labels", "/about", "/card"),
    *("/healthz", "/readyz", "/metrics", "/openapi.json"),
    *("/ping", "/invocations"),
)


def create(batcher: Batcher, settings: Settings) -> FastAPI:
    """The service as an ASGI application. It closes the batcher when it ends."""
    service = _Service(batcher, settings)
    app = FastAPI(
        title="Snowpeople",
        summary="Names what pictures show.",
        description="With an API key, send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`.",
        lifespan=service.lifespan,
        docs_url=None,  # these pages would load scripts of somebody else's
        redoc_url=None,
        redirect_slashes=False,  # they would lead to http, and to whichever host the request names
    )
    problems = schema.problems
    app.post("/predict", response_model=schema.Answer, responses=problems(*_PREDICT), openapi_extra=schema.QUESTION)(
        service.predict
    )
    app.get("/labels", response_model=schema.LabelsAnswer, responses=problems(401, 503))(service.labels)
    app.get("/about", response_model=schema.AboutAnswer, responses=problems(401, 503))(service.about)
    app.get("/card", response_model=schema.CardAnswer, responses=problems(401, 503))(service.card)
    app.get("/healthz", response_model=schema.StatusAnswer)(service.healthz)
    app.get("/readyz", response_model=schema.StatusAnswer, responses=problems(503))(service.readyz)
    app.get("/metrics", response_class=Response, responses=problems(401))(service.metrics)
    # What Amazon SageMaker calls them.
    app.get("/ping", include_in_schema=False)(service.readyz)
    for path, answer in (("/healthz", service.healthz), ("/readyz", service.readyz), ("/ping", service.readyz)):
        app.head(path, include_in_schema=False)(answer)  # as monitors ask
    app.post("/invocations", include_in_schema=False)(service.predict)
    app.get("/examples/{number}", include_in_schema=False)(service.example)  # for pages
    website.add(app)
    # The last to be added is the first to see a request.
    app.add_middleware(Guard, settings.api_key, service.rate, bool(settings.proxies) or proxies.named())
    if settings.cors:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key"],
            expose_headers=["Retry-After"],
        )
    app.add_middleware(metrics.Measured, metrics=service.counted, paths=PATHS)
    if settings.proxies:
        app.add_middleware(proxies.Proxies, count=settings.proxies)
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(Exception, _on_fault)
    return app


_PREDICT = (401, 403, 408, 413, 415, 422, 424, 429, 500, 503, 504)


class _Service:
    def __init__(self, batcher: Batcher, settings: Settings) -> None:
        self.rate = Rate(settings.rate) if settings.rate else None
        self._batcher = batcher
        self._settings = settings
        self._examples = Examples(settings.examples)
        self._memory = body.Memory(settings.max_held)
        self._parser = ThreadPoolExecutor(1, "parse")  # one at a time: a large JSON needs several times its bytes
        self.counted = metrics.Metrics(lambda: batcher.waiting, lambda: self._memory.held)
        batcher.on_batch = self.counted.batches.observe

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        yield
        self._parser.shutdown()
        await asyncio.get_running_loop().run_in_executor(None, self._batcher.close)

    async def predict(self, request: Request) -> Response:
        """Name what pictures show: a prediction for each, or an error in its place. One picture alone, if it is bad,
        is answered with a problem.
        """
        more = extras.read(request.query_params)
        with self._memory.account() as take:
            try:
                data = await body.read(request, take, self._settings)
                start = time.perf_counter()
                asked = await self._asked(request.headers.get("content-type", ""), data)
                if self.rate is not None:
                    self.rate.spend(address(request.scope), more.cost * len(asked) - 1)  # the guard counted one
                if more.attention and len(asked) > self._settings.max_maps:
                    raise pictures.too_many(self._settings.max_maps, " with attention")
                del data
                answers = await _unless_gone(request, self._answers(asked, more), self._settings.timeout)
            except ClientDisconnect:
                return Response(status_code=499)  # nobody reads it
        model = self._model()
        return _json(
            {
                "predictions": answers,
                "model": {"title": model.title, "digest": model.digest},
                "milliseconds": round(1000 * (time.perf_counter() - start), 3),
            }
        )

    async def _asked(self, content_type: str, data: bytes) -> list[pictures.Asked]:
        if content_type.startswith(("image/", "application/octet-stream")):
            return pictures.read(content_type, data, self._settings)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._parser, pictures.read, content_type, data, self._settings)

    async def _answers(self, asked: Sequence[pictures.Asked], more: extras.Extras) -> list[dict[str, Any]]:
        sources = [one for one in asked if not isinstance(one, ProblemError)]
        found = iter(await _together(self._batcher.submit(sources, more)))
        outcomes = [one if isinstance(one, ProblemError) else next(found) for one in asked]
        entries = []
        for outcome in outcomes:
            if isinstance(outcome, Answer):
                self.counted.pictures.labels("ok").inc()
                entries.append(outcome.content())
                continue
            problem = explain(outcome)
            self.counted.pictures.labels(problem.code).inc()
            if len(asked) == 1:
                raise problem
            entries.append({"error": problem.content()})
        return entries

    def _model(self) -> Model:
        if self._batcher.model is None:
            raise ProblemError(
                "loading", "The model is not loaded yet: please try again in a moment.", {"Retry-After": "1"}
            )
        return self._batcher.model

    async def labels(self) -> Response:
        """The labels, in the order of the probabilities."""
        return _json({"labels": self._model().labels})

    async def about(self) -> Response:
        """What a page says of the model and has to know of the service before it asks."""
        limits = {
            "picture_bytes": self._settings.max_picture,
            "pictures": self._settings.max_pictures,
            "urls": self._settings.urls,
        }
        return _json(about(self._model().card) | {"examples": len(self._examples), "limits": limits})

    async def example(self, number: str) -> Response:
        """An example picture, counted from 1."""
        found = await asyncio.get_running_loop().run_in_executor(self._parser, self._examples.get, number)
        if found is None:
            raise HTTPException(404)
        headers = {"Cache-Control": "private, max-age=300", "X-Content-Type-Options": "nosniff"}
        return Response(found.data, headers=headers, media_type=f"image/{found.kind}")

    async def card(self) -> Response:
        """How the model was trained and measured, and its digest."""
        return _json({"card": self._model().card, "digest": self._model().digest})

    async def healthz(self) -> Response:
        """Whether the process lives."""
        return _json({"status": "live"})

    async def readyz(self) -> Response:
        """Whether it answers pictures."""
        self._model()
        return _json({"status": "ready"})

    async def metrics(self) -> Response:
        """Counters, in the text format of Prometheus."""
        return Response(self.counted.text(), media_type=metrics.MEDIA_TYPE)


async def _together(futures: Sequence[Future[Any]]) -> list[Any]:
    """The result or the exception of each. All are cancelled where this is."""
    return await asyncio.gather(*map(asyncio.wrap_future, futures), return_exceptions=True)


async def _unless_gone(request: Request, work: Awaitable[Any], seconds: float) -> Any:
    """The result of some work, dropped where it takes too long (ProblemError) or nobody waits (ClientDisconnect)."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(request.receive())  # after the whole body there is nothing else to receive
    try:
        done, _ = await asyncio.wait({task, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            return task.result()
        if gone in done:
            raise ClientDisconnect
        raise ProblemError("timeout", f"There was no answer after {seconds:g} seconds.")
    finally:
        for pending in (task, gone):
            pending.cancel()


def _json(content: Any) -> Response:
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), media_type="application/json")


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return respond(error)


async def _on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 405: "method"}
    if error.status_code not in codes:
        return respond(ProblemError("request", str(error.detail)))
    details = {404: "There is nothing here: see /openapi.json.", 405: "This path is not for this method."}
    problem = ProblemError(codes[error.status_code], details[error.status_code], dict(error.headers or {}))
    return respond(problem)


async def _on_invalid(_: Request, error: Exception) -> Response:
    return respond(ProblemError("body", "This request is not as /openapi.json describes it."))


async def _on_fault(_: Request, error: Exception) -> Response:
    return respond(ProblemError("fault", "Something went wrong here: the log of the service says more."))
