"""`python -m benchmarks.site PICTURES`: the static site's answers beside Python's, its size and its speed.

PICTURES is a folder that is looked through to its bottom. Without one, pictures are drawn.
"""

import argparse
import csv
import datetime
import io
import random
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Page

from snowpeople import Classifier, drawing, site
from snowpeople.picture import signatures

from . import pages
from .__main__ import ROOT
from .about import machine, versions

AT_ONCE = 200  # pictures that the page takes in one go
DOCS = ROOT / "docs" / "site.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
ANSWERED = """(number) =>
  document.querySelectorAll(".snow-strip :is([data-state=done], [data-state=failed])").length === number"""
PARTS = {
    "page: HTML, script, style": ("index.html", "page.", "worker."),
    "onnxruntime-web": ("runtime.", "LICENSE"),
    "classifier": ("model.",),
    "examples": ("example-",),
}


@dataclass(frozen=True)
class Compared:
    """A picture, its labels in Python and in the page, and how far the probability that differs most does."""

    path: Path
    ours: str
    theirs: str
    difference: float


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A static host like any other."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def answers(page: Page, paths: Sequence[Path]) -> tuple[list[dict[str, str]], float]:
    """The rows of the page's own table for pictures, of which it has none yet, and the seconds that they took."""
    start = perf_counter()
    page.locator("input[type=file]").set_input_files(paths)
    page.wait_for_function(ANSWERED, arg=len(paths), timeout=600_000)
    took = perf_counter() - start
    with page.expect_download() as download:
        page.get_by_role("button", name="Download answers (CSV)").click()
    return list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig")))), took


def compare(classifier: Classifier, paths: Sequence[Path], rows: Sequence[dict[str, str]]) -> list[Compared]:
    """Python's answers beside those of the page."""
    compared = []
    for path, row in zip(paths, rows, strict=True):
        ours = classifier.classify(path)
        theirs = {label: float(row[f"Probability of {label}"]) for label in classifier.labels}
        difference = max(abs(theirs[label] - ours.probabilities[label]) for label in theirs)
        compared.append(Compared(path, ours.label, row["Answer"], difference))
    return compared


def found(folder: Path | None, most: int, drawn: Path) -> list[Path]:
    """At most so many pictures of a folder, the same ones each time."""
    if folder is None:
        drawing.write_dataset(drawn, 60, 0, 320)
        folder = drawn
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and _is_picture(path)]
    return sorted(random.Random(0).sample(paths, min(most, len(paths))))


def _is_picture(path: Path) -> bool:
    with path.open("rb") as file:
        return signatures.picture_kind(file.read(signatures.HEAD)) is not None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.site", description=__doc__)
    parser.add_argument("pictures", nargs="?", type=Path, metavar="PICTURES")
    parser.add_argument("--most", type=int, default=200, help="pictures (default: 200)")
    parser.add_argument("--export", type=Path, default=ROOT / "export.pkl", help="default: the shipped one")
    parser.add_argument("--write", action="store_true", help=f"write the tables into {DOCS.relative_to(ROOT)}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = measure(Path(folder), options.export, options.pictures, options.most)
    if options.write:
        before, rest = DOCS.read_text(encoding="utf-8").split(BEGIN)
        DOCS.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    print(text)


def measure(folder: Path, export: Path, pictures: Path | None, most: int) -> str:
    """Write a site, visit it twice, and say what was seen."""
    written = site.write(folder / "site", export, ROOT / "examples")
    paths = found(pictures, most, folder / "drawn")
    classifier = Classifier.load(export)
    compared: list[Compared] = []
    with served(folder / "site") as address, pages.browsing() as browser:
        page = browser.new_page()
        first, again = _ready(page, address), _ready(page, address)
        seconds = 0.0
        for start in range(0, len(paths), AT_ONCE):
            _ready(page, address)
            some = paths[start : start + AT_ONCE]
            rows, took = answers(page, some)
            compared += compare(classifier, some, rows)
            seconds += took
    return render(written.sizes, compared, first, again, seconds / len(paths))


def _ready(page: Page, address: str) -> float:
    """Open the page; seconds until the classifier in it can answer."""
    start = perf_counter()
    page.goto(address)
    page.locator(".snow-loading").wait_for(state="hidden")
    return perf_counter() - start


def _tiny(difference: float) -> str:
    return "below 0.0001" if difference < 0.0001 else f"{difference:.4f}"  # the page's table has four digits


def render(sizes: dict[str, int], compared: list[Compared], first: float, again: float, each: float) -> str:
    """The tables."""
    lines = ["| what a visitor's browser fetches, once | MB |", "|---|--:|"]
    for part, starts in PARTS.items():
        lines.append(f"| {part} | {sum(size for name, size in sizes.items() if name.startswith(starts)) / 1e6:.2f} |")
    lines += [f"| **all** (goal: under 15) | **{sum(sizes.values()) / 1e6:.2f}** |", ""]
    differing = [each for each in compared if each.ours != each.theirs]
    differences = sorted(each.difference for each in compared)
    lines += [
        "| the same pictures, in the page and in Python | |",
        "|---|--:|",
        f"| pictures | {len(compared)} |",
        f"| other labels | {len(differing)} |",
        f"| largest difference of a probability (goal: 0.01) | {_tiny(differences[-1])} |",
        f"| its median | {_tiny(differences[len(differences) // 2])} |",
        "",
        "| on this machine | seconds |",
        "|---|--:|",
        f"| from the address to a classifier that is ready, the first time | {first:.1f} |",
        f"| the same, with the files in the browser's cache | {again:.1f} |",
        f"| a picture, of many | {each:.3f} |",
        "",
    ]
    about, used = machine(), versions()
    lines.append(
        f"{about['cores']} cores of {about['cpu']}; onnxruntime {used['onnxruntime']}, pillow {used['pillow']}, "
        f"{datetime.date.today().isoformat()}. Made by `python -m benchmarks.site PICTURES --write`."
    )
    for each_one in differing:
        print(f"{each_one.path}: {each_one.ours} in Python, {each_one.theirs} in the page")
    for each_one in sorted(compared, key=lambda each: -each.difference)[:5]:
        print(f"{each_one.path}: differs by {each_one.difference:.4f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
