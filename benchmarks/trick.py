"""`python -m benchmarks.trick`: how often an answer follows a slider, in real Voila and a real browser."""

import argparse
import contextlib
import datetime
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil
from playwright.sync_api import Page

from . import pages, pictures
from .__main__ import ROOT, our_folder, progress
from .about import machine, versions

SECONDS = 5
GOAL = 10  # answers a second

# Moves a slider with every frame, as a finger does, and counts how often the answer is drawn anew meanwhile.
MOVE = """async ([name, seconds]) => {
  const dialog = document.querySelector("dialog[open]");
  const sliders = [...dialog.querySelectorAll("input[type=range]")];
  const slider = sliders.find(({ labels }) => labels[0].textContent.startsWith(name));
  const number = dialog.querySelector(".snow-number");
  let answers = 0;
  const observer = new MutationObserver(() => answers++);
  observer.observe(number, { childList: true });
  const begin = performance.now();
  let frames = 0;
  while (performance.now() - begin < 1000 * seconds) {
    const now = await new Promise(requestAnimationFrame);
    frames++;
    const { min, max } = slider;
    slider.value = Number(min) + (max - min) * (0.5 - 0.5 * Math.cos(now / 700));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }
  observer.disconnect();
  return [answers / seconds, frames / seconds];
}"""
Rates = dict[str, list[tuple[float, float, float]]]
Waits = dict[str, list[float]]
SLIDERS = ("Turn it", "Blur it", "Add speckles")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trick", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="how often each is measured (default: 5)")
    parser.add_argument("--no-write", action="store_true", help="print the table only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = render(*measure(Path(folder), options.repeats), options.repeats)
    if not options.no_write:
        (ROOT / "benchmarks" / "trick.md").write_text(text, encoding="utf-8")
    print(text)


def measure(folder: Path, repeats: int) -> tuple[Rates, Waits]:
    """Answers and frames a second for each slider, and seconds that the long questions take."""
    photo = pictures.photo(folder)
    side = pages.ours(our_folder(folder / "ours", ROOT / "export.pkl"))
    found = ".snow-trick-right:not(:has([aria-disabled])) > .snow-trick-found:not(:empty)"
    rates: Rates = {name: [] for name in SLIDERS}
    look, trick, flip = "Where did I look?", "Trick me", "Show me the smallest trick"
    waits: Waits = {look: [], trick: [], flip: []}
    with pages.served(side, preheated=True) as (address, _), pages.browsing() as browser:
        page = browser.new_page()
        page.goto(address, timeout=pages.PATIENCE)
        side.picker(page).click(trial=True, timeout=pages.PATIENCE)
        page.locator("input[type=file]").set_input_files(photo)
        card = page.locator(".snow-card[data-state=done]")
        card.wait_for()
        for turn in range(repeats):
            progress(f"{turn + 1} of {repeats}")
            button = card.get_by_role("button", name=look)
            waits[look].append(_seconds(page, button.click, ".snow-legend"))
            button.click()
            waits[trick].append(_seconds(page, card.get_by_role("button", name=trick).click, "dialog .snow-bar"))
            for name in SLIDERS:
                before = _worked()
                answers, frames = page.evaluate(MOVE, [name, SECONDS])
                rates[name].append((answers, frames, (_worked() - before) / (SECONDS * frames)))
            page.get_by_role("button", name="Undo all changes").click()
            waits[flip].append(_seconds(page, page.get_by_role("button", name=flip).click, found))
            page.keyboard.press("Escape")
    return rates, waits


def _worked() -> float:
    """Seconds that processors have worked for the server, its kernel and the browser."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _seconds(page: Page, act: Callable[[], None], shows: str) -> float:
    start = perf_counter()
    act()
    page.locator(shows).first.wait_for()
    return perf_counter() - start


def render(rates: Rates, waits: Waits, repeats: int) -> str:
    lines = [
        "| while a slider moves | answers a second | goal | frames a second | processor, a frame |",
        "|---|--:|---|--:|--:|",
    ]
    for name, runs in rates.items():
        answers, frames, worked = (median(values) for values in zip(*runs, strict=True))
        # Where other programs have their share, too few answers say nothing of ours.
        missed = "not reached" if os.getloadavg()[0] <= 2 * (os.cpu_count() or 1) else "undecided on so busy a machine"
        reached = "reached" if answers >= GOAL else missed
        lines.append(f"| {name} | {answers:.1f} | {GOAL}, {reached} | {frames:.0f} | {1000 * worked:.0f} ms |")
    lines += ["", "| a question | seconds until it is answered |", "|---|--:|"]
    lines += [f"| {name} | {median(runs):.2f} |" for name, runs in waits.items()]
    known, used = machine(), versions()
    lines += [
        "",
        f"Medians of {repeats}, a slider moved for {SECONDS} s each time; the picture is a 12-megapixel JPEG. Server "
        f"and browser share {known['cores']} cores of {known['cpu']}; Python {used['python']}, voila {used['voila']}, "
        f"onnxruntime {used['onnxruntime']}, {datetime.date.today()}; load average {os.getloadavg()[0]:.0f}: "
        "above the number of cores, other programs had their share. *Processor*: what server and browser worked, which "
        "they disturb less. "
        "Made by `python -m benchmarks.trick`.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
