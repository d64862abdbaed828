"""`python -m benchmarks.verify`: how fast pictures are verified, and near copies found among very many.

Prints a table and writes it to verify.md.
"""

import argparse
import datetime
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import ImageEnhance

from snowpeople import drawing
from snowpeople.likeness import groups
from snowpeople.verify import verify

from .about import machine

DRAWN, COPIES, SIDE = 402, 5, 320
RESULTS = Path(__file__).with_suffix(".md")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verify", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="how often pictures are verified (default: 3)")
    parser.add_argument("--hashes", type=int, default=100_000, help="of how many (default: 100,000)")
    parser.add_argument("--no-write", action="store_true", help="print the table only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        count = write_pictures(Path(folder))
        runs = [apart(verified, folder) for _ in range(options.repeats)]
    middle = sorted(runs)[len(runs) // 2]
    speed = f"{middle.seconds:.1f} s, {count / middle.seconds:.0f} a second"
    rows = [row(f"verify, {count:,} JPEGs of about {SIDE} × {SIDE} pixels", speed, middle, "100 a second")]
    for name in KINDS:
        print(f"near copies, {name}", file=sys.stderr)
        run = apart(grouped, name, options.hashes)
        rows.append(row(f"near copies, {options.hashes:,} hashes, {name}", f"{run.seconds:.1f} s", run, "60 s, 1 GB"))
    here = machine()
    text = "\n".join(
        [
            "| | time | processor time | peak memory of the process | goal |",
            "|---|--:|--:|--:|---|",
            *rows,
            "",
            f"Verify: the median of {options.repeats}. On {here['cores']} cores of {here['cpu']} with "
            f"{here['memory_gb']} GB, {here['system']}, {datetime.date.today()}. "
            "Made by `python -m benchmarks.verify`.",
        ]
    )
    print(text)
    if not options.no_write:
        RESULTS.write_text(text + "\n", encoding="utf-8")


class Run(NamedTuple):
    """How long it took, for how long processors worked on it, and the peak memory of its process."""

    seconds: float
    processor_seconds: float
    megabytes: float


def row(name: str, speed: str, run: Run, goal: str) -> str:
    return f"| {name} | {speed} | {run.processor_seconds:.1f} s | {run.megabytes:.0f} MB | {goal} |"


def apart(work: Callable[..., float], *arguments: object) -> Run:
    """Do a piece of work in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measured, work, *arguments).result()


def measured(work: Callable[..., float], *arguments: object) -> Run:
    before = time.process_time()
    seconds = work(*arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Run(seconds, time.process_time() - before, peak / (1e6 if sys.platform == "darwin" else 1e3))


def verified(folder: str) -> float:
    start = time.perf_counter()
    verify(folder)
    return time.perf_counter() - start


def grouped(kind: str, count: int) -> float:
    hashes = KINDS[kind](np.random.default_rng(0), count)
    start = time.perf_counter()
    groups(hashes)
    return time.perf_counter() - start


def write_pictures(folder: Path) -> int:
    """Draw pictures, and write each several times: darker, larger, worse."""
    written = 0
    for label in drawing.LABELS:
        (folder / label).mkdir()
        for seed in range(DRAWN // len(drawing.LABELS)):
            picture = drawing.draw(label, seed, SIDE)
            for copy in range(COPIES):
                scaled = picture.resize((picture.width + 4 * copy, picture.height + 4 * copy))
                changed = ImageEnhance.Brightness(scaled).enhance(1 - 0.02 * copy)
                changed.save(folder / label / f"{seed}-{copy}.jpg", quality=92 - 4 * copy)
                written += 1
    return written


def any_hashes(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.integers(0, 256, (count, 32), np.uint8)


def pairs(rng: np.random.Generator, count: int) -> np.ndarray:
    first = any_hashes(rng, count // 2)
    return np.concatenate([first, changed(rng, first, 5)])


def crowds(rng: np.random.Generator, count: int) -> np.ndarray:
    return changed(rng, np.repeat(any_hashes(rng, 2), count // 2, axis=0), 6)


def copies(rng: np.random.Generator, count: int) -> np.ndarray:
    equal = np.repeat(any_hashes(rng, 1), count // 5, axis=0)
    return np.concatenate([equal, any_hashes(rng, count - len(equal))])


def plain(rng: np.random.Generator, count: int) -> np.ndarray:
    return changed(rng, np.zeros((count, 32), np.uint8), 15)


def changed(rng: np.random.Generator, hashes: np.ndarray, most: int) -> np.ndarray:
    """The hashes with up to so many bits of each turned."""
    bits = np.unpackbits(hashes, axis=1)
    bits[np.arange(len(bits))[:, None], rng.integers(0, 256, (len(bits), most))] ^= 1
    return np.packbits(bits, axis=1)


# From what is easy to what is hard.
KINDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "all different": any_hashes,
    "each with a near copy": pairs,
    "a fifth of them equal": copies,
    "two crowds of near copies": crowds,
    "plain pictures, with few bits set": plain,
}


if __name__ == "__main__":
    main()
