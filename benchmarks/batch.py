"""`python -m benchmarks.batch`: pictures a second of a batch job, beside what decoding and the model alone allow.

Prints a table and writes it to batch.md.
"""

import argparse
import datetime
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from snowpeople import archive
from snowpeople.batch import Tally, batch
from snowpeople.classifier import Classifier

from .about import busy, machine, versions
from .service import SIDE, jpegs

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).with_suffix(".md")
BATCH = 16


@dataclass
class Runs:
    rates: list[float] = field(default_factory=list)  # pictures a second
    work: list[float] = field(default_factory=list)  # seconds of processors, for a picture


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="how often each is measured (default: 5)")
    parser.add_argument("--pictures", type=int, default=2000, help="how many each time (default: 2000)")
    parser.add_argument("--export", type=Path, default=ROOT / "export.pkl", help="default: the shipped one")
    parser.add_argument("--no-write", action="store_true", help="print the table only")
    options = parser.parse_args()
    others = busy()
    runs = {name: Runs() for name in ("bare", "two", "one")}
    with tempfile.TemporaryDirectory() as room:
        source, pictures = Path(room, "source"), jpegs()
        fill(source, pictures, options.pictures)
        for turn in range(options.repeats):
            # Close together, so that whatever else the machine does meets all of them.
            print(f"{turn + 1} of {options.repeats}", file=sys.stderr, flush=True)
            bare(options.export, pictures, options.pictures // 2, runs["bare"])
            job(source, Path(room, "dest"), options.export, 2, runs["two"])
            job(source, Path(room, "dest"), options.export, 1, runs["one"])
    text = render(runs, options.repeats, options.pictures, others)
    print(text)
    if not options.no_write:
        RESULTS.write_text(text + "\n", encoding="utf-8")


def fill(folder: Path, pictures: list[bytes], number: int) -> None:
    folder.mkdir()
    for place in range(number):
        path = folder / f"{place:06}.jpg"
        if place < len(pictures):
            path.write_bytes(pictures[place])
        else:
            os.link(folder / f"{place % len(pictures):06}.jpg", path)


def job(source: Path, dest: Path, export: Path, workers: int, runs: Runs) -> None:
    """A whole job, from when its workers are ready to when its last part is written."""
    used: list[float] = []
    processes: list[psutil.Process] = []

    def show(tally: Tally) -> None:
        if not processes:  # a search through all that the machine runs
            processes.extend([psutil.Process(), *psutil.Process().children()])
        used.append(sum(_used(each) for each in processes))

    tally = batch(str(source), str(dest), export, workers=workers, show=show)
    assert tally.complete
    runs.rates.append(tally.rate)
    runs.work.append((used[-1] - used[0]) / tally.answered)
    shutil.rmtree(dest)


def bare(export: Path, pictures: list[bytes], number: int, runs: Runs) -> None:
    """Two processes, in each a loop that decodes and runs the model: nothing is listed, read, sent or written."""
    context = multiprocessing.get_context("spawn")
    ready, results = context.Barrier(2), context.Queue()
    both = [context.Process(target=loop, args=(export, pictures, number, ready, results)) for _ in range(2)]
    for each in both:
        each.start()
    times, work = zip(*[results.get() for _ in both], strict=True)
    for each in both:
        each.join()
    runs.rates.append(2 * number / max(times))
    runs.work.append(sum(work) / (2 * number))


def loop(export: Path, pictures: list[bytes], number: int, ready: Any, results: Any) -> None:
    model = Classifier(*archive.read(export), threads=1)
    model.predict([model.fit(model.read(data)) for data in pictures])
    ready.wait()
    start, before = time.perf_counter(), time.process_time()
    for first in range(0, number, BATCH):
        some = [pictures[place % len(pictures)] for place in range(first, min(number, first + BATCH))]
        model._run([model.fit(model.read(data)) for data in some])
    results.put((time.perf_counter() - start, time.process_time() - before))


def render(runs: dict[str, Runs], repeats: int, number: int, others: float) -> str:
    here, names = machine(), versions()
    share = median(two / limit for two, limit in zip(runs["two"].rates, runs["bare"].rates, strict=True))
    scale = median(two / one for two, one in zip(runs["two"].rates, runs["one"].rates, strict=True))
    work = median(runs["bare"].work) / median(runs["two"].work)

    def reached(yes: bool) -> str:
        return "not judged: the machine was busy" if others > 0.2 else "reached" if yes else "not reached"

    lines = [
        "| | pictures a second | processor time a picture |",
        "|---|--:|--:|",
        row("decoding and the model alone, two processes", runs["bare"]),
        row("`snowpeople batch --workers 2`", runs["two"]),
        row("`snowpeople batch --workers 1`", runs["one"]),
        "",
        f"- {share:.0%} of what decoding and the model alone allow (goal: 90 %, {reached(share >= 0.9)}); by processor "
        f"time {work:.0%}",
        f"- {scale:.2f} times from one worker to two (goal: 1.8 times, {reached(scale >= 1.8)})",
        "",
        f"{number:,} drawn JPEGs of {SIDE} × {SIDE} pixels in a folder, from when the workers are ready to when the "
        f"last part is written. Medians of {repeats} turns, for the shares of the ratios in each. On {here['cores']} "
        f"cores of {here['cpu']} with {here['memory_gb']} GB, {here['system']}, {datetime.date.today()}; other "
        f"programs kept {others:.1f} of them busy at the start. onnxruntime {names['onnxruntime']}, pillow "
        f"{names['pillow']}. Made by `python -m benchmarks.batch`.",
    ]
    return "\n".join(lines)


def row(name: str, runs: Runs) -> str:
    return f"| {name} | {median(runs.rates):.0f} | {1000 * median(runs.work):.2f} ms |"


def _used(process: psutil.Process) -> float:
    try:
        spent = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(spent.user + spent.system)


if __name__ == "__main__":
    main()
