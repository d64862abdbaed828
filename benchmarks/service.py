"""`python -m benchmarks.service`: pictures a second over HTTP, ours beside the usual way and beside what is possible.

Prints a table and writes it to service.md.
"""

import argparse
import datetime
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path
from queue import SimpleQueue
from statistics import median, quantiles
from typing import Any

import psutil

from snowpeople import drawing

from .about import busy, machine, versions
from .clients import flood

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).with_suffix(".md")
CLIENTS, SIDE, BATCH = 32, 640, 16
# Beside ours, the two others: what it is to be measured against, and the limit.
SIDES = {
    "usual": "FastAPI with `learn.predict`",
    "ours": "`snowpeople serve`",
    "bare": "no HTTP: decoding, bare batches",
}


@dataclass
class Runs:
    rates: list[float] = field(default_factory=list)  # answers a second
    times: list[float] = field(default_factory=list)  # seconds of an answer
    work: list[float] = field(default_factory=list)  # seconds of processors, for an answer
    half: list[float] = field(default_factory=list)  # seconds of an answer, with half as many asked for
    ready: list[float] = field(default_factory=list)  # seconds from the start of the process to its readiness


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="how often each is measured (default: 3)")
    parser.add_argument("--seconds", type=float, default=4, help="how long each time (default: 4)")
    parser.add_argument("--export", type=Path, default=ROOT / "export.pkl", help="default: the shipped one")
    parser.add_argument("--no-write", action="store_true", help="print the table only")
    options = parser.parse_args()
    pictures, export = jpegs(), options.export
    others = busy()
    runs = {name: Runs() for name in SIDES}
    with (
        started("usual", export, runs["usual"]) as usual,
        started("ours", export, runs["ours"]) as ours,
    ):
        for turn in range(options.repeats):
            # Close together, so that whatever else the machine does meets all of them.
            print(f"{turn + 1} of {options.repeats}", file=sys.stderr, flush=True)
            bare(export, pictures, options.seconds, runs["bare"])
            served(ours, pictures, options.seconds, runs["ours"])
            served(usual, pictures, options.seconds, runs["usual"])
        rate = median(runs["ours"].rates) / 2
        runs["ours"].half = flood(ours.url, pictures, CLIENTS, 5 * options.seconds, rate)[1]
    for _ in range(options.repeats - 1):
        with started("ours", export, runs["ours"]):
            pass
    text = render(runs, options.repeats, options.seconds, others)
    print(text)
    if not options.no_write:
        RESULTS.write_text(text + "\n", encoding="utf-8")


def jpegs() -> list[bytes]:
    pictures = []
    for seed in range(8):
        for label in drawing.LABELS:
            file = BytesIO()
            drawing.draw(label, seed, SIDE).save(file, "JPEG", quality=88)
            pictures.append(file.getvalue())
    return pictures


@dataclass
class Service:
    process: "subprocess.Popen[bytes]"
    url: str


@contextmanager
def started(name: str, export: Path, runs: Runs) -> Iterator[Service]:
    """A service that is ready, in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    module = ["snowpeople", "serve", str(export), "--port"] if name == "ours" else ["benchmarks.usual", str(export)]
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", *module, str(port)], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        while not answers(f"http://127.0.0.1:{port}/readyz"):
            if process.poll() is not None or time.perf_counter() > start + 120:
                raise SystemExit(f"{SIDES[name]} does not start")
            time.sleep(0.01)
        runs.ready.append(time.perf_counter() - start)
        yield Service(process, f"http://127.0.0.1:{port}/predict")
    finally:
        process.terminate()
        process.wait(60)


def served(service: Service, pictures: list[bytes], seconds: float, runs: Runs) -> None:
    if not runs.rates:
        flood(service.url, pictures, 1, 1)  # the first answers take longer
    before = used(service.process.pid)
    rate, times = flood(service.url, pictures, CLIENTS, seconds)
    runs.work.append((used(service.process.pid) - before) / len(times))
    runs.rates.append(rate)
    runs.times += times


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def used(pid: int) -> float:
    spent = psutil.Process(pid).cpu_times()
    return float(spent.user + spent.system)


def bare(export: Path, pictures: list[bytes], seconds: float, runs: Runs) -> None:
    """Two threads decode, a third runs the session on full batches: nothing else is done."""
    from snowpeople.service.model import Model

    model = Model.load(export)
    assert isinstance(model, Model)
    ready: SimpleQueue[Any] = SimpleQueue()
    count = 0

    def decode(data: bytes) -> None:
        ready.put(model.fit(model.read(data)))

    with ThreadPoolExecutor(2) as pool:
        sources = cycle(pictures)
        for data in islice(sources, 3 * BATCH):
            pool.submit(decode, data)
        start, before = time.perf_counter(), time.process_time()
        while time.perf_counter() < start + seconds:
            batch = [ready.get() for _ in range(BATCH)]
            for data in islice(sources, BATCH):
                pool.submit(decode, data)
            model._run(batch)
            count += BATCH
        runs.rates.append(count / (time.perf_counter() - start))
        runs.work.append((time.process_time() - before) / count)
        pool.shutdown(cancel_futures=True)


def render(runs: dict[str, Runs], repeats: int, seconds: float, others: float) -> str:
    rates = {name: median(found.rates) for name, found in runs.items()}
    work = {name: median(found.work) for name, found in runs.items()}
    times, share = rates["ours"] / rates["usual"], rates["ours"] / rates["bare"]
    start, half = median(runs["ours"].ready), quantiles(runs["ours"].half, n=100)
    here, names = machine(), versions()

    def reached(yes: bool) -> str:
        return "not judged: the machine was busy" if others > 0.2 else "reached" if yes else "not reached"

    lines = [
        "| | answers a second | p50 | p99 | processor time an answer | seconds until ready |",
        "|---|--:|--:|--:|--:|--:|",
        *(row(SIDES[name], found) for name, found in runs.items()),
        "",
        f"- {times:.1f} times the usual way (goal: 10 times, {reached(times >= 10)})",
        f"- {share:.0%} of what decoding and the model alone allow (goal: 70 %, {reached(share >= 0.7)}); by processor "
        f"time {work['bare'] / work['ours']:.0%}",
        f"- at half that load, p50 {1000 * half[49]:.0f} ms and p99 {1000 * half[98]:.0f} ms: "
        f"{half[98] / half[49]:.1f} times (goal: 4 times, {reached(half[98] < 4 * half[49])})",
        f"- ready after {start:.2f} s (goal: 1.5 s, {reached(start < 1.5)})",
        "",
        f"{CLIENTS} clients on this machine, each with a connection and one drawn JPEG of {SIDE} × {SIDE} pixels on "
        f"its way; what sends them shares the processors, and is not in their time. The same weights. Medians of "
        f"{repeats} turns of {seconds:g} s, p50 and p99 over all of them. On {here['cores']} cores of "
        f"{here['cpu']} with {here['memory_gb']} GB, {here['system']}, {datetime.date.today()}; other "
        f"programs kept {others:.1f} of them busy at the start. "
        f"fastai {names['fastai']}, torch {names['torch']}, onnxruntime {names['onnxruntime']}. "
        "Made by `python -m benchmarks.service`.",
    ]
    return "\n".join(lines)


def row(name: str, runs: Runs) -> str:
    p50 = p99 = ready = ""
    if runs.times:
        hundredths = quantiles(runs.times, n=100)
        p50, p99 = f"{1000 * hundredths[49]:.0f} ms", f"{1000 * hundredths[98]:.0f} ms"
        ready = f"{median(runs.ready):.2f}"
    return f"| {name} | {median(runs.rates):.1f} | {p50} | {p99} | {1000 * median(runs.work):.1f} ms | {ready} |"


if __name__ == "__main__":
    main()
