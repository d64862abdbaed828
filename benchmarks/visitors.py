"""`python -m benchmarks.visitors`: many visitors at once, and one who stays long, in real Voila and a real browser."""

import argparse
import base64
import datetime
import tempfile
from pathlib import Path
from statistics import median, quantiles

import psutil
from playwright.sync_api import Page

from . import pages
from .__main__ import ROOT, our_folder, progress
from .about import machine, versions

VISITORS = 20
EVERY = 2  # seconds between the pictures of a visitor
SECONDS = 40
MANY = 500  # pictures of the one who stays

# Drops a picture every so often and notes the milliseconds until it is answered; those without an answer are infinite.
VISIT = """([data, every, count, apart]) => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const drop = (name) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type: "image/png" }));
    document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
  };
  const settled = (name, since) =>
    new Promise((resolve) => {
      const look = () => {
        const names = [...document.querySelectorAll(".snow-card")];
        const card = names.find((node) => node.querySelector(".snow-name")?.textContent === name);
        const gone = performance.now() - since > 60_000;
        if (card?.dataset.state === "done" || gone || card?.dataset.state === "failed") {
          resolve(card?.dataset.state === "done" ? performance.now() - since : Infinity);
        } else setTimeout(look, 10);
      };
      look();
    });
  window.visit = (async () => {
    await new Promise((resolve) => setTimeout(resolve, apart));
    const waits = [];
    for (let number = 0; number < count; number++) {
      const since = performance.now();
      drop(`${number}.png`);
      waits.push(await settled(`${number}.png`, since));
      const rest = 1000 * every - (performance.now() - since);
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    }
    return waits.map((wait) => (wait === Infinity ? -1 : wait));
  })();
}"""


def main() -> None:
    argparse.ArgumentParser(prog="python -m benchmarks.visitors", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        waits, before, after = measure(Path(folder))
    text = render(waits, before, after)
    (ROOT / "benchmarks" / "visitors.md").write_text(text, encoding="utf-8")
    print(text)


def measure(folder: Path) -> tuple[list[float], float, float]:
    """Milliseconds until each answer, -1 for none; a kernel's MB after its first pictures, and after MANY more."""
    side = pages.ours(our_folder(folder / "site", ROOT / "export.pkl"))
    picture = base64.b64encode(next((ROOT / "examples").glob("*.png")).read_bytes()).decode()
    with pages.served(side, preheated=False) as (address, server), pages.browsing() as browser:
        opened = [browser.new_context().new_page() for _ in range(VISITORS)]
        for number, page in enumerate(opened):
            progress(f"visitor {number + 1} of {VISITORS}")
            page.goto(address, timeout=pages.PATIENCE)
            _visit(page, picture, 0, 2)  # warm
        for number, page in enumerate(opened):
            _begin(page, picture, EVERY, SECONDS // EVERY, 1000 * EVERY * number // VISITORS)
        progress(f"{VISITORS} visitors, {SECONDS} s")
        waits = [wait for page in opened for wait in page.evaluate("visit")]
        for page in opened[1:]:
            page.context.close()
        page = opened[0]
        page.reload(timeout=pages.PATIENCE)
        _visit(page, picture, 0, 20)
        (kernel, *_) = sorted(pages._kernels(server), key=psutil.Process.create_time, reverse=True)
        before = kernel.memory_full_info().uss / 1e6
        progress(f"{MANY} pictures in one visit")
        _visit(page, picture, 0, MANY)
        return waits, before, kernel.memory_full_info().uss / 1e6


def _begin(page: Page, picture: str, every: float, count: int, apart: float) -> None:
    page.evaluate(VISIT, [picture, every, count, apart])


def _visit(page: Page, picture: str, every: float, count: int) -> list[float]:
    _begin(page, picture, every, count, 0)
    waits: list[float] = page.evaluate("visit")
    return waits


def render(waits: list[float], before: float, after: float) -> str:
    """The page of results."""
    answered = sorted(wait for wait in waits if wait >= 0)
    here, names = machine(), versions()
    return "\n".join(
        [
            "| | | goal |",
            "|---|--:|---|",
            f"| {VISITORS} visitors, each with a picture every {EVERY} s: median until the answer "
            f"| {median(answered):.0f} ms | under 1,000 ms |",
            f"| the slowest in a hundred | {quantiles(answered, n=100)[98]:.0f} ms | |",
            f"| answered, of {len(waits)} | {len(answered)} | all |",
            f"| a kernel after 20 pictures (USS) | {before:.0f} MB | under 140 MB |",
            f"| the same kernel after {MANY} more | {after:.0f} MB | no growth |",
            "",
            f"Drawn pictures of the examples; server, browser and {VISITORS} kernels share {here['cores']} cores of "
            f"{here['cpu']} with {here['memory_gb']} GB, {here['system']}, Python {names['python']}, "
            f"onnxruntime {names['onnxruntime']}, voila {names['voila']}, {datetime.date.today()}. "
            "Made by `python -m benchmarks.visitors`.",
            "",
        ]
    )


if __name__ == "__main__":
    main()
