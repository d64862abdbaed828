"""A real browser against real servers: Voila alone, and Voila in Jupyter Server as Binder runs it."""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect, sync_playwright

from .dashboard_page import DashboardPage, is_local

ROOT = Path(__file__).parents[2]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
HOW_TO_GET_ONE = (
    "No browser to test with. Run `python -m playwright install chromium`, or install Chromium or Chrome "
    "so that it is on the PATH, or name one: CHROMIUM=/path/to/chromium"
)

expect.set_options(timeout=60_000)  # a busy machine may be slow; a good answer is not waited for any longer


# The sandbox needs rights that containers do not give; all that is opened here is our own page.
ARGUMENTS = ["--no-sandbox", "--disable-gpu"]


def executable() -> str | None:
    """The browser to test with; None for playwright's own."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = executable()
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error as error:
            if path is None and os.environ.get("CI") != "true":
                pytest.skip(HOW_TO_GET_ONE)
            pytest.fail(HOW_TO_GET_ONE if path is None else f"{path} does not start: {error}")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a checkout gives the servers, and a folder beside it whose export is missing."""
    site = tmp_path_factory.mktemp("site")
    for folder in (site, site / "missing"):
        folder.mkdir(exist_ok=True)
        shutil.copy(ROOT / "snowpeople_voila.ipynb", folder)
    for name in ("voila.json", "export.pkl"):
        shutil.copy(ROOT / name, site)
    for name in (".jupyter", "examples"):
        shutil.copytree(ROOT / name, site / name)
    for name in ("snowpeople", "share"):
        (site / name).symlink_to(ROOT / name)
    return site


@pytest.fixture(scope="session")
def start(site: Path) -> Iterator[Callable[[str], str]]:
    """Start a server when first asked for, and give the address of the dashboard in it."""
    with ExitStack() as servers:
        yield cache(lambda kind: servers.enter_context(serve(kind, site)))


@pytest.fixture(scope="session", params=["standalone", "extension"])
def address(request: pytest.FixtureRequest, start: Callable[[str], str]) -> str:
    return start(request.param)


@pytest.fixture(scope="session")
def extension(start: Callable[[str], str]) -> str:
    return start("extension")


# module, its arguments, path of the dashboard, path that answers once the server is up
SERVERS = {
    "standalone": (
        "voila",
        ["snowpeople_voila.ipynb", "--Voila.port_retries=0", "--preheat_kernel=True", "--pool_size=1"],
        "",
        "voila/static/voila.js",
    ),
    "extension": (
        "jupyter_server",
        ["--ServerApp.port_retries=0", "--IdentityProvider.token=", "--allow-root"],
        "voila/render/snowpeople_voila.ipynb",
        "api",
    ),
    "lab": (
        "jupyterlab",
        ["--ServerApp.port_retries=0", "--IdentityProvider.token=", "--allow-root"],
        "lab/tree/snowpeople_voila.ipynb",
        "api",
    ),
}


def environment_of(site: Path) -> dict[str, str]:
    """As on Binder, the checkout is the home directory. Nothing of the user's own is read or written."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("JUPYTER")}
    return kept | {"HOME": str(site), "JUPYTER_DATA_DIR": str(site / ".data"), "IPYTHONDIR": str(site / ".ipython")}


def build_as_binder_does(site: Path, environment: dict[str, str]) -> str:
    """An environment with the packages, without the project, and with what postBuild adds. Gives its Python."""
    prefix = site / ".environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(prefix)}))
    (own / "packages.pth").write_text(sysconfig.get_path("purelib"))
    environment["JUPYTER_PATH"] = str(Path(sys.prefix, "share", "jupyter"))
    environment["PATH"] = os.pathsep.join([str(prefix / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment.pop("PYTHONPATH", None)
    subprocess.run([ROOT / "binder" / "postBuild"], cwd=site, env=environment, check=True)
    return str(prefix / "bin" / "python")


@contextmanager
def serve(kind: str, site: Path) -> Iterator[str]:
    module, options, page, ready = SERVERS[kind]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = environment_of(site)
    if kind == "extension":
        python = build_as_binder_does(site, environment)
    else:
        python = sys.executable
        environment["JUPYTER_PATH"] = str(ROOT / "share" / "jupyter")  # of this checkout, whatever is installed
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    command = [python, "-m", module, *options, "--no-browser", f"--port={port}"]
    log = site / f"{kind}.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=site, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/{ready}", server, log)
        yield f"http://127.0.0.1:{port}/{page}"
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None:
                break
            time.sleep(0.1)
    pytest.fail(f"The server did not start:\n{log.read_text(errors='replace')}")


def open_page(browser: Browser, **options: object) -> Page:
    """A page in a visit of its own, with nothing outside this machine in reach."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(60_000)

    def local_only(route: Route) -> None:
        if is_local(route.request.url):
            route.fallback()
        else:
            route.abort()

    context.route("**/*", local_only)
    return context.new_page()


@pytest.fixture(scope="session")
def opened(browser: Browser, address: str) -> Iterator[DashboardPage]:
    """One visit that the tests of a server share: each file that they drop has a name of its own."""
    page = open_page(browser, viewport={"width": 1280, "height": 900})
    dashboard = DashboardPage(page)
    dashboard.open(address)
    yield dashboard
    page.context.close()


@pytest.fixture
def dashboard(opened: DashboardPage) -> Iterator[DashboardPage]:
    """The dashboard, with no complaint in the browser's console, before or after the test."""
    yield opened
    assert opened.complaints == []
