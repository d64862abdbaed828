"""Makes the README's pictures of the dashboard, with drawn snow people: ``python docs/screenshots.py``.

Needs the packages for development and a Chromium, as the browser tests do.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, expect, sync_playwright

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
SIZES = {1280: 1150, 390: 1230}  # pixels: width and height of the window


@contextmanager
def dashboard() -> Iterator[str]:
    """Serve the dashboard on a free port, as ``make run`` does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "voila", "snowpeople_voila.ipynb", "--no-browser", f"--port={port}"]
    environment = {**os.environ, "JUPYTER_PATH": str(ROOT / "share" / "jupyter")}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}voila/static/voila.js", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


def take(browser: Browser, address: str, width: int, height: int, scheme: Literal["light", "dark"] = "light") -> Path:
    """Classify one example of each class and take a picture of the page."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address, wait_until="commit")
    examples = sorted(path.name for path in (ROOT / "examples").glob("*.png"))
    for label in ("neither", "abominable", "olaf"):
        index = next(index for index, name in enumerate(examples) if name.startswith(label))
        page.locator(".snow-example").nth(index).click(timeout=60_000)
        expect(page.locator(".snow-card").first).to_have_attribute("data-state", "done", timeout=60_000)
    page.mouse.move(0, 0)
    page.evaluate("Promise.all(document.getAnimations().map((animation) => animation.finished))")
    target = PICTURES / f"dashboard-{width}{'' if scheme == 'light' else '-' + scheme}.png"
    page.screenshot(path=target)
    context.close()
    return target


def main() -> None:
    """Take them all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with dashboard() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for width, height in SIZES.items():
            print(take(browser, address, width, height))
        browser.close()


if __name__ == "__main__":
    main()
