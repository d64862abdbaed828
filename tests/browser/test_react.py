"""The example for React in the docs: built with npm, and opened with a real service behind it."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from servers import Handler, Server, served
from services import running

from .conftest import open_page
from .dashboard_page import DashboardPage, example, file

EXAMPLE = Path(__file__).parents[2] / "docs" / "website" / "react"
KINDS = {".html": "text/html; charset=utf-8", ".js": "text/javascript"}


@pytest.fixture(scope="module")
def npm() -> str:
    path = shutil.which("npm")
    if path is None:
        reason = "npm is not to be found: install Node.js 18 or later, with npm"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture
def site() -> Iterator[Server]:
    with served(Server()) as site:
        yield site


def test_the_lock_names_no_host_and_every_package_has_a_digest() -> None:
    packages = json.loads((EXAMPLE / "package-lock.json").read_text())["packages"]
    asked = json.loads((EXAMPLE / "package.json").read_text())
    for name, version in {**asked["dependencies"], **asked["devDependencies"]}.items():
        assert packages[f"node_modules/{name}"]["version"] == version, "pinned"
    locked = [package for path, package in packages.items() if path]
    assert all(package["integrity"].startswith("sha512-") for package in locked)
    assert not any("resolved" in package for package in locked)


def test_the_example_builds_and_shows_an_answer(
    npm: str, browser: Browser, site: Server, tiny_export: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "react"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
    with running(tiny_export, "--cors", site.url) as service:
        environment = {**os.environ, "VITE_SERVICE": service.url}
        for command in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            done = subprocess.run(
                [npm, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
        built = folder / "dist"

        def answer_with(path: Path) -> None:
            def answer(handler: Handler) -> None:
                handler.answer(path.read_bytes(), content_type=KINDS[path.suffix])

            site.answers["/" if path.name == "index.html" else f"/{path.relative_to(built)}"] = answer

        for path in built.rglob("*.*"):
            answer_with(path)
        site.answers["/favicon.ico"] = lambda handler: handler.answer(status=404)
        page = open_page(browser, locale="en-GB")
        dashboard = DashboardPage(page)
        page.goto(f"{site.url}/")
        expect(page.get_by_role("heading", name="Tiny")).to_be_visible()
        dashboard.choose(file("olaf.png", example("olaf").read_bytes(), "image/png"))
        dashboard.expect_answer("olaf.png")
        expect(page.locator("#root > main > ul > li")).to_have_text([re.compile(r"^olaf\.png: \w+, \d+ %$")])
        assert [each for each in dashboard.complaints if "favicon" not in each] == []
        page.context.close()

