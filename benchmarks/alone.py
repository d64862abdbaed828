"""`python -m benchmarks.alone`: a page that is left alone for an hour, and then given a picture.

Real Voila, a real browser, nothing made faster. Prints what it found and writes it to alone.md.
"""

import argparse
import base64
import datetime
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from . import pages
from .__main__ import our_folder, progress
from .about import machine, versions
from .service import ROOT
from .visitors import _visit

RESULTS = Path(__file__).with_suffix(".md")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alone", description=__doc__)
    parser.add_argument("--minutes", type=int, default=60, help="how long (default: 60)")
    minutes = parser.parse_args().minutes
    picture = base64.b64encode(next((ROOT / "examples").glob("*.png")).read_bytes()).decode()
    with tempfile.TemporaryDirectory() as folder:
        side = pages.ours(our_folder(Path(folder, "site"), ROOT / "export.pkl"))
        with pages.served(side, preheated=False) as (address, server), pages.browsing() as browser:
            page = browser.new_page()
            page.goto(address, timeout=pages.PATIENCE)
            _visit(page, picture, 0, 2)
            (kernel,) = pages._kernels(server)
            before = heap(page), kernel.memory_full_info().uss / 1e6
            for gone in range(minutes):
                progress(f"{gone} of {minutes} minutes")
                page.wait_for_timeout(60_000)
            lost = page.locator(".page-lost").is_visible()
            wait = _visit(page, picture, 0, 3)[-1]  # the first two are there already, by their names
            after = heap(page), kernel.memory_full_info().uss / 1e6
    here, names = machine(), versions()
    text = "\n".join(
        [
            f"| after {minutes} minutes alone | |",
            "|---|--:|",
            f"| the page says that the connection is lost | {'yes' if lost else 'no'} |",
            f"| a picture is answered after | {f'{wait:.0f} ms' if wait >= 0 else 'never'} |",
            f"| memory of the page's script | {before[0]:.1f} MB, then {after[0]:.1f} MB |",
            f"| memory of the kernel (USS) | {before[1]:.0f} MB, then {after[1]:.0f} MB |",
            "",
            f"{here['cpu']}, {here['system']}, voila {names['voila']}, {datetime.date.today()}. "
            "Made by `python -m benchmarks.alone`.",
        ]
    )
    print(text)
    RESULTS.write_text(text + "\n", encoding="utf-8")


def heap(page: Page) -> float:
    """MB of the page's script that are in use."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.collectGarbage")
    used: float = devtools.send("Runtime.getHeapUsage")["usedSize"]
    return used / 1e6


if __name__ == "__main__":
    main()
