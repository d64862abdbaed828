"""A dashboard in real Voila and a real browser: served, opened and used as a visitor would, with a stopwatch."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

import psutil
from playwright.sync_api import Browser, FileChooser, Locator, Page, sync_playwright

PATIENCE = 120_000  # milliseconds; longer than anything here takes on a slow machine
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# No sandbox: containers and CI lack what it needs, and the only page here is our own. The rest keeps Chromium's own
# traffic out of the measurement.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]


@dataclass(frozen=True)
class Side:
    """One of the two dashboards: where it is served from, and how a visitor uses it."""

    folder: Path
    notebook: str
    picker: Callable[[Page], Locator]  # what is clicked to choose a file
    chosen: Callable[[Page, Callable[[], bool]], None]  # what is left to do once it is chosen; whether it has left
    answers: Callable[[Page], Locator]  # one element for each answer that shows


def _classify(page: Page, left: Callable[[], bool]) -> None:
    # The instant the browser has sent the file: no human could click so soon, and sooner the old one would be answered.
    waited = perf_counter()
    while not left():
        if perf_counter() - waited > PATIENCE / 1000:
            raise TimeoutError("the stock page did not send its picture")
        page.wait_for_timeout(5)
    page.get_by_role("button", name="Classify").click()


def stock(folder: Path) -> Side:
    return Side(
        folder,
        "stock.ipynb",
        lambda page: page.locator("button.widget-upload"),
        _classify,
        lambda page: page.locator(".widget-label", has_text="Prediction:"),
    )


def ours(folder: Path) -> Side:
    return Side(
        folder,
        "snowpeople_voila.ipynb",
        lambda page: page.locator("button.snow-drop"),
        lambda page, left: None,
        lambda page: page.locator("[data-state=done]"),
    )


def visit(side: Side, photo: Path, thumbnail: Path, preheated: bool) -> dict[str, float]:
    """One visit to a server and a browser started for it. Seconds, MB and a count, by measure."""
    with served(side, preheated) as (address, server), browsing() as browser:
        page = browser.new_page()
        load, sent = _watch(page)
        start = perf_counter()
        page.goto(address, wait_until="commit", timeout=PATIENCE)
        # A trial click waits until the element is visible, at rest, enabled, and not under Voila's curtain.
        side.picker(page).click(trial=True, timeout=PATIENCE)
        ready = perf_counter() - start
        _classified(page, side, photo, sent)
        answered = perf_counter() - start
        kernel = _kernels(server)[0]
        memory = kernel.memory_full_info()
        result = {
            "page": ready,
            "answered": answered,
            "memory": memory.uss / 1e6,
            "memory_rss": memory.rss / 1e6,
            "page_bytes": load["bytes"] / 1e6,
            "page_requests": load["requests"],
        }
        result["next_thumbnail"] = _classified(page, side, thumbnail, sent)
        result["next_photo"] = _classified(page, side, photo, sent)
        return result


def _classified(page: Page, side: Side, picture: Path, sent: list[float]) -> float:
    """Choose a picture; seconds until its label shows. `sent` gets the sizes of the messages to the kernel."""
    before = side.answers(page).all_inner_texts()
    with page.expect_file_chooser() as event:
        side.picker(page).click()
    chooser: FileChooser = event.value
    sent.clear()
    start = perf_counter()
    chooser.set_files(picture)
    side.chosen(page, lambda: any(size >= picture.stat().st_size for size in sent))
    while (now := side.answers(page).all_inner_texts()) == before or not any(now):
        if perf_counter() - start > PATIENCE / 1000:
            raise TimeoutError(f"no label for {picture.name} on {side.notebook}")
        page.wait_for_timeout(5)
    return perf_counter() - start


def _watch(page: Page) -> tuple[dict[str, float], list[float]]:
    """Count what comes over the network, the kernel's messages included, and list the sizes of messages to it.

    Both are filled as the page goes on.
    """
    load = {"bytes": 0.0, "requests": 0.0}
    sent: list[float] = []

    def add(key: str, amount: float) -> None:
        load[key] += amount

    def size(event: dict[str, Any]) -> float:
        payload = event["response"]["payloadData"]
        # binary frames are shown in base64
        return len(payload) * 3 / 4 if event["response"]["opcode"] == 2 else len(payload.encode())

    def request(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):  # not data: and blob:, which cross no wire
            add("requests", 1)

    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.requestWillBeSent", request)
    session.on("Network.loadingFinished", lambda event: add("bytes", event["encodedDataLength"]))
    session.on("Network.webSocketFrameReceived", lambda event: add("bytes", size(event)))
    session.on("Network.webSocketFrameSent", lambda event: sent.append(size(event)))
    return load, sent


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not path:
        raise SystemExit("The benchmark needs Chromium: apt-get install chromium, or CHROMIUM=/path/to/it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def served(side: Side, preheated: bool) -> Iterator[tuple[str, psutil.Process]]:
    """Voila with its default settings, those of the folder's voila.json aside, and a preheated kernel where asked."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "JUPYTER_PATH": str(side.folder / "share" / "jupyter")}  # of ours: the template
    command = [sys.executable, "-m", "voila", side.notebook, "--no-browser", f"--port={port}"]
    if preheated:
        command += ["--preheat_kernel=True", "--pool_size=1"]
    with tempfile.TemporaryFile() as log:
        process = psutil.Popen(command, cwd=side.folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(lambda: _listens(port), process)
            if preheated:
                _wait(lambda: bool(_kernels(process)), process)
                _wait(lambda: all(kernel.cpu_percent(interval=2) < 2 for kernel in _kernels(process)), process)
            yield f"http://localhost:{port}/", process
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace"))
            raise
        finally:
            family = [*process.children(recursive=True), process]
            process.terminate()
            psutil.wait_procs(family, timeout=10)
            for member in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    member.kill()


def _kernels(server: psutil.Process) -> list[psutil.Process]:
    """The kernels of a server, the oldest first."""
    found = [child for child in server.children(recursive=True) if "ipykernel_launcher" in " ".join(child.cmdline())]
    return sorted(found, key=lambda child: child.create_time())


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(condition: Callable[[], bool], server: psutil.Process) -> None:
    end = monotonic() + PATIENCE / 1000
    while not condition():
        if monotonic() > end or not server.is_running() or server.status() == psutil.STATUS_ZOMBIE:
            raise RuntimeError("Voila did not start; its log is above")
        sleep(0.05)
