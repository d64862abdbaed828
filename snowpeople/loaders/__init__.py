"""Pictures decoded and scaled once, then served from memory, batch after batch.

A plain fastai loop opens every file again in every epoch. Here an epoch begins with all pictures as small arrays, and
what is left for each batch is to vary them a little and to normalise them.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import torch
from torch import nn

from .._fastai import DataLoaders
from ..dataset import Dataset
from .batches import AUGMENTATIONS as AUGMENTATIONS  # the name that Recipe says
from .batches import IMAGENET, MARGIN, Batches
from .pixels import decode
from .preparation import exported, temporary_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Loaders(DataLoaders):  # type: ignore[misc]  # fastai ships no types
    """Batches to train and to validate with; whatever else fastai asks for comes from `exported`.

    `exported` is an ordinary fastai DataLoaders that prepares pictures in the same way: it alone goes into an export.
    """

    _default = "exported"

    def __init__(self, *loaders: Batches, exported: Any, path: Path) -> None:
        self.exported = exported
        super().__init__(*loaders, path=path)
        self.device = exported.device

    def new_empty(self) -> Any:
        """What an export keeps: how pictures are prepared, and no picture."""
        return self.exported.new_empty()

    def see_through(self, front: nn.Module | None) -> None:
        """Serve what the layers of `front` make of pictures; the pictures themselves for None."""
        quick = _fused(front) if front is not None else None
        for batches in self.loaders:
            batches.see_through(quick)

    def test_dl(self, *items: Any, **options: Any) -> Any:
        """How pictures that are asked about are prepared."""
        return self.exported.test_dl(*items, **options)

    def resize(self, size: int) -> None:
        """Train and validate on pictures of `size` pixels from now on."""
        for batches in self.loaders:
            batches.resize(size)

    def fingerprint(self) -> list[Any]:
        """What tells these labels, these pictures and this split from others."""
        served = [crc32(part) for batches in self.loaders for part in (batches.pixels, batches.targets.numpy())]
        return [list(map(str, self.exported.vocab)), *served]

    def show_batch(self, max_n: int = 9, figsize: tuple[float, float] = (6, 6)) -> Figure:
        """Draw pictures as the network is shown them while it trains."""
        import matplotlib.pyplot as plt

        pictures, targets = next(iter(self.loaders[0]))
        mean, std = (values.view(3, 1, 1) for values in IMAGENET)
        columns = math.ceil(math.sqrt(max_n))
        figure, axes = plt.subplots(math.ceil(max_n / columns), columns, figsize=figsize, squeeze=False)
        for ax in axes.flat:
            ax.axis("off")
        for ax, picture, target in zip(axes.flat, pictures[:max_n].cpu(), targets.cpu(), strict=False):
            ax.imshow((picture * std + mean).clamp(0, 1).permute(1, 2, 0).numpy())
            ax.set_title(str(self.exported.vocab[int(target)]), fontsize=10)
        figure.tight_layout()
        return figure


def loaders(
    dataset: Dataset,
    train: Sequence[int],
    valid: Sequence[int],
    size: int,
    batch_size: int = 32,
    augmentation: str = "normal",
    largest: int | None = None,
    progress: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> Loaders:
    """Read the pictures of a data set, once, and serve them at `size` pixels; up to `largest` after a resize."""
    largest = max(size, largest or size)
    vocabulary = dataset.vocabulary
    numbers = {label: number for number, label in enumerate(vocabulary)}
    targets = torch.tensor([numbers[label] for label in dataset.labels])
    sides = [(train, round(largest * MARGIN), augmentation), (valid, largest, None)]
    batches = []
    for indices, side, varied in sides:
        pixels = decode([dataset.pictures[i] for i in indices], side, progress)
        full = min(batch_size, len(indices)) if varied else 2 * batch_size
        batches.append(Batches(pixels, targets[list(indices)], size, full, varied))
    return Loaders(*batches, exported=exported(vocabulary, largest), path=temporary_folder())


def _fused(layers: nn.Module) -> nn.Module:
    """A copy of layers that do not learn, each normalisation folded into the convolution before it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch's, of its own insides
        from torch.fx.experimental.optimization import fuse

    fused: nn.Module = fuse(layers.eval())
    return fused
