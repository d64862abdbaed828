"""A bank of views on disk, each with what the teacher sees in it, rendered once and studied many times."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from ..dataset import DatasetError
from .mixture import Mixture

if TYPE_CHECKING:  # the processes that draw the views need no torch
    from .teacher import Teacher


BATCH = 32
TEACHER_SIZE = 224
# Views in one file: what a killed run may lose.
PART = 1024


@dataclass
class Bank:
    """views: uint8 N×S×S×3. features: float32 N×D, the teacher's. targets: int64 N."""

    views: np.ndarray[Any, np.dtype[np.uint8]]
    features: np.ndarray[Any, np.dtype[np.float32]]
    targets: np.ndarray[Any, np.dtype[np.int64]]


def render(
    mixture: Mixture,
    teacher: Teacher,
    count: int,
    folder: Path,
    size: int = 128,
    teacher_size: int = TEACHER_SIZE,
    progress: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> Bank:
    """Render the views 0 to `count` and keep them under `folder`, or go on where an earlier, killed run ended.

    The teacher sees each view at `teacher_size` pixels; the same view is kept at `size` for the student
    ("consistent teaching", Beyer et al. 2022, arXiv 2106.05237). What the teacher and the mixture are is not kept:
    give each its own folder. Raises ValueError where `folder` holds views of other pictures, labels or sizes.
    """
    if count < 1:
        raise DatasetError(f"count is a number of views, not {count}")
    folder.mkdir(parents=True, exist_ok=True)
    parts = range(0, count, PART)
    wish = {"size": size, "teacher_size": teacher_size, "labels": mixture.vocabulary, "pictures": len(mixture.dataset)}
    note = folder / "bank.json"
    if note.exists() and json.loads(note.read_text()) != wish:
        raise DatasetError(f"{folder} holds views for other pictures or sizes; name an empty folder")
    note.write_text(json.dumps(wish))
    lengths = {start: min(PART, count - start) for start in parts}
    missing = [start for start in parts if _length(folder / f"{start:08}.npz") < lengths[start]]
    # A fork of a process with running threads may hang; a fresh one costs a second.
    with ProcessPoolExecutor(cpu_count(), get_context("spawn"), _start, (mixture, teacher_size)) as pool:
        for start in progress(missing):
            seeds = range(start, start + lengths[start])
            views, features, targets = [], [], []
            results = iter(pool.map(_view, seeds, chunksize=BATCH))
            while batch := list(islice(results, BATCH)):
                large = np.stack([pixels for pixels, _ in batch]).transpose(0, 3, 1, 2).astype(np.float32)
                features.append(teacher(large / np.float32(255)))
                small = (Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR) for pixels, _ in batch)
                views += [np.asarray(picture) for picture in small]
                targets += [target for _, target in batch]
            part = folder / f"{start:08}.part.npz"
            np.savez(part, views=np.stack(views), features=np.concatenate(features), targets=np.array(targets))
            part.replace(folder / f"{start:08}.npz")
    return Bank(*(_gather(folder, lengths, name) for name in ("views", "features", "targets")))


def _length(part: Path) -> int:
    """How many views a part holds; a smaller `count` may have ended it early."""
    if not part.exists():
        return 0
    with np.load(part) as arrays:
        return len(arrays["targets"])


def _gather(folder: Path, lengths: dict[int, int], name: str) -> np.ndarray[Any, Any]:
    arrays = []
    for start, length in lengths.items():
        with np.load(folder / f"{start:08}.npz") as part:
            arrays.append(part[name][:length])
    return np.concatenate(arrays)


_work: tuple[Mixture, int]


def _start(mixture: Mixture, size: int) -> None:
    global _work
    _work = mixture, size


def _view(seed: int) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], int]:
    mixture, size = _work
    picture, target = mixture.sample(seed, size)
    return np.asarray(picture), target
