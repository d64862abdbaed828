"""<snow-classifier> in a page of somebody else's, with a service that is real or made up."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route

from snowpeople.dashboard.element import element_script

from .dashboard_page import DashboardPage

ABOUT = {
    "title": "Which?",
    "labels": ["abominable", "neither", "olaf"],
    "names": {},
    "size": 32,
    "limits": {"picture_bytes": 30_000_000, "pictures": 32, "urls": True},
}
Answer = tuple[int, Any, dict[str, str]] | None  # status, content, headers; None: nobody answers


def prediction(label: str = "olaf", probability: float = 0.9, **more: Any) -> dict[str, Any]:
    left = (1 - probability) / 2
    probabilities = {each: probability if each == label else left for each in ABOUT["labels"]}  # type: ignore[attr-defined]
    neither = {"neither": label == "neither", "unfamiliar": False, "familiarity": None}
    return {"label": label, "probability": probability, "probabilities": probabilities, **neither, **more}


def predicted(*predictions: dict[str, Any]) -> Answer:
    content = {"predictions": list(predictions) or [prediction()], "model": {"title": "", "digest": ""}}
    return 200, content, {}


def problem(status: int, code: str, detail: str = "", **headers: str) -> Answer:
    content = {"type": "about:blank", "title": "", "status": status, "detail": detail, "code": code}
    return status, content, {name.replace("_", "-"): value for name, value in headers.items()}


def host(body: str, head: str = "") -> str:
    """A page of somebody's, who has a style of their own for everything."""
    return f"""<!doctype html><html lang="sv"><head><meta charset="utf-8"><title>Otters</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>html {{ font-size: 62.5%; letter-spacing: 3px }} * {{ color: rgb(0 90 0); text-align: right }}
button {{ font-size: 40px; background: red }}</style>{head}</head>
<body><header><h1>Otters</h1></header>{body}</body></html>"""


class ElementPage(DashboardPage):
    """A page at http://site.localhost, and the service at http://model.localhost as the test has it answer."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.about: Callable[[], Answer] = lambda: (200, ABOUT, {})
        self.predict: Callable[[str, dict[str, str], bytes], Answer] = lambda *_: predicted()
        self.asked: list[tuple[str, dict[str, str], bytes]] = []  # query, headers and body of each /predict
        self.allowed = "*"  # whose pages may ask
        self.greeted: list[dict[str, str]] = []  # the headers of each /about

    def start(self, body: str = '<snow-classifier src="http://model.localhost"></snow-classifier>') -> None:
        listen = "for (const name of ['snow-ready', 'snow-answer', 'snow-error'])"
        listen += " document.addEventListener(name, (event) => heard.push([name, event.detail]))"
        script = f"<script>window.heard = []; {listen}</script>"
        script += '<script src="http://model.localhost/snow-classifier.js"></script>'
        self.page.route("http://model.localhost/**", self._serve)
        self.page.route(
            "http://site.localhost/**",
            lambda route: route.fulfill(body=host(body, script), content_type="text/html; charset=utf-8"),
        )
        self.page.goto("http://site.localhost/")

    def _serve(self, route: Route) -> None:
        request = route.request
        path, query = urlsplit(request.url)[2:4]
        headers = {"Access-Control-Allow-Origin": self.allowed, "Access-Control-Allow-Headers": "*, Authorization"}
        if request.method == "OPTIONS":
            return route.fulfill(status=200, headers=headers)
        if path == "/snow-classifier.js":
            return route.fulfill(body=element_script(), content_type="text/javascript")
        if path == "/healthz":
            return route.abort("connectionrefused") if self.about() is None else route.fulfill(body="ok")
        if path == "/about":
            self.greeted.append(request.headers)
            answer = self.about()
        else:
            assert path == "/predict", path
            self.asked.append((query, request.headers, request.post_data_buffer or b""))
            answer = self.predict(*self.asked[-1])
        if answer is None:
            return route.abort("connectionrefused")
        status, content, more = answer
        more = {"Access-Control-Expose-Headers": "Retry-After", **headers, **more}
        route.fulfill(status=status, body=json.dumps(content), headers={"Content-Type": "application/json", **more})

    def choose(self, *files: Any) -> None:
        self.page.locator("input[type=file]").first.set_input_files(list(files))

    def events(self) -> list[Any]:
        """What the page has heard of the elements in it."""
        heard: list[Any] = self.page.evaluate("window.heard")
        return heard
