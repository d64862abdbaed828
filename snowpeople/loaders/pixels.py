"""Pictures as bytes, N×3×side×side, decoded once: in memory, or in a file where there are too many."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .._threads import in_threads
from ..picture import read
from ..preprocessing import fit

# Above this many bytes the arrays lie in a file, which the system keeps in memory as far as there is room.
IN_MEMORY = 2_000_000_000

Bytes = np.ndarray[Any, np.dtype[np.uint8]]


def decode(files: Sequence[Path], side: int, progress: Callable[[Sequence[Path]], Iterable[Path]] = iter) -> Bytes:
    """The pictures of `files` as N×3×side×side bytes: upright, RGB, squished to a square.

    Raises PictureError or OSError for one that can't be opened: dataset.load leaves those out.
    """
    pixels = _room(len(files), side)

    def one(file: Path) -> Bytes:
        return np.asarray(fit(read(file, smallest=2 * side), side, "squish")).transpose(2, 0, 1)

    for index, (_, picture) in enumerate(zip(progress(files), in_threads(one, files), strict=True)):
        pixels[index] = picture
    return pixels


def smaller(pixels: Bytes, side: int) -> Bytes:
    """The same pictures, scaled down: N×3×side×side."""
    result = _room(len(pixels), side)
    for start in range(0, len(pixels), 256):
        part = torch.from_numpy(np.ascontiguousarray(pixels[start : start + 256])).float()
        result[start : start + 256] = resized(part, side).round_().clamp_(0, 255).byte().numpy()
    return result


def resized(pictures: Tensor, side: int) -> Tensor:
    """Pictures N×3×H×W, scaled to N×3×side×side."""
    return nn.functional.interpolate(pictures, size=(side, side), mode="bilinear", antialias=True)


def _room(count: int, side: int) -> Bytes:
    """Room for N×3×side×side bytes: memory, or a file that goes when the array does."""
    shape = count, 3, side, side
    if math.prod(shape) <= IN_MEMORY:
        return np.empty(shape, np.uint8)
    home = TemporaryDirectory(prefix="snowpeople-", ignore_cleanup_errors=True)  # Windows keeps what is still mapped
    pixels: Bytes = np.memmap(Path(home.name) / "pixels", np.uint8, "w+", shape=shape)
    weakref.finalize(pixels, home.cleanup)
    return pixels
