"""Batches of noise, and what an epoch of them gives."""

import numpy as np
import torch
from torch import Tensor

from snowpeople.loaders.batches import IMAGENET, Batches


def make_batches(count: int, size: int = 16, batch_size: int = 4, augmentation: str | None = None) -> Batches:
    """Noise, each picture with a number of its own as its target."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, 3, size, size), np.uint8)
    return Batches(pixels, torch.arange(count), size, batch_size, augmentation)


def epoch(batches: Batches) -> tuple[Tensor, Tensor]:
    pictures, targets = zip(*batches, strict=True)
    return torch.cat(pictures), torch.cat(targets)


def shown(pictures: Tensor) -> Tensor:
    """Normalised pictures as levels from 0 to 1."""
    mean, std = (values.view(1, 3, 1, 1) for values in IMAGENET)
    return pictures * std + mean
