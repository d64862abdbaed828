"""The page's script alone, against a model that is made up: what the browser tests without a server do and see."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from playwright.sync_api import Locator, Route

from snowpeople.dashboard.script import script, style

from .dashboard_page import DashboardPage, example, file

# Holds what the picker sends, and says to it what a test wants.
MODEL = """async (views) => {
  const { default: factory } = await import("/picker.js");
  const listeners = [];
  window.sent = [];
  window.say = (content, ...buffers) => {
    const views = buffers.map((bytes) => new DataView(Uint8Array.from(bytes).buffer));
    for (const listener of listeners) listener(content, views);
  };
  const model = {
    get: () => undefined,
    send: (content, _, buffers) => window.sent.push({ ...content, bytes: buffers?.[0]?.byteLength }),
    on: (_, listener) => listeners.push(listener),
    off: (_, listener) => listeners.splice(listeners.indexOf(listener), 1),
  };
  const widget = factory();
  const forget = widget.initialize({ model });
  const closers = Array.from({ length: views }, () => {
    const el = document.body.appendChild(document.createElement("section"));
    return widget.render({ model, el });
  });
  window.closeAll = () => {
    closers.forEach((close) => close());
    forget();
    return listeners.length;
  };
}"""

# As Voila's page, which is the dashboard's alone.
PAGE = f"""<!doctype html><html lang="en"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>alone</title><style>body {{ color-scheme: light dark; background: var(--snow-ground); }} {style()}</style>
<body data-voila="voila">"""

# The colour of a canvas, not of what is under it, at a point given in shares of its width and height.
PIXEL = """(canvas, [x, y]) => [
  ...canvas.getContext("2d").getImageData(x * canvas.width, y * canvas.height, 1, 1).data,
]"""

ABOUT = {"title": "Which?", "labels": ["abominable", "neither", "olaf"], "names": {}}
WELCOME = {
    "kind": "welcome", "version": 2, "piece_bytes": 1000, "examples": 2, "state": "ready", "about": ABOUT
}  # fmt: skip


def answer(id: str, label: str, probability: float = 0.9, **more: Any) -> dict[str, Any]:
    bars = [{"label": label, "probability": probability}]
    content = {"id": id, "label": label, "probability": probability, "unfamiliar": False, "bars": bars}
    return {"kind": "answer", **content, **more}


class Lonely(DashboardPage):
    """Views of one picker, two of them unless a test wants it otherwise, and time that passes when a test says so."""

    def start(
        self,
        views: int = 2,
        page: str = "<!doctype html><title>alone</title>",
        clock: bool = True,
        policy: str = "",
        origin: str = "http://localhost",
    ) -> None:
        """Open the page, with a security policy if the test has one."""

        def serve(route: Route) -> None:
            if route.request.url.endswith("picker.js"):
                route.fulfill(body=script(), content_type="text/javascript")
            else:
                headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
                route.fulfill(body=page, headers=headers)

        self.page.route(f"{origin}/**", serve)
        if clock:
            self.page.clock.install()
        self.page.goto(f"{origin}/")
        self.page.evaluate(MODEL, views)

    def say(self, content: dict[str, Any], *buffers: bytes) -> None:
        self.page.evaluate("([content, ...buffers]) => say(content, ...buffers)", [content, *map(list, buffers)])

    def heard(self, kind: str) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.page.evaluate("sent")
        return [message for message in messages if message["kind"] == kind]

    def wait_for(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        self.page.wait_for_function(
            "([kind, count]) => sent.filter((message) => message.kind === kind).length >= count", arg=[kind, count]
        )
        return self.heard(kind)

    def choose(self, *files: Any) -> None:
        self.page.locator("input[type=file]").first.set_input_files(list(files))

    def pass_seconds(self, seconds: int) -> None:
        self.page.clock.run_for(seconds * 1000)


class Answered(Lonely):
    """A picture of Olaf that is answered, in the first of the two views, and what is asked about it then."""

    def answered(self, picture: bytes | None = None) -> Locator:
        """The card of olaf.png, or of another picture of that name."""
        self.say({**WELCOME, "piece_bytes": 500_000, "about": {**ABOUT, "size": 64}})
        self.choose(file("olaf.png", picture or example("olaf").read_bytes(), "image/png"))
        self.say(answer(self.wait_for("start")[0]["id"], "olaf"))
        return self.expect_answer("olaf.png", "olaf")

    def asked(self, task: str, count: int = 1) -> str:
        """The id of the newest question of so many."""
        self.page.wait_for_function(
            "([task, count]) => sent.filter((message) => message.task === task).length === count", arg=[task, count]
        )
        asked: str = [each["id"] for each in self.heard("start") if each["task"] == task][-1]
        return asked


AnyLonely = TypeVar("AnyLonely", bound=Lonely)


@contextmanager
def opened(picker: AnyLonely, styled: bool = False) -> Iterator[AnyLonely]:
    """Started, and without a complaint in the browser's console until it closes."""
    picker.start()
    if styled:
        picker.page.add_style_tag(content=style())
    yield picker
    assert picker.complaints == []
    picker.page.context.close()
