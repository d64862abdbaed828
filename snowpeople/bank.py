"""A bank of views on disk, each with what the teacher sees in it, rendered once and studied many times."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .mixture import Mixture
from .teacher import Teacher

BATCH = 32


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
    teacher_size: int = 224,
    progress: Callable[[Iterable[int]], Iterable[int]] = iter,
) -> Bank:
    """Render the views 0 to `count` and keep them under `folder`, or go on where an earlier, killed run ended.

    The teacher sees each view at `teacher_size` pixels; the same view is kept at `size` for the student
    ("consistent teaching", Beyer et al. 2022, arXiv 2106.05237).
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = range(0, count, 1024)
    wish = {"size": size, "teacher_size": teacher_size, "labels": mixture.vocabulary, "pictures": len(mixture.dataset)}
    note = folder / "bank.json"
    if note.exists() and json.loads(note.read_text()) != wish:
        raise ValueError(f"{folder} holds views for other pictures or sizes; name an empty folder")
    note.write_text(json.dumps(wish))
    missing = [start for start in parts if not (folder / f"{start:08}.npz").exists()]
    # A fork of a process with running threads may hang; a fresh one costs a second.
    with ProcessPoolExecutor(cpu_count(), get_context("spawn"), _start, (mixture, teacher_size)) as pool:
        for start in progress(missing):
            seeds = range(start, min(start + 1024, count))
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
            part.rename(folder / f"{start:08}.npz")
    loaded = [dict(np.load(folder / f"{start:08}.npz")) for start in parts]
    return Bank(*(np.concatenate([part[name] for part in loaded]) for name in ("views", "features", "targets")))


_work: tuple[Mixture, int]


def _start(mixture: Mixture, size: int) -> None:
    global _work
    _work = mixture, size


def _view(seed: int) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], int]:
    mixture, size = _work
    picture, target = mixture.sample(seed, size)
    return np.asarray(picture), target
