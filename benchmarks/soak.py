"""`python -m benchmarks.soak`: the memory of the service over 100,000 requests.

Prints a table and writes it to soak.md, in about ten minutes.
"""

import argparse
import datetime
import sys
import time
from pathlib import Path

import psutil

from .about import machine, versions
from .clients import flood
from .service import CLIENTS, ROOT, SIDE, Runs, jpegs, started

RESULTS = Path(__file__).with_suffix(".md")
STEPS = 10


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="at least so many (default: 100000)")
    parser.add_argument("--export", type=Path, default=ROOT / "export.pkl", help="default: the shipped one")
    options = parser.parse_args()
    pictures = jpegs()
    rows: list[tuple[int, float, int, int]] = []
    count = 0
    with started("ours", options.export, Runs()) as service:
        process = psutil.Process(service.process.pid)
        start = time.perf_counter()
        while not rows or count < options.requests:
            # Connections end and begin anew between the turns, as they do over days.
            count += len(flood(service.url, pictures, CLIENTS, 5)[1])
            if count >= len(rows) * options.requests / STEPS:
                memory = process.memory_full_info().uss / 1e6
                rows.append((count, memory, process.num_threads(), process.num_fds()))
                print(f"{count} requests: {memory:.0f} MB", file=sys.stderr, flush=True)
        seconds = time.perf_counter() - start
    here = machine()
    first, last = rows[1][1], rows[-1][1]
    text = "\n".join(
        [
            "| requests | memory (USS) | threads | open files |",
            "|--:|--:|--:|--:|",
            *(f"| {requests} | {memory:.1f} MB | {threads} | {files} |" for requests, memory, threads, files in rows),
            "",
            f"From {rows[1][0]} requests on it grew by {last - first:+.1f} MB. {CLIENTS} clients, drawn JPEGs of "
            f"{SIDE} × {SIDE} pixels, {count / seconds:.0f} answers a second. On {here['cores']} cores of "
            f"{here['cpu']}, {here['system']}, {datetime.date.today()}, onnxruntime {versions()['onnxruntime']}. "
            "Made by `python -m benchmarks.soak`.",
        ]
    )
    print(text)
    RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
