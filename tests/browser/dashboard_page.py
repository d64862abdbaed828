"""The dashboard as a visitor meets it: what the browser tests do and see."""

import base64
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, FilePayload, Locator, Page, WebSocket, expect

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.png"))
ANSWERS = {"olaf": "This is Olaf", "abominable": "An abominable snowman", "neither": "Neither of them"}

# Makes a DataTransfer in the page, as a browser does for what is dropped or pasted.
TRANSFER = """([event, files]) => {
  const transfer = new DataTransfer();
  for (const { name, mimeType, data } of files) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: mimeType }));
  }
  const options = { bubbles: true, cancelable: true };
  document.body.dispatchEvent(
    event === "paste"
      ? new ClipboardEvent(event, { ...options, clipboardData: transfer })
      : new DragEvent(event, { ...options, dataTransfer: transfer }),
  );
}"""


def example(label: str) -> Path:
    """A drawn example picture of a class."""
    return next(path for path in EXAMPLES if path.name.startswith(label))


def file(name: str, data: bytes, kind: str = "image/jpeg") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": data}


def is_local(address: str) -> bool:
    return urlsplit(address).hostname in {"127.0.0.1", "localhost", None}


class DashboardPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.sent = 0  # bytes over websockets
        self.largest = 0  # bytes of the largest message
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("websocket", self._follow)
        # Once and for all: to intercept the first chooser only when it comes may be too late.
        page.on("filechooser", lambda chooser: None)

    def open(self, address: str) -> None:
        self.page.goto(address, wait_until="commit")
        self.ready()

    def ready(self) -> None:
        expect(self.drop_zone).to_be_visible(timeout=120_000)  # on a busy machine

    @property
    def drop_zone(self) -> Locator:
        return self.page.get_by_role("button", name="Choose pictures")

    def choose(self, *files: FilePayload) -> None:
        self.page.locator("input[type=file]").set_input_files(list(files))

    def choose_on_disk(self, path: Path) -> None:
        self.page.locator("input[type=file]").set_input_files(path)

    def drop(self, *files: FilePayload) -> None:
        self._transfer("drop", files)

    def paste(self, *files: FilePayload) -> None:
        self._transfer("paste", files)

    def card(self, name: str) -> Locator:
        """The newest card with that file name."""
        return self.page.locator(".snow-card").filter(has=self.page.get_by_text(name, exact=True)).first

    def expect_answer(self, name: str, label: str | None = None) -> Locator:
        card = self.card(name)
        expect(card).to_have_attribute("data-state", "done")
        if label is not None:
            expect(card.get_by_role("heading")).to_have_text(ANSWERS[label])
        return card

    def expect_failure(self, name: str, words: str) -> Locator:
        card = self.card(name)
        expect(card).to_have_attribute("data-state", "failed")
        expect(card).to_contain_text(words)
        return card

    def thumbnail(self, card: Locator) -> bytes:
        """The bytes of a card's thumbnail."""
        encoded: str = card.locator("img").evaluate(
            "async (image) => btoa(String.fromCharCode(...await (await fetch(image.src)).bytes()))"
        )
        return base64.b64decode(encoded)

    def _transfer(self, event: str, files: Sequence[FilePayload]) -> None:
        content = [{**each, "buffer": None, "data": base64.b64encode(each["buffer"]).decode()} for each in files]
        self.page.evaluate(TRANSFER, [event, content])

    def _hear(self, message: ConsoleMessage) -> None:
        # The warnings are about the versions of JupyterLab's own parts. What Voila asks of the network is out of reach
        # here, and said so.
        if message.type == "error" and is_local(message.location["url"]):
            self.complaints.append(message.text)

    def _follow(self, socket: WebSocket) -> None:
        def count(payload: str | bytes) -> None:
            self.sent += len(payload)
            self.largest = max(self.largest, len(payload))

        socket.on("framesent", count)
