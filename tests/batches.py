"""Batch jobs for tests: pictures, results, and jobs in processes of their own."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers import encode
from PIL import Image

from snowpeople.batch import Tally, batch, rows

ROOT = Path(__file__).parent.parent
COLOURS = {"abominable": "red", "neither": "lime", "olaf": "blue"}
PICTURES = {label: encode(Image.new("RGB", (20, 16), colour), "PNG") for label, colour in COLOURS.items()}


def fill(folder: Path, number: int, start: int = 0) -> dict[str, str]:
    """Some pictures, and the label of each."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = {f"{place:05}.png": list(COLOURS)[place % 3] for place in range(start, start + number)}
    for name, label in labels.items():
        (folder / name).write_bytes(PICTURES[label])
    return labels


def fill_slowly(folder: Path, number: int) -> dict[str, str]:
    """Pictures that take some 20 ms each."""
    folder.mkdir()
    first = folder / "00000.jpg"
    first.write_bytes(encode(Image.new("RGB", (2600, 1900), "blue"), "JPEG"))
    for place in range(1, number):
        os.link(first, folder / f"{place:05}.jpg")
    return {f"{place:05}.jpg": "olaf" for place in range(number)}


def table(data: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rows.decode(data).to_pylist()
    return found


def results(dest: Path) -> dict[str, dict[str, Any]]:
    """The rows by their pictures, none of which is in twice."""
    found = [row for part in sorted(dest.glob("*.parquet")) for row in table(part.read_bytes())]
    times = Counter(row["picture"] for row in found)
    assert {name for name, n in times.items() if n > 1} == set()
    return {row["picture"]: row for row in found}


def labels(dest: Path) -> dict[str, str]:
    """The label or the code of error of each picture."""
    return {name: row["label"] or row["error"] for name, row in results(dest).items()}


def do(source: object, dest: object, export: Path, **options: Any) -> Tally:
    """A job with one worker."""
    return batch(str(source), str(dest), export, **{"workers": 1, "part_size": 50, **options})


@contextmanager
def started(*arguments: object, strict: bool = True) -> "Iterator[subprocess.Popen[str]]":
    """The command in a process of its own. strict: whether warnings are errors, which Ray is not up to."""
    program = "import sys; from snowpeople.cli import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, *(["-W", "error"] if strict else []), "-c", program, "batch", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def end(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Its exit status and what it said, when it has ended."""
    said, complained = process.communicate(timeout=240)
    return process.returncode, said, complained


def run(*arguments: object, strict: bool = True) -> tuple[int, str, str]:
    """The exit status of a command, and what it said."""
    with started(*arguments, strict=strict) as process:
        return end(process)


def until(true: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something."""
    late = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < late, "it never came"
        time.sleep(0.02)
