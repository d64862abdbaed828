"""`python -m benchmarks.attention`: how long a map of where the classifier looked takes, and the smallest change.

Prints a table and writes it to attention.md.
"""

import argparse
import datetime
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from PIL import Image

from snowpeople import Classifier, Prediction, archive, drawing
from snowpeople.attention import attention
from snowpeople.flip import smallest_change

from .about import machine, versions

EXPORT = Path(__file__).parent.parent / "export.pkl"
RESULTS = Path(__file__).with_suffix(".md")
SIDE = 640  # pixels


class Timed(Classifier):
    """Counts the pictures that it is asked, and the seconds it takes to answer."""

    pictures, seconds = 0, 0.0

    def predict(self, prepared: Sequence[Image.Image], batch_size: int = 32) -> list[Prediction]:
        start = time.perf_counter()
        predictions = super().predict(prepared, batch_size)
        self.seconds += time.perf_counter() - start
        self.pictures += len(prepared)
        return predictions


class Run(NamedTuple):
    """Seconds by the clock and of the processor; the share of forward passes, and how many there were."""

    clock: float
    processor: float
    forward: float
    passes: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attention", description=__doc__)
    parser.add_argument("--pictures", type=int, default=10, help="drawn of each label (default: 10)")
    parser.add_argument("--no-write", action="store_true", help="print the table only")
    options = parser.parse_args()
    classifier = Timed(*archive.read(EXPORT))
    attention(classifier, drawing.draw(drawing.LABELS[0], 0, SIDE))  # what is slow once only
    runs: dict[str, list[Run]] = {}
    for label in drawing.LABELS:
        for seed in range(options.pictures):
            for name, work in tasks(classifier, drawing.draw(label, seed, SIDE)).items():
                runs.setdefault(name, []).append(timed(classifier, work))
    text = render(runs)
    print(text)
    if not options.no_write:
        RESULTS.write_text(text + "\n", encoding="utf-8")


def tasks(classifier: Classifier, picture: Image.Image) -> dict[str, Callable[[], object]]:
    looked = attention(classifier, picture)
    return {
        "an answer": partial(classifier.classify, picture),
        "a map of where it looked": partial(attention, classifier, picture),
        "the smallest change, the map at hand": partial(smallest_change, classifier, picture, looked),
        "the smallest change": partial(smallest_change, classifier, picture),
    }


def timed(classifier: Timed, work: Callable[[], object]) -> Run:
    classifier.pictures, classifier.seconds = 0, 0.0
    processor, start = time.process_time(), time.perf_counter()
    work()
    clock = time.perf_counter() - start
    return Run(clock, time.process_time() - processor, classifier.seconds / clock, classifier.pictures)


def render(runs: dict[str, list[Run]]) -> str:
    here, used = machine(), versions()
    count = len(next(iter(runs.values())))
    return "\n".join(
        [
            "| | time | the slowest | processor time | forward passes | their share of the time |",
            "|---|--:|--:|--:|--:|--:|",
            *(row(name, some) for name, some in runs.items()),
            "",
            f"Medians over {count} drawn pictures of {SIDE} × {SIDE} pixels, with the shipped export. On "
            f"{here['cores']} cores of {here['cpu']} with {here['memory_gb']} GB, {here['system']}, "
            f"Python {used['python']}, onnxruntime {used['onnxruntime']}, {datetime.date.today()}. "
            "Made by `python -m benchmarks.attention`.",
        ]
    )


def row(name: str, runs: Sequence[Run]) -> str:
    clock, processor, forward, passes = (median(values) for values in zip(*runs, strict=True))
    slowest = max(run.clock for run in runs)
    return f"| {name} | {clock:.3f} s | {slowest:.3f} s | {processor:.3f} s | {passes:.0f} | {forward:.0%} |"


if __name__ == "__main__":
    main()
